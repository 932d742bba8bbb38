"""Known wrong renderings: what a server does to a prompt that it does not render as it should."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backends.prompt import EFFORTS, Message
from backends.renderings.rendering import Rendering, legitimate_renderings
from backends.renderings.template import Template, make_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backends.prompt import Prompt

_OPENING = ("system", "developer")


def mistaken_renderings(tokenizer: Any, prompt: Prompt) -> tuple[Rendering, ...]:  # noqa: ANN401 - not typed
    """Returns known wrong renderings of a conversation, none of which has the tokens of a legitimate one."""
    right = {rendering.token_ids for rendering in legitimate_renderings(tokenizer, prompt)}
    found: dict[tuple[int, ...], Rendering] = {}
    for name, text in _wrong_texts(tokenizer, prompt):
        ids = tuple(tokenizer.encode(text, add_special_tokens=False))
        if ids not in right:
            found.setdefault(ids, Rendering(name=name, text=text, token_ids=ids))
    return tuple(found.values())


def _wrong_texts(tokenizer: Any, prompt: Prompt) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - not typed
    for name, other in _wrong_prompts(prompt):
        for rendering in legitimate_renderings(tokenizer, other):
            yield f"{name} ({rendering.name})", rendering.text
    skeleton = make_template(tokenizer, prompt)
    for name, edit in _EDITS:
        edited = skeleton.edited(edit)
        if edited != skeleton:
            yield name, edited.text
    kept = _with_reasoning(skeleton, prompt)
    if kept != skeleton:
        yield "the reasoning of earlier turns is kept", kept.text
    yield "the messages are joined as plain text, without Harmony", _plain(prompt, named=False)
    yield "the messages are joined as plain text with their roles, without Harmony", _plain(prompt, named=True)


def _wrong_prompts(prompt: Prompt) -> Iterator[tuple[str, Prompt]]:
    """Yields the conversation with something lost or moved before it was rendered."""
    first, rest = prompt.messages[0], prompt.messages[1:]
    if first.role in _OPENING and rest:
        yield "the developer message (the policy) is dropped", replace(prompt, messages=rest)
        if rest[0].role == "user":
            moved = Message(role="user", content=f"{first.content}\n\n{rest[0].content}")
            yield "the policy is moved into the user's turn", replace(prompt, messages=(moved, *rest[1:]))
            asked = Message(role="user", content=first.content)
            yield "the policy becomes a user's turn of its own", replace(prompt, messages=(asked, *rest))
    opening = (first,) if first.role in _OPENING else ()
    if len(prompt.messages) > len(opening) + 1 and prompt.messages[-1].role == "user":
        yield "earlier turns are dropped", replace(prompt, messages=(*opening, prompt.messages[-1]))
    if prompt.tools is not None:
        yield "the offered tools are dropped", replace(prompt, tools=None)
    for effort in EFFORTS:
        if effort != prompt.reasoning_effort:
            yield f"the reasoning effort is {effort}", replace(prompt, reasoning_effort=effort)


_EDITS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("the effort line is missing", lambda text: re.sub(r"\n\nReasoning: \w+", "", text, count=1)),
    ("the line of valid channels is missing", lambda text: re.sub(r"\n\n# Valid channels:[^<]*", "", text, count=1)),
    (
        "the system message is missing",
        lambda text: re.sub(r"^<\|start\|>system.*?<\|end\|>", "", text, flags=re.DOTALL),
    ),
    ("the first start token is doubled", lambda text: f"<|start|>{text}"),
    ("the start of the assistant's turn is missing", lambda text: text.removesuffix("<|start|>assistant")),
)


def _with_reasoning(skeleton: Template, prompt: Prompt) -> Template:
    """Puts the reasoning of each answered turn before its answer."""
    structure, texts = skeleton.structure, dict(skeleton.texts)
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
