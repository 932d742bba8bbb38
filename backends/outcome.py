"""An Outcome: what an answer amounts to under a policy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from backends import harmony
from backends.completion import Answer, Completion, FinishReason, ModelAnswer, model_answer, text_or_none
from backends.errors import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.labels import Reading
    from backends.prompt import Prompt


#: Tokens of an answer that stand in no text: two headers, two stop tokens and the second turn's start make 11. More are
#: allowed for a server that counts an empty message or a preamble's header too.
FORMAT_TOKENS = 24

#: Tags that other model families write around their thoughts.
_REASONING_TAG = re.compile(r"</?(?:think|thinking|reasoning|analysis)>", re.IGNORECASE)


class OutcomeKind(StrEnum):
    """The closed vocabulary of outcomes."""

    LABEL = "label"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    EMPTY = "empty"
    ERROR = "error"


#: Outcomes of an answer that came and is plain text, whatever it says: a refusal is an answer.
ANSWERS = frozenset({OutcomeKind.LABEL, OutcomeKind.REFUSED, OutcomeKind.UNREADABLE})

#: Outcomes that never agree with anything, not even with their like: nothing that could be compared came.
BROKEN = frozenset({OutcomeKind.MALFORMED, OutcomeKind.EMPTY, OutcomeKind.ERROR})


def is_well_formed(kind: OutcomeKind, finish_reason: FinishReason | None) -> bool:
    """Returns whether an answer came, holds no markup and ended by itself. A refusal does, a text that was cut not."""
    return kind in ANSWERS and finish_reason is not FinishReason.LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an answer amounts to.

    Attributes:
        kind: which of the seven.
        label: True or False where `kind` is `label`, else None: no label is null, never false.
        why: one sentence, empty for a label.
        answer: the Completion or the Failure behind it.
        prompt: what was asked, where it is known.
    """

    kind: OutcomeKind
    label: bool | None = None
    why: str = ""
    answer: ModelAnswer
    prompt: Prompt | None = None

    @property
    def completion(self) -> Completion | None:
        """The Completion, or None where there is none."""
        return self.answer if isinstance(self.answer, Completion) else None

    @property
    def is_well_formed(self) -> bool:
        """True where the answer came, holds no markup and ended by itself, whatever it says."""
        return is_well_formed(self.kind, None if self.completion is None else self.completion.finish_reason)

    def __repr__(self) -> str:
        """Returns the outcome in a line: the label, or why there is none, and the answer behind it."""
        label = f" {self.label}" if self.kind is OutcomeKind.LABEL else ""
        why = f": {' '.join(self.why.split())}" if self.why else ""
        behind = "" if self.completion is None else f", {self.completion!r}"
        return f"<Outcome {self.kind}{label}{why}{behind}>"


class PolicyLike(Protocol):
    """What this room needs of a policy: a text that asks for a label, and a reader that finds it."""

    @property
    def instructions(self) -> str:
        """The text for the system message."""

    def read(self, answer: str) -> Reading:
        """Finds the label in an answer."""


def read_outcome(answer: Answer, read: Callable[[str], Reading], prompt: Prompt | None = None) -> Outcome:
    """Returns what `answer` amounts to, where `read` finds the label in a text."""
    given = model_answer(answer)
    kind, label, why = _judge(given, read)
    return Outcome(kind=kind, label=label, why=why, answer=given, prompt=prompt)


def _judge(answer: ModelAnswer, read: Callable[[str], Reading]) -> tuple[OutcomeKind, bool | None, str]:
    if isinstance(answer, Failure):
        return OutcomeKind.ERROR, None, answer.message
    cut = answer.finish_reason is FinishReason.LENGTH
    if answer.malformed is not None:
        if cut:
            return OutcomeKind.TRUNCATED, None, f"the token limit cut the answer: {answer.malformed}"
        return OutcomeKind.MALFORMED, None, answer.malformed
    content = text_or_none(answer.content)
    if content is None or not content.strip():
        return _nothing_said(answer, cut=cut)
    if (leaked := leaked_format(content)) is not None:
        return OutcomeKind.MALFORMED, None, leaked
    return _read(content, read, cut=cut)


def inline_reasoning(content: str) -> str | None:
    """Returns the first tag of a reasoning that stands inside a plain answer, or None where none does."""
    tag = _REASONING_TAG.search(content)
    return None if tag is None else tag[0]


def leaked_format(content: str) -> str | None:
    """Returns how Harmony shows through in what should be a plain answer, or None where it does not."""
    if markup := harmony.find_markup(content):
        return f"the answer holds Harmony markup: {markup[0].text}"
    if harmony.parse(content, strict=False).has(harmony.ProblemKind.GLUED_CHANNELS):
        return "the answer holds all channels, glued together without their markup"
    return None


def _nothing_said(answer: Completion, *, cut: bool) -> tuple[OutcomeKind, bool | None, str]:
    if cut:
        return OutcomeKind.TRUNCATED, None, "the token limit was reached before an answer began"
    state = "empty" if isinstance(answer.content, str) else answer.content.value
    return OutcomeKind.EMPTY, None, f"the answer is {state}"


def _read(content: str, read: Callable[[str], Reading], *, cut: bool) -> tuple[OutcomeKind, bool | None, str]:
    reading = read(content)
    if reading.label is not None:
        return OutcomeKind.LABEL, reading.label, ""
    if cut:
        return OutcomeKind.TRUNCATED, None, "the token limit cut the answer before a label"
    if reading.refused:
        return OutcomeKind.REFUSED, None, "the answer is a refusal"
    return OutcomeKind.UNREADABLE, None, "the answer holds no label"
