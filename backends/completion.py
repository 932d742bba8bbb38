"""A Completion: what came back for a Prompt, with the raw evidence beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from backends.errors import Failure
from backends.raw_reply import RawReply
from backends.score import Score, Unscored

if TYPE_CHECKING:
    from collections.abc import Mapping


class InferenceBackend(StrEnum):
    """Who gives the answer."""

    API = "api"
    LOCAL = "local"


class FinishReason(StrEnum):
    """Why a completion ended; the closed vocabulary of the protocol, and `unknown` for everything else."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    UNKNOWN = "unknown"

    @classmethod
    def read(cls, value: object) -> FinishReason:
        """Returns the member that `value` names, else `UNKNOWN`; the raw response keeps what was said."""
        return next((member for member in cls if member == value), cls.UNKNOWN)


class Missing(Enum):
    """Two ways for a text not to be there. An empty text is a third thing: it is there, and it is `""`."""

    ABSENT = "absent"
    NULL = "null"


Text: TypeAlias = str | Missing

#: Characters of a text that a line shows.
_SHOWN = 60


def text_or_none(text: Text) -> str | None:
    """Returns the text, or None where it is missing in either way."""
    return text if isinstance(text, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Token counts as reported; None where a count was not reported.

    Two usages are equal where the three counts are that every API tells; not all tell of the reasoning's part in them.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    reasoning_tokens: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What came back.

    Attributes:
        content: the final channel's text.
        reasoning: the analysis channel's text.
        finish_reason: why it ended.
        usage: token counts.
        reasoning_field: the response field that held the reasoning (`reasoning`, `reasoning_content`; of a reasoning
            item `content` or `summary`), where one did.
        provider: who served it, as the response says.
        model: the model's name, as the response says.
        malformed: why the text could not be read as Harmony, else None.
        latency_s: seconds for the last attempt, or the share of a local batch.
        attempts: requests sent, 1 for the first.
        cached: True where it came out of the cache.
        effective_overrides: cache inputs of the answer (see `Backend.cache_inputs`) that turned out otherwise than was
            asked for, such as a smaller batch where memory ran out: the cache keeps the answer under these.
        raw: JSON text of the evidence: the request's and the response's body, or the local text with its special
            tokens.
    """

    content: Text
    reasoning: Text = Missing.ABSENT
    finish_reason: FinishReason = FinishReason.UNKNOWN
    usage: Usage = field(default_factory=Usage)
    reasoning_field: str | None = None
    provider: str | None = None
    model: str | None = None
    malformed: str | None = None
    latency_s: float | None = None
    attempts: int = 1
    cached: bool = False
    effective_overrides: Mapping[str, Any] = field(default_factory=dict, hash=False)
    raw: str = ""

    def __repr__(self) -> str:
        """Returns the answer in a line; `raw` and the rest are there to be asked for."""
        told = [_shown(self.content), *([f"reasoning {_shown(self.reasoning)}"] if self.reasoning else [])]
        told += [] if self.malformed is None else [f"malformed: {' '.join(self.malformed.split())}"]
        told += [] if self.usage.completion_tokens is None else [f"{self.usage.completion_tokens} tokens"]
        told += [] if self.latency_s is None else [f"{self.latency_s:.2f} s"]
        told += [f"{self.attempts} attempts"] if self.attempts > 1 else []
        return f"<Completion {', '.join([*told, str(self.finish_reason), *(['cached'] if self.cached else [])])}>"


def _shown(text: Text) -> str:
    """Returns the beginning of a text, quoted, in a line."""
    if isinstance(text, Missing):
        return text.value
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


#: What a prompt can come to.
ModelAnswer: TypeAlias = Completion | Failure

#: What any request can come to: a prompt comes to a Completion, a raw call to a RawReply, the question what the local
#: model says of an answer to a Score or an Unscored, and each of them to a Failure.
Answer: TypeAlias = Completion | RawReply | Score | Unscored | Failure


def model_answer(answer: Answer) -> ModelAnswer:
    """Returns the answer to a prompt.

    Raises:
        TypeError: it is the reply to a raw call, or a score.
    """
    if isinstance(answer, Completion | Failure):
        return answer
    raise TypeError(f"a {type(answer).__name__} is no answer to a prompt")
