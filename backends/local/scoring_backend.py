"""The local model as the judge of answers that somebody else gave: a backend that is asked for scores."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from backends.completion import Answer, Completion, InferenceBackend, text_or_none
from backends.errors import BackendUnavailable, Failure, FailureKind
from backends.local.long_prompts import apart, no_room_for
from backends.local.scoring import SCORED_TOGETHER, score_in_batches
from backends.memory.workload import Workload, characters_of
from backends.score import NothingToScore, Unscored
from backends.transcripts import digest_of_answer, unanswered

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from backends.checkpoints.spec import LocalSpec
    from backends.local.backend import LocalBackend
    from backends.local.loaded_model import LoadedModel
    from backends.score import Scoring
    from backends.score_request import ScoreRequest

#: Raised with the meaning of a score, so that an older one is never found in a cache.
_MEANING: Final = 2


@dataclass(slots=True)
class ScoringBackend:
    """Scores answers with a local reference's model, which is loaded once for both.

    Attributes:
        local: the reference: its model, and the form and the day in which its prompts are fed.
    """

    local: LocalBackend
    kind: InferenceBackend = InferenceBackend.LOCAL
    cacheable: bool = True
    resumable: bool = True
    _size: int = field(default=SCORED_TOGETHER, init=False, repr=False, compare=False)

    def check(self) -> None:
        """Looks for what the reference needs."""
        self.local.check()

    def cache_inputs(self, request: ScoreRequest) -> dict[str, Any]:
        """All that determines the reference's own answers, and the answer that is scored, for which it waits."""
        own = self.local.cache_inputs(request.prompt)
        scored = {"meaning": _MEANING, "answer": digest_of_answer(request.answer()), "under": request.under}
        return own | {"batch_size": SCORED_TOGETHER, "scored": scored}

    def describe(self) -> dict[str, Any]:
        """The reference."""
        return self.local.describe()

    def answer_all(
        self, prompts: Sequence[ScoreRequest], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        """Waits for the answers and scores them; the model is loaded only where there is something to score."""
        asked: dict[int, tuple[ScoreRequest, Answer]] = {}
        for position, request in enumerate(prompts):
            if stopped():
                return
            answer = request.answer()
            nothing = _nothing_in(request, answer)
            if nothing is None:
                asked[position] = (request, answer)
            else:
                deliver(position, nothing)
        if asked:
            self._score(asked, deliver, stopped)

    def _score(
        self,
        asked: dict[int, tuple[ScoreRequest, Answer]],
        deliver: Callable[[int, Answer], None],
        stopped: Callable[[], bool],
    ) -> None:
        ordinary, long = _places(asked)
        try:
            with self.local.models.use(self.local.spec, _workload(ordinary.values(), self.local.spec)) as loaded:
                fed = self.local.feed(loaded)
                self._size = self._score_with(fed, ordinary, self._size, deliver, stopped)
                for place, one in long.items():
                    lacking = no_room_for(self.local.spec, _workload([one], self.local.spec))
                    if lacking is None:
                        self._score_with(fed, {place: one}, 1, deliver, stopped)
                    else:
                        deliver(place, lacking)
        except BackendUnavailable as error:
            for position in asked:
                deliver(position, Failure(kind=FailureKind.UNAVAILABLE, message=str(error)))

    def _score_with(
        self,
        fed: LoadedModel,
        asked: dict[int, tuple[ScoreRequest, Answer]],
        size: int,
        deliver: Callable[[int, Answer], None],
        stopped: Callable[[], bool],
    ) -> int:
        places = list(asked)

        def passed_on(place: int, scoring: Scoring) -> None:
            deliver(places[place], scoring)

        return score_in_batches(fed, list(asked.values()), size, passed_on, stopped)


def _places(
    asked: dict[int, tuple[ScoreRequest, Answer]],
) -> tuple[dict[int, tuple[ScoreRequest, Answer]], dict[int, tuple[ScoreRequest, Answer]]]:
    """Returns what is of ordinary length, and what is far longer and is read alone."""
    places = list(asked)
    parted = apart([characters_of(request.prompt) + len(_text_of(answer)) for request, answer in asked.values()])
    ordinary, long = ({places[at]: asked[places[at]] for at in part} for part in parted)
    return ordinary, long


def _nothing_in(request: ScoreRequest, answer: Answer) -> Unscored | None:
    """Returns why an answer cannot be scored, as far as that is known without the model."""
    if request.prompt.sampling.temperature != 0:
        return Unscored(
            kind=NothingToScore.NOT_GREEDY,
            why="The answer was asked for at another temperature than 0: tokens that are drawn need not be likely.",
            answer=digest_of_answer(answer),
        )
    return unanswered(answer)


def _workload(asked: Collection[tuple[ScoreRequest, Answer]], spec: LocalSpec) -> Workload:
    prompts = [request.prompt for request, _ in asked]
    return Workload.of_reading(prompts, [_text_of(answer) for _, answer in asked], spec)


def _text_of(answer: Answer) -> str:
    if not isinstance(answer, Completion):
        return ""
    return f"{text_or_none(answer.reasoning) or ''}{text_or_none(answer.content) or ''}"
