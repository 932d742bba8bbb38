"""Known wrong renderings: the prompt with each known mistake in it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backends.errors import BackendUnavailable
from backends.prompt import EFFORTS, Message
from backends.renderings.form import Form
from backends.renderings.misplaced_policy import OPENING, policy_in_system_message
from backends.renderings.mistake import Mistake
from backends.renderings.rendering import Rendering, forms_of, legitimate_renderings
from backends.renderings.template import Template, make_template, with_placeholders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backends.prompt import Prompt


def mistaken_renderings(tokenizer: Any, prompt: Prompt) -> tuple[Rendering, ...]:  # noqa: ANN401 - not typed
    """Returns known wrong renderings of a conversation, none of which has the tokens of a legitimate one."""
    right = {rendering.token_ids for rendering in legitimate_renderings(tokenizer, prompt)}
    found: dict[tuple[int, ...], Rendering] = {}
    for wrong in _wrong_renderings(tokenizer, prompt):
        if wrong.token_ids not in right:
            found.setdefault(wrong.token_ids, wrong)
    return tuple(found.values())


def _wrong_renderings(tokenizer: Any, prompt: Prompt) -> Iterator[Rendering]:  # noqa: ANN401 - not typed
    """Yields each mistake in every form, with literal tokens as tokens and as text."""
    for mistake, other in _wrong_prompts(prompt):
        for rendering in legitimate_renderings(tokenizer, other):
            yield replace(rendering, mistake=mistake)
    for mistake, form, template in _wrong_templates(tokenizer, prompt):
        for as_text in template.ways_to_read:
            try:
                ids = template.token_ids(tokenizer, literal_tokens_as_text=as_text)
            except BackendUnavailable:
                # A recorded tokenizer knows the mistakes of its day alone.
                continue
            told = replace(form or Form(), literal_tokens_as_text=True) if as_text else form
            yield Rendering(mistake=mistake, form=told, text=template.text, token_ids=ids)


def _wrong_templates(tokenizer: Any, prompt: Prompt) -> Iterator[tuple[Mistake, Form | None, Template]]:  # noqa: ANN401 - as above
    template = make_template(tokenizer, prompt)
    for mistake, edit in _EDITS:
        edited = template.edited(edit)
        if edited != template:
            yield mistake, None, edited
    kept = _with_reasoning(template, prompt)
    if kept != template:
        yield Mistake.EARLIER_REASONING_KEPT, None, kept
    for mistake, placed in policy_in_system_message(tokenizer, prompt):
        for form, other in forms_of(placed):
            yield mistake, form, other
    yield Mistake.PLAIN_TEXT, None, _plain(prompt, named=False)
    yield Mistake.PLAIN_TEXT_WITH_ROLES, None, _plain(prompt, named=True)


def _wrong_prompts(prompt: Prompt) -> Iterator[tuple[Mistake, Prompt]]:
    """Yields the conversation with something lost or moved before it was rendered."""
    first, rest = prompt.messages[0], prompt.messages[1:]
    if first.role in OPENING and rest:
        yield Mistake.DEVELOPER_DROPPED, replace(prompt, messages=rest)
        if rest[0].role == "user":
            moved = Message(role="user", content=f"{first.content}\n\n{rest[0].content}")
            yield Mistake.POLICY_IN_USERS_TURN, replace(prompt, messages=(moved, *rest[1:]))
            asked = Message(role="user", content=first.content)
            yield Mistake.POLICY_AS_USERS_TURN, replace(prompt, messages=(asked, *rest))
    opening = (first,) if first.role in OPENING else ()
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


def _plain(prompt: Prompt, *, named: bool) -> Template:
    messages, texts = with_placeholders(prompt)
    said = [message for message in messages if message.get("content")]
    lines = [f"{one['role']}: {one['content']}" if named else str(one["content"]) for one in said]
    return Template("\n".join([*lines, "assistant:"] if named else lines), texts)
