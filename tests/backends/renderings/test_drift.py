"""The rules render what template and library render, and a prompt that deviates is shown by its lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.models import MINIATURE, resolve_model
from backends.prompt import EFFORTS, Message, Prompt, make_prompt
from backends.renderings import legitimate_renderings, load_tokenizer, prompt_drift
from backends.renderings.prompt_date import date_of
from backends.renderings.rendering import texts_by_rules
from backends.renderings.rules import template_by_rules
from backends.renderings.template import make_template

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<"), max_size=30)
SCHEMAS = st.sampled_from(
    [
        {"type": "string"},
        {"type": "integer", "description": "How many.", "default": 3},
        {"type": "boolean", "default": False},
        {"type": "string", "enum": ["a", "b"], "description": "Which.", "default": "a"},
        {"type": "array", "items": {"type": "number"}},
    ]
)
ASKED = make_prompt("Hi\nthere", "Be brief.")
(RIGHT, *_) = texts_by_rules(ASKED, "2025-01-02") or ("",)


@st.composite
def prompts(draw: st.DrawFn) -> Prompt:
    opening = [Message(role=draw(st.sampled_from(["system", "developer"])), content=draw(TEXT))]
    turns: list[Message] = []
    for _ in range(draw(st.integers(0, 3))):
        turns.append(Message(role="user", content=draw(TEXT)))
        if draw(st.booleans()):
            call = [
                {
                    "id": "c",
                    "type": "function",
                    "function": {"name": "look", "arguments": json.dumps({"a": draw(TEXT)})},
                }
            ]
            thinking = draw(st.none() | TEXT)
            turns.append(Message(role="assistant", content=None, thinking=thinking, tool_calls=json.dumps(call)))
            turns.append(Message(role="tool", content=draw(TEXT), tool_call_id="c"))
        if draw(st.booleans()):
            turns.append(Message(role="assistant", content=draw(TEXT), thinking=draw(st.none() | TEXT)))
    properties = draw(st.dictionaries(st.sampled_from(["x", "y", "z"]), SCHEMAS))
    function = {"name": "look", "description": "Looks.", "parameters": {"properties": properties, "required": ["x"]}}
    tools = json.dumps([{"type": "function", "function": function}]) if draw(st.booleans()) else None
    messages = (*(opening if draw(st.booleans()) else []), *turns, Message(role="user", content=draw(TEXT)))
    return Prompt(messages=messages, tools=tools, reasoning_effort=draw(st.sampled_from(EFFORTS)))


@pytest.mark.embedded
@given(prompt=prompts())
def test_rules_render_what_the_committed_template_renders(prompt: Prompt) -> None:
    tokenizer = load_tokenizer(resolve_model(MINIATURE).id, is_path=True)
    by_template = make_template(tokenizer, prompt)

    assert template_by_rules(prompt, date_of(by_template.structure) or "") == by_template


@pytest.mark.parametrize("text", texts_by_rules(ASKED, "any words") or ())
def test_legitimate_rendering_deviates_in_no_line(text: str) -> None:
    assert prompt_drift(ASKED, text) == ()


@pytest.mark.parametrize("blank", ["", "\n", "\n\n", "\n\n\n"])
def test_blank_lines_at_the_end_of_the_developer_message_are_free(blank: str) -> None:
    assert prompt_drift(ASKED, RIGHT.replace("brief.\n\n<|end|>", f"brief.{blank}<|end|>")) == ()


DEVELOPER, USER = "<|start|>developer<|message|>", "<|start|>user<|message|>"


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("medium", "high", ("- Reasoning: medium\\n", "+ Reasoning: high\\n")),
        (f"{DEVELOPER}# Instructions\n\n", DEVELOPER, None),
        ("Knowledge cutoff: 2024-06\n", "", ("- Knowledge cutoff: 2024-06\\n",)),
        ("<|start|>assistant", "", ("- <|start|>assistant",)),
        ("<|start|>system", "<|start|><|start|>system", ("+ <|start|>",)),
        ("Hi\n", "Hi", (f"- {USER}Hi\\n", "- there<|end|>", f"+ {USER}Hithere<|end|>")),
    ],
)
def test_deviation_is_shown_by_its_lines(old: str, new: str, lines: tuple[str, ...] | None) -> None:
    assert RIGHT.count(old) == 1
    got = prompt_drift(ASKED, RIGHT.replace(old, new))
    assert got
    assert lines is None or sorted(got) == sorted(lines)


def test_long_line_and_many_lines_are_cut() -> None:
    prompt = make_prompt("x" * 500, "Be brief.")
    fed = (texts_by_rules(prompt, "today") or ("",))[0].replace("x" * 500, "\n".join(["y" * 200] * 40))
    lines = prompt_drift(prompt, fed)

    assert len(lines) == 12
    assert max(map(len, lines)) == 120


def test_parameters_that_the_rules_do_not_cover_show_no_drift() -> None:
    function = {"name": "f", "description": "F.", "parameters": {"properties": {"x": {"oneOf": [{"type": "string"}]}}}}
    prompt = Prompt(messages=ASKED.messages, tools=json.dumps([{"type": "function", "function": function}]))

    assert texts_by_rules(prompt, "today") is None
    assert prompt_drift(prompt, "anything") == ()


class Drifted:
    """A tokenizer of which the template was changed."""

    def __init__(self, real: object) -> None:
        self._real = real

    def apply_chat_template(self, *arguments: object, **options: object) -> str:
        """Renders with another identity line."""
        rendered: str = self._real.apply_chat_template(*arguments, **options)  # type: ignore[attr-defined]
        return rendered.replace("You are ChatGPT", "You are somebody")

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


@pytest.mark.embedded
def test_renderings_by_the_rules_come_before_those_of_a_template_that_deviates() -> None:
    real = load_tokenizer(resolve_model(MINIATURE).id, is_path=True)
    right, both = legitimate_renderings(real, ASKED), legitimate_renderings(Drifted(real), ASKED)

    assert both[: len(right)] == right
    assert [one.form is not None and one.form.as_reference for one in both] == [False] * 4 + [True] * 4
