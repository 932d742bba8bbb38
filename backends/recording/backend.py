"""Backends that play back answers given earlier: no network, no model, no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from backends.completion import InferenceBackend
from backends.errors import Failure, FailureKind
from backends.score import Score, Unscored
from backends.transcripts import digest_of_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from backends.completion import Answer
    from backends.prompt import Prompt
    from backends.score_request import ScoreRequest


@dataclass(frozen=True, slots=True)
class RecordedBackend:
    """Gives the answers it holds.

    Attributes:
        kind: whose answers these are.
        answers: under the digest of a prompt, its answers in the order of recording; a sample may hold the same text
            twice.
        source: where the answers came from, for the report.
        about: what the backend was that gave them; None where nobody knows.
        embedded: True where the suite itself served the model.
        partial: True where what is not there was never asked, so that its absence is no failure of the backend's.
    """

    kind: InferenceBackend
    answers: Mapping[str, Sequence[Answer]]
    source: str
    about: Mapping[str, Any] | None = None
    embedded: bool = False
    partial: bool = False
    cacheable: bool = False
    resumable: bool = False

    def check(self) -> None:
        """Always returns: what was recorded is there."""

    def cache_inputs(self, prompt: Prompt) -> dict[str, Any]:
        """The source and the prompt."""
        return {"backend": str(self.kind), "recorded": self.source, "prompt": prompt.as_dict()}

    def describe(self) -> dict[str, Any]:
        """What the backend was, and the source."""
        return {**(self.about or {}), "recorded": self.source}

    def answer_all(
        self, prompts: Sequence[Prompt], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        """Delivers what was recorded, at once."""
        missing = Failure(
            kind=FailureKind.NOT_ASKED if self.partial else FailureKind.UNUSABLE,
            message=f"{self.source} holds no answer to this prompt",
            attempts=0 if self.partial else 1,
        )
        left = {digest: iter(recorded) for digest, recorded in self.answers.items()}
        for position, prompt in enumerate(prompts):
            if stopped():
                return
            deliver(position, next(left.get(prompt.digest, iter(())), missing))


class NamedCall(Protocol):
    """What playback needs of a raw call."""

    @property
    def name(self) -> str:
        """ASCII, unique in a run."""


@dataclass(frozen=True, slots=True)
class RecordedRawBackend:
    """Gives the replies to wire calls that it holds.

    Attributes:
        replies: under the name of a call, the reply.
        source: where they came from.
    """

    replies: Mapping[str, Answer]
    source: str
    kind: InferenceBackend = InferenceBackend.API
    cacheable: bool = False
    resumable: bool = False

    def check(self) -> None:
        """Always returns: what was recorded is there."""

    def cache_inputs(self, prompt: NamedCall) -> dict[str, Any]:
        """Never asked for: nothing of a recording is kept again."""
        raise NotImplementedError(f"recorded replies such as that to {prompt.name} are not cached")

    def describe(self) -> dict[str, Any]:
        """The source."""
        return {"recorded": self.source}

    def answer_all(
        self, prompts: Sequence[NamedCall], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        """Delivers what was recorded, at once; what was not recorded was not asked."""
        for position, call in enumerate(prompts):
            if stopped():
                return
            missing = Failure(
                kind=FailureKind.NOT_ASKED, message=f"{self.source} holds no reply to {call.name}", attempts=0
            )
            deliver(position, self.replies.get(call.name, missing))


@dataclass(frozen=True, slots=True)
class RecordedScoreBackend:
    """Gives the scores that it holds of the very answers that are there now.

    A recorded reference may stand beside a live endpoint: what it said of other answers is no score of these.

    Attributes:
        scores: under the digest of a request, the scores of the answers that were there when it was recorded.
        source: where they came from.
    """

    scores: Mapping[str, Sequence[Answer]]
    source: str
    kind: InferenceBackend = InferenceBackend.LOCAL
    cacheable: bool = False
    resumable: bool = False

    def check(self) -> None:
        """Always returns: what was recorded is there."""

    def cache_inputs(self, prompt: ScoreRequest) -> dict[str, Any]:
        """Never asked for: nothing of a recording is kept again."""
        raise NotImplementedError(f"recorded scores such as that for {prompt.whose} are not cached")

    def describe(self) -> dict[str, Any]:
        """The source."""
        return {"recorded": self.source}

    def answer_all(
        self, prompts: Sequence[ScoreRequest], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        """Delivers what was recorded of each answer, once that is there."""
        missing = Failure(
            kind=FailureKind.NOT_ASKED, message=f"{self.source} holds no score of this answer", attempts=0
        )
        for position, request in enumerate(prompts):
            if stopped():
                return
            there = digest_of_answer(request.answer())
            kept = (one for one in self.scores.get(request.digest, ()) if isinstance(one, Score | Unscored))
            deliver(position, next((one for one in kept if one.answer == there), missing))
