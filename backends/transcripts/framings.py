"""The ways in which the format lets an answer be written, given what a chat endpoint tells of it.

Source: the published chat template, openai-harmony 0.0.8 and oss-harmony 0.0.11, which write a call's header and its
content type in different ways, and what gpt-oss itself writes: the recipient behind the channel, `<|constrain|>json`.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backends.completion import FinishReason
from backends.harmony import Ending, Message, Role, render
from backends.harmony.tokens import CONSTRAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The content types of a call's arguments.
_CONTENT_TYPES: Final = (f"{CONSTRAIN}json", "json", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a chat endpoint tells of an answer.

    Attributes:
        reasoning: the analysis; empty where there is none.
        content: the answer, or what is said to the user before a call; empty where there is none.
        calls: name and arguments of each call, as JSON text.
        finish_reason: why it ended.
    """

    reasoning: str
    content: str
    calls: tuple[tuple[str, str], ...]
    finish_reason: FinishReason


@dataclass(frozen=True, slots=True)
class Framing:
    """An answer's text with its special tokens, in three pieces between which no token can reach.

    Attributes:
        before: all up to the final answer.
        answer: the final answer, which `logprobs` may belong to.
        after: what ends it.
    """

    before: str
    answer: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """The whole."""
        return self.before + self.answer + self.after


def framings_of(told: Told) -> tuple[Framing, ...]:
    """Returns the ways to write an answer, each once.

    An answer that was cut has no end token, and neither has one whose end nobody knows. Where no reasoning is told,
    none may have been written, or an empty one. The model ends its turn with a call, so that the first call is the
    last.

    Raises:
        RenderError: a text holds a token that would end the message.
    """
    if told.calls:
        return tuple(dict.fromkeys(Framing(text) for text in _with_call(told)))
    if not told.content:
        return (Framing(render([_said("analysis", told.reasoning, Ending.TRUNCATED)], role=Role.ASSISTANT)),)
    ending = Ending.RETURN if told.finish_reason is FinishReason.STOP else Ending.TRUNCATED
    thoughts = [[_said("analysis", told.reasoning)]] if told.reasoning else [[], [_said("analysis", "")]]
    final = _said("final", told.content, ending)
    whole = [render([*thought, final], role=Role.ASSISTANT) for thought in thoughts]
    after = len(ending.value)
    before = [text[: len(text) - after - len(told.content)] for text in whole]
    return tuple(Framing(text, told.content, ending.value) for text in before)


def _with_call(told: Told) -> Iterator[str]:
    name, arguments = told.calls[0]
    ending = Ending.CALL if told.finish_reason in {FinishReason.TOOL_CALLS, FinishReason.STOP} else Ending.TRUNCATED
    said = [_said("analysis", told.reasoning)] if told.reasoning else []
    said += [_said("commentary", told.content)] if told.content else []
    recipient = name if name.startswith("functions.") else f"functions.{name}"
    for content_type, spelled in itertools.product(_CONTENT_TYPES, _spellings(arguments)):
        call = Message(
            role=Role.ASSISTANT,
            channel="commentary",
            recipient=recipient,
            content_type=content_type,
            content=spelled,
            ending=ending,
        )
        text = render([*said, call], role=Role.ASSISTANT)
        yield text
        head, header, tail = text.rpartition(f" to={recipient}<|channel|>commentary")
        if header:
            yield f"{head}<|channel|>commentary to={recipient}{tail}"


def _spellings(arguments: str) -> Iterator[str]:
    """Yields the arguments as told, and as a server may have found them before it wrote them anew."""
    yield arguments
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return
    yield json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    yield json.dumps(value, ensure_ascii=False)


def _said(channel: str, content: str, ending: Ending = Ending.END) -> Message:
    return Message(role=Role.ASSISTANT, channel=channel, content=content, ending=ending)
