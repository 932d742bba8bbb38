"""Known wrong renderings: the prompt with each known mistake in it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backends.prompt import EFFORTS, Message
from backends.renderings.mistake import Mistake
from backends.renderings.rendering import Rendering, legitimate_renderings
from backends.renderings.template import Template, make_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backends.prompt import Prompt
    from backends.renderings.form import Form

_OPENING = ("system", "developer")


def mistaken_renderings(tokenizer: Any, prompt: Prompt) -> tuple[Rendering, ...]:  # noqa: ANN401 - not typed
    """Returns known wrong renderings of a conversation, none of which has the tokens of a legitimate one."""
    right = {rendering.token_ids for rendering in legitimate_renderings(tokenizer, prompt)}
    found: dict[tuple[int, ...], Rendering] = {}
    for mistake, form, text in _wrong_texts(tokenizer, prompt):
        ids = tuple(tokenizer.encode(text, add_special_tokens=False))
        if ids not in right:
            found.setdefault(ids, Rendering(mistake=mistake, form=form, text=text, token_ids=ids))
    return tuple(found.values())


def _wrong_texts(tokenizer: Any, prompt: Prompt) -> Iterator[tuple[Mistake, Form | None, str]]:  # noqa: ANN401 - not typed
    for mistake, other in _wrong_prompts(prompt):
        for rendering in legitimate_renderings(tokenizer, other):
            yield mistake, rendering.form, rendering.text
    template = make_template(tokenizer, prompt)
    for mistake, edit in _EDITS:
        edited = template.edited(edit)
        if edited != template:
            yield mistake, None, edited.text
    kept = _with_reasoning(template, prompt)
    if kept != template:
        yield Mistake.EARLIER_REASONING_KEPT, None, kept.text
    yield Mistake.PLAIN_TEXT, None, _plain(prompt, named=False)
    yield Mistake.PLAIN_TEXT_WITH_ROLES, None, _plain(prompt, named=True)


def _wrong_prompts(prompt: Prompt) -> Iterator[tuple[Mistake, Prompt]]:
    """Yields the conversation with something lost or moved before it was rendered."""
    first, rest = prompt.messages[0], prompt.messages[1:]
    if first.role in _OPENING and rest:
        yield Mistake.DEVELOPER_DROPPED, replace(prompt, messages=rest)
        if rest[0].role == "user":
            moved = Message(role="user", content=f"{first.content}\n\n{rest[0].content}")
            yield Mistake.POLICY_IN_USERS_TURN, replace(prompt, messages=(moved, *rest[1:]))
            asked = Message(role="user", content=first.content)
            yield Mistake.POLICY_AS_USERS_TURN, replace(prompt, messages=(asked, *rest))
    opening = (first,) if first.role in _OPENING else ()
    if len(prompt.messages) > len(opening) + 1 and prompt.messages[-1].role == "user":
        yield Mistake.EARLIER_TURNS_DROPPED, replace(prompt, messages=(*opening, prompt.messages[-1]))
    if prompt.tools is not None:
        yield Mistake.TOOLS_DROPPED, replace(prompt, tools=None)
    for effort, mistake in _OTHER_EFFORTS.items():
        if effort != prompt.reasoning_effort:
            yield mistake, replace(prompt, reasoning_effort=effort)


_OTHER_EFFORTS = {"low": Mistake.EFFORT_LOW, "medium": Mistake.EFFORT_MEDIUM, "high": Mistake.EFFORT_HIGH}
if tuple(_OTHER_EFFORTS) != EFFORTS:
    raise ImportError("every reasoning effort needs a mistake of its own")

_EDITS: tuple[tuple[Mistake, Callable[[str], str]], ...] = (
    (Mistake.EFFORT_LINE_MISSING, lambda text: re.sub(r"\n\nReasoning: \w+", "", text, count=1)),
    (Mistake.CHANNELS_LINE_MISSING, lambda text: re.sub(r"\n\n# Valid channels:[^<]*", "", text, count=1)),
    (
        Mistake.SYSTEM_MESSAGE_MISSING,
        lambda text: re.sub(r"^<\|start\|>system.*?<\|end\|>", "", text, flags=re.DOTALL),
    ),
    (Mistake.FIRST_START_DOUBLED, lambda text: f"<|start|>{text}"),
    (Mistake.ASSISTANTS_START_MISSING, lambda text: text.removesuffix("<|start|>assistant")),
)


def _with_reasoning(template: Template, prompt: Prompt) -> Template:
    """Puts the reasoning of each answered turn before its answer."""
    structure, texts = template.structure, dict(template.texts)
    for position, message in enumerate(prompt.messages):
        if message.role != "assistant" or message.thinking is None or message.tool_calls is not None:
            continue
        answer, name = f"zq{2 * position:04}qz", f"zq{2 * position + 1:04}qz"
        header = f"<|start|>assistant<|channel|>final<|message|>{answer}"
        kept = f"<|start|>assistant<|channel|>analysis<|message|>{name}<|end|>{header}"
        structure, texts[name] = structure.replace(header, kept), message.thinking
    return Template(structure, texts)


def _plain(prompt: Prompt, *, named: bool) -> str:
    lines = [f"{m.role}: {m.content}" if named else str(m.content) for m in prompt.messages if m.content]
    return "\n".join([*lines, "assistant:"] if named else lines)
