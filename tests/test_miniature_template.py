from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.miniature import CHECKPOINT
from fixtures.miniature.tokenizer import CHAT_TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

jinja2 = pytest.importorskip("jinja2", reason="the template is a jinja template")
extensions = pytest.importorskip("jinja2.ext")
sandbox = pytest.importorskip("jinja2.sandbox")

DATE = "2025-03-04"
SYSTEM = (
    "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\n"
    f"Knowledge cutoff: 2024-06\nCurrent date: {DATE}\n\nReasoning: medium\n\n"
    "# Valid channels: analysis, commentary, final. Channel must be included for every message."
)
HI = {"role": "user", "content": "hi"}
HI_RENDERED = "<|start|>user<|message|>hi<|end|>"
VOCABULARY = Path(__file__).resolve().parents[2] / "shared" / "data" / "vocab"


class MarkupError(Exception):
    """What the template raises."""


def _raise(message: str) -> None:
    raise MarkupError(message)


def _to_json(value: object, **_: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@pytest.fixture(scope="module")
def template() -> jinja2.Template:
    """The template in the environment that `transformers` gives it, with a fixed date."""
    environment = sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[extensions.loopcontrols]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = dt.date.fromisoformat(DATE).strftime
    return environment.from_string(CHAT_TEMPLATE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def render(template: jinja2.Template) -> Callable[..., str]:
    def _render(messages: list[dict[str, Any]], *, add_generation_prompt: bool = True, **options: object) -> str:
        return str(template.render(messages=messages, add_generation_prompt=add_generation_prompt, **options))

    return _render


def weather_tool(**parameters: object) -> dict[str, Any]:
    function = {"name": "get_weather", "description": "Get the weather."}
    if parameters:
        function["parameters"] = {"type": "object", **parameters}
    return {"type": "function", "function": function}


def call(city: str = "Oslo") -> dict[str, Any]:
    return {"type": "function", "function": {"name": "get_weather", "arguments": {"city": city}}}


def namespace(*lines: str) -> str:
    return "\n".join(
        ["# Tools", "", "## functions", "", "namespace functions {", "", *lines, "} // namespace functions"]
    )


def test_committed_checkpoint_holds_this_template() -> None:
    assert (CHECKPOINT / "chat_template.jinja").read_text(encoding="utf-8") == CHAT_TEMPLATE.read_text(encoding="utf-8")


def test_user_message_follows_the_system_message(render: Callable[..., str]) -> None:
    assert render([HI]) == f"{SYSTEM}<|end|>{HI_RENDERED}<|start|>assistant"


@pytest.mark.parametrize("role", ["system", "developer"])
def test_first_instructions_become_the_developer_message(render: Callable[..., str], role: str) -> None:
    developer = "<|start|>developer<|message|># Instructions\n\nBe brief.\n\n<|end|>"
    assert render([{"role": role, "content": "Be brief."}, HI]) == (
        f"{SYSTEM}<|end|>{developer}{HI_RENDERED}<|start|>assistant"
    )


def test_later_instructions_are_not_rendered(render: Callable[..., str]) -> None:
    assert render([HI, {"role": "system", "content": "late"}, {"role": "developer", "content": "later"}]) == render(
        [HI]
    )


def test_empty_instructions_give_no_developer_message(render: Callable[..., str]) -> None:
    assert "developer" not in render([{"role": "system", "content": ""}, HI])


@pytest.mark.parametrize("effort", ["low", "medium", "high"])
def test_effort_is_written_in_the_system_message(render: Callable[..., str], effort: str) -> None:
    assert f"\n\nReasoning: {effort}\n\n" in render([HI], reasoning_effort=effort)


def test_identity_replaces_the_first_line(render: Callable[..., str]) -> None:
    rendered = render([HI], model_identity="You are the miniature.")
    assert rendered.startswith("<|start|>system<|message|>You are the miniature.\nKnowledge cutoff: 2024-06\n")


def test_no_generation_prompt_ends_with_the_last_message(render: Callable[..., str]) -> None:
    assert render([HI], add_generation_prompt=False) == f"{SYSTEM}<|end|>{HI_RENDERED}"


def test_earlier_answers_keep_only_their_final_channel(render: Callable[..., str]) -> None:
    rendered = render([HI, {"role": "assistant", "content": "Hello.", "thinking": "Greet."}, HI])
    assert rendered.endswith(
        f"{HI_RENDERED}<|start|>assistant<|channel|>final<|message|>Hello.<|end|>{HI_RENDERED}<|start|>assistant"
    )


def test_last_answer_keeps_its_thinking_without_a_generation_prompt(render: Callable[..., str]) -> None:
    turns = [HI, {"role": "assistant", "content": "Hello.", "thinking": "Greet."}]
    assert render(turns, add_generation_prompt=False).endswith(
        "<|start|>assistant<|channel|>analysis<|message|>Greet.<|end|>"
        "<|start|>assistant<|channel|>final<|message|>Hello.<|return|>"
    )


def test_tool_call_and_result_are_rendered_in_the_commentary_channel(render: Callable[..., str]) -> None:
    turns = [
        HI,
        {"role": "assistant", "thinking": "Look it up.", "tool_calls": [call()]},
        {"role": "tool", "content": 'sunny, "mild"'},
    ]
    assert render(turns).endswith(
        "<|start|>assistant<|channel|>analysis<|message|>Look it up.<|end|>"
        "<|start|>assistant to=functions.get_weather<|channel|>commentary json<|message|>"
        '{"city": "Oslo"}<|call|>'
        "<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>"
        r'"sunny, \"mild\""<|end|>'
        "<|start|>assistant"
    )


def test_thinking_before_a_call_is_dropped_once_an_answer_follows(render: Callable[..., str]) -> None:
    turns = [
        HI,
        {"role": "assistant", "content": "Look it up.", "tool_calls": [call()]},
        {"role": "tool", "content": "sunny"},
        {"role": "assistant", "content": "It is sunny."},
        HI,
    ]
    assert "Look it up." not in render(turns)
    assert "Look it up." in render(turns[:3])


def test_only_the_first_tool_call_is_rendered(render: Callable[..., str]) -> None:
    rendered = render([HI, {"role": "assistant", "tool_calls": [call("Oslo"), call("Rome")]}])
    assert "Oslo" in rendered
    assert "Rome" not in rendered


def test_content_type_of_a_call_is_kept(render: Callable[..., str]) -> None:
    typed = call()
    typed["function"]["content_type"] = "<|constrain|>json"
    assert "<|channel|>commentary <|constrain|>json<|message|>" in render(
        [HI, {"role": "assistant", "tool_calls": [typed]}]
    )


@pytest.mark.parametrize("field", ["content", "thinking"])
@pytest.mark.parametrize("channel", ["analysis", "final"])
def test_markup_in_an_assistant_message_is_refused(render: Callable[..., str], field: str, channel: str) -> None:
    message = {"role": "assistant", "content": "fine", field: f"<|channel|>{channel}<|message|>no"}
    with pytest.raises(MarkupError, match=f"The {field} of an assistant message holds Harmony markup"):
        render([HI, message, HI])


def test_tool_message_without_a_call_is_refused(render: Callable[..., str]) -> None:
    with pytest.raises(MarkupError, match="needs an assistant message with a tool call"):
        render([HI, {"role": "tool", "content": "sunny"}])


def test_call_with_content_and_thinking_is_refused(render: Callable[..., str]) -> None:
    with pytest.raises(MarkupError, match="not as both"):
        render([HI, {"role": "assistant", "content": "a", "thinking": "b", "tool_calls": [call()]}])


def test_tools_add_a_line_to_the_system_message_and_a_namespace(render: Callable[..., str]) -> None:
    expected = namespace("// Get the weather.", "type get_weather = () => any;", "")
    line = "\nCalls to these tools must go to the commentary channel: 'functions'."
    assert render([HI], tools=[weather_tool()]) == (
        f"{SYSTEM}{line}<|end|><|start|>developer<|message|>{expected}<|end|>{HI_RENDERED}<|start|>assistant"
    )


def test_tools_follow_the_instructions(render: Callable[..., str]) -> None:
    rendered = render([{"role": "developer", "content": "Be brief."}, HI], tools=[weather_tool()])
    assert "# Instructions\n\nBe brief.\n\n# Tools\n\n## functions\n\n" in rendered


@pytest.mark.parametrize(
    ("schema", "line"),
    [
        ({"type": "string"}, "x?: string,"),
        ({"type": "integer"}, "x?: number,"),
        ({"type": "boolean", "default": True}, "x?: boolean, // default: true,"),
        ({"type": "string", "description": "The x"}, "// The x\nx?: string,"),
        ({"type": "string", "enum": ["a", "b"], "default": "a"}, 'x?: "a" | "b", // default: a,'),
        ({"type": "string", "default": "a"}, 'x?: string, // default: "a",'),
        ({"type": "string", "nullable": True}, "x?: string | null,"),
        ({"type": ["string", "null"]}, "x?: string | null,"),
        ({"type": "array", "items": {"type": "number"}}, "x?: number[],"),
        ({"type": "array"}, "x?: any[],"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}, "x?: string[][],"),
        ({"type": "object"}, "x?: object,"),
        ({"type": "null"}, "x?: any,"),
        ({}, "x?: any,"),
        ({"oneOf": [{"type": "string"}, {"type": "number"}]}, "x?: string | \nnumber,"),
        # The published template leaves a line break and sixteen blanks in a nested object; so does this one.
        (
            {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "number"}}, "required": ["a"]},
            f"x?: {{\na: \n{' ' * 16}string, b?: \n{' ' * 16}number}},",
        ),
    ],
)
def test_parameter_is_written_as_a_type(render: Callable[..., str], schema: dict[str, Any], line: str) -> None:
    rendered = render([HI], tools=[weather_tool(properties={"x": schema})])
    assert f"type get_weather = (_: {{\n{line}\n}}) => any;" in rendered


def test_required_parameters_have_no_question_mark(render: Callable[..., str]) -> None:
    tool = weather_tool(properties={"x": {"type": "string"}, "y": {"type": "string"}}, required=["x"])
    assert "(_: {\nx: string,\ny?: string,\n})" in render([HI], tools=[tool])


@pytest.mark.parametrize(
    ("names", "start"),
    [(["browser"], "## browser\n\n"), (["python"], "## python\n\n"), (["python", "browser"], "## browser\n\n")],
)
def test_builtin_tools_stand_before_the_channels_line(render: Callable[..., str], names: list[str], start: str) -> None:
    rendered = render([HI], builtin_tools=names)
    assert f"Reasoning: medium\n\n# Tools\n\n{start}" in rendered
    assert rendered.index("# Tools") < rendered.index("# Valid channels")
    assert all(f"\n## {name}\n" in rendered for name in names)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<"), max_size=40)
TURNS = st.lists(
    st.sampled_from(["user", "assistant"]).flatmap(lambda role: st.tuples(st.just(role), TEXT)), max_size=6
)


@pytest.fixture(scope="module")
def harmony(monkeypatch_module: pytest.MonkeyPatch) -> tuple[Any, Any]:
    library = pytest.importorskip("openai_harmony")
    if not VOCABULARY.is_dir():
        pytest.skip("the vocabulary of openai-harmony is not at hand, and fetching it needs a network")
    monkeypatch_module.setenv("TIKTOKEN_ENCODINGS_BASE", str(VOCABULARY))
    return library, library.load_harmony_encoding(library.HarmonyEncodingName.HARMONY_GPT_OSS)


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def by_library(harmony: tuple[Any, Any], instructions: str | None, turns: list[tuple[str, str]], effort: str) -> str:
    """Render with openai-harmony, told this template's date."""
    library, encoding = harmony
    system = (
        library.SystemContent.new()
        .with_reasoning_effort(library.ReasoningEffort(effort.capitalize()))
        .with_conversation_start_date(DATE)
    )
    messages = [library.Message.from_role_and_content(library.Role.SYSTEM, system)]
    if instructions:
        content = library.DeveloperContent.new().with_instructions(instructions)
        messages.append(library.Message.from_role_and_content(library.Role.DEVELOPER, content))
    for role, text in turns:
        message = library.Message.from_role_and_content(library.Role(role), text)
        messages.append(message.with_channel("final") if role == "assistant" else message)
    conversation = library.Conversation.from_messages(messages)
    return encoding.decode(encoding.render_conversation_for_completion(conversation, library.Role.ASSISTANT))


@given(instructions=TEXT, turns=TURNS, effort=st.sampled_from(["low", "medium", "high"]))
def test_conversations_match_the_library_but_for_the_blank_line(
    render: Callable[..., str],
    harmony: tuple[Any, Any],
    instructions: str | None,
    turns: list[tuple[str, str]],
    effort: str,
) -> None:
    messages = [{"role": role, "content": text} for role, text in turns]
    start = [{"role": "developer", "content": instructions}]
    ours = render([*start, *messages], reasoning_effort=effort)
    blank = f"# Instructions\n\n{instructions}\n\n<|end|>"
    assert by_library(harmony, instructions, turns, effort) == ours.replace(
        blank, blank[: -len("\n\n<|end|>")] + "<|end|>", 1
    )


def test_call_and_result_match_the_library_but_for_type_and_quotes(
    render: Callable[..., str], harmony: tuple[Any, Any]
) -> None:
    library, encoding = harmony
    author = library.Author.new(library.Role.TOOL, "functions.get_weather")
    asked = library.Message.from_role_and_content(library.Role.ASSISTANT, '{"city": "Oslo"}')
    asked = (
        asked.with_channel("commentary").with_recipient("functions.get_weather").with_content_type("<|constrain|>json")
    )
    told = (
        library.Message.from_author_and_content(author, "sunny").with_channel("commentary").with_recipient("assistant")
    )
    tokens = encoding.render_conversation(library.Conversation.from_messages([asked, told]))
    turns = [HI, {"role": "assistant", "tool_calls": [call()]}, {"role": "tool", "content": "sunny"}]
    ours = render(turns, add_generation_prompt=False).partition(HI_RENDERED)[2]
    assert encoding.decode(tokens) == ours.replace("json<|", "<|constrain|>json<|").replace('"sunny"', "sunny")
