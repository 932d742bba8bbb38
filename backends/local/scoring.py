"""Answers are scored: written down as tokens, read behind their prompts, and what was held of the tokens summed up."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from backends.local.generation import encode_prompt
from backends.local.halving import OutOfMemory, work_in_halves
from backends.local.reading import Passage, SharedBeginning, TokenReading, batches_of, read, read_beginning
from backends.renderings import ids_in_form, legitimate_renderings, mistaken_renderings
from backends.score import Likelihood, NothingToScore, Score, Scoring, UnlikelyToken, Unscored
from backends.secrets import redact
from backends.system.out_of_memory import is_out_of_memory
from backends.transcripts import TokenBytes, Transcript, digest_of_answer, is_ambiguous, reframed, transcripts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backends.completion import Answer
    from backends.local.loaded_model import LoadedModel
    from backends.prompt import Prompt
    from backends.score_request import ScoreRequest

#: Answers that are read together at most; `backends.local.reading` says what else bounds a batch. Larger batches of the
#: miniature's answers take as long.
SCORED_TOGETHER = 32

#: Answers whose scores are delivered together: an interrupt loses no more than these.
_AT_ONCE = 64


@dataclass(slots=True)
class Reader:
    """Reads passages with a loaded model, in batches that memory suffices for.

    Attributes:
        loaded: the model.
        size: the most passages of a batch; it falls where memory runs out.
        stopped: once it is true, nothing more is read.
        beginning: what all prompts begin with.
    """

    loaded: LoadedModel
    size: int
    stopped: Callable[[], bool]
    beginning: SharedBeginning = field(default_factory=SharedBeginning)

    def share(self, passages: Sequence[Passage]) -> Reader:
        """Returns a reader of these passages, whose prompts' common beginning it has read."""
        try:
            return replace(self, beginning=read_beginning(self.loaded, passages))
        except Exception as error:
            if is_out_of_memory(error):
                return replace(self, beginning=SharedBeginning())
            raise

    def read(self, passages: Sequence[Passage]) -> list[list[TokenReading] | Unscored | None]:
        """Returns what the model held of each passage's tokens, or why not; None where it was stopped before."""
        got: list[list[TokenReading] | Unscored | None] = [None] * len(passages)

        def work(positions: Sequence[int], _: int) -> None:
            for position, readings in zip(positions, self._read([passages[one] for one in positions]), strict=True):
                got[position] = readings

        def give_up(position: int, said: str) -> None:
            got[position] = Unscored(kind=NothingToScore.NO_MEMORY, why=f"The memory does not suffice: {said}")

        self.size = work_in_halves(batches_of(self.loaded, passages, self.size), self.size, work, give_up, self.stopped)
        return got

    def _read(self, passages: Sequence[Passage]) -> list[list[TokenReading] | Unscored]:
        try:
            return [_finite(readings) for readings in read(self.loaded, passages, self.beginning)]
        except Exception as error:  # noqa: BLE001 - torch and transformers raise without a common base
            told = redact(f"{type(error).__name__}: {error}").partition("\n")[0]
            if is_out_of_memory(error):
                raise OutOfMemory(told) from None
        return [Unscored(kind=NothingToScore.MODEL_FAILED, why=f"The local model failed: {told}")] * len(passages)


def _finite(readings: list[TokenReading]) -> list[TokenReading] | Unscored:
    if all(math.isfinite(one.log_probability) and math.isfinite(one.margin) for one in readings):
        return readings
    return Unscored(kind=NothingToScore.MODEL_FAILED, why="The local model gives numbers that are not finite.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Behind:
    """A prompt behind which an answer is read: its tokens, and which rendering it is."""

    ids: tuple[int, ...]
    form: dict[str, Any] | None = None
    mistake: str | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """One way in which an answer may have been written, and one prompt behind which it may have been."""

    behind: _Behind
    transcript: Transcript

    @property
    def passage(self) -> Passage:
        return Passage(prompt=self.behind.ids, answer=self.transcript.token_ids)


@dataclass(frozen=True, slots=True)
class _Read:
    """A way, and what the model held of it."""

    way: _Way
    readings: list[TokenReading]

    @property
    def strangeness(self) -> tuple[float, float]:
        """By how much the model would have written otherwise, headers included: by this ways are compared.

        At temperature 0 a writer takes the likeliest token each time. So margins come first, and a text that is
        likelier as a whole but has some is the worse explanation.
        """
        return sum(one.margin for one in self.readings), -sum(one.log_probability for one in self.readings)

    @property
    def counted(self) -> list[tuple[int, TokenReading]]:
        parts = self.way.transcript.parts
        return [(place, one) for place, one in enumerate(self.readings) if parts[place] is not None]


def score_in_batches(
    loaded: LoadedModel,
    asked: Sequence[tuple[ScoreRequest, Answer]],
    size: int,
    deliver: Callable[[int, Scoring], None],
    stopped: Callable[[], bool],
) -> int:
    """Scores answers, those of similar length together, and delivers each score once.

    Args:
        loaded: the model, with its tokenizer and the form that it is fed.
        asked: what is asked of whose answer.
        size: the most answers that are read together.
        deliver: takes each position with its score, or with why there is none.
        stopped: once it is true, nothing more is delivered.

    Returns:
        The most answers that may be read together now: fewer where memory ran out.
    """
    known = TokenBytes(loaded.tokenizer)
    ways: dict[int, list[_Way]] = {}
    for position, (request, answer) in enumerate(asked):
        found = _ways(loaded, request, answer)
        if isinstance(found, Unscored):
            deliver(position, found)
        else:
            ways[position] = found
    reader = Reader(loaded, size, stopped).share([way.passage for found in ways.values() for way in found])
    order = sorted(ways, key=lambda position: ways[position][0].passage.length)
    for start in range(0, len(order), _AT_ONCE):
        part = order[start : start + _AT_ONCE]
        for position, best in zip(part, _likeliest(reader, known, [ways[one] for one in part]), strict=True):
            if stopped():
                return reader.size
            scoring = _scoring(reader, known, *asked[position], best)
            if scoring is not None:
                deliver(position, scoring)
    return reader.size


def _ways(loaded: LoadedModel, request: ScoreRequest, answer: Answer) -> list[_Way] | Unscored:
    transcripts = transcripts_of(answer, loaded.tokenizer)
    if isinstance(transcripts, Unscored):
        return transcripts
    try:
        prompts = _behind(loaded, request)
    except Exception as error:  # noqa: BLE001 - templates raise what they like
        return _no_rendering(redact(f"{type(error).__name__}: {error}").partition("\n")[0])
    if not prompts:
        return _no_rendering(f"the mistake {request.mistake} cannot be made with it")
    return [_Way(behind, transcript) for behind in prompts for transcript in transcripts]


def _no_rendering(why: str) -> Unscored:
    return Unscored(kind=NothingToScore.NO_RENDERING, why=f"The prompt cannot be rendered so: {why}")


def _behind(loaded: LoadedModel, request: ScoreRequest) -> list[_Behind]:
    """Returns the prompts behind which an answer is read at first; several where a mistake has several renderings."""
    if request.mistake is not None:
        return [one for one in _mistaken(loaded, request.prompt) if one.mistake == request.mistake]
    if request.form is None:
        return [_Behind(ids=tuple(encode_prompt(loaded, request.prompt)))]
    return [_Behind(ids=tuple(ids_in_form(loaded.tokenizer, request.prompt, request.form)))]


def _mistaken(loaded: LoadedModel, prompt: Prompt) -> list[_Behind]:
    return [
        _Behind(
            ids=one.token_ids,
            form=None if one.form is None else one.form.as_data(),
            mistake=None if one.mistake is None else str(one.mistake),
        )
        for one in mistaken_renderings(loaded.tokenizer, prompt)
    ]


def _every(loaded: LoadedModel, prompt: Prompt) -> list[_Behind]:
    right = [
        _Behind(ids=one.token_ids, form=None if one.form is None else one.form.as_data())
        for one in legitimate_renderings(loaded.tokenizer, prompt)
    ]
    return [*right, *_mistaken(loaded, prompt)]


def _likeliest(reader: Reader, known: TokenBytes, found: Sequence[list[_Way]]) -> list[_Read | Unscored | None]:
    """Returns of each answer the likeliest way; another one may come of what the model held of the first."""
    best = _best_of(reader, found)
    again: dict[int, _Way] = {}
    for place, one in enumerate(best):
        if isinstance(one, _Read):
            likeliest = {at: held.likeliest for at, held in enumerate(one.readings) if held.rank > 1}
            other = reframed(one.way.transcript, known, likeliest)
            if other is not None:
                again[place] = replace(one.way, transcript=other)
    for place, second in zip(again, _best_of(reader, [[way] for way in again.values()]), strict=True):
        first = best[place]
        if isinstance(second, _Read) and isinstance(first, _Read) and second.strangeness < first.strangeness:
            best[place] = second
    return best


def _best_of(reader: Reader, found: Sequence[list[_Way]]) -> list[_Read | Unscored | None]:
    flat = [way for ways in found for way in ways]
    told = iter(reader.read([way.passage for way in flat]))
    return [_better([(way, next(told)) for way in ways]) for ways in found]


def _better(told: list[tuple[_Way, list[TokenReading] | Unscored | None]]) -> _Read | Unscored | None:
    done = [_Read(way, readings) for way, readings in told if isinstance(readings, list)]
    if done:
        return min(done, key=lambda one: one.strangeness)
    return next((readings for _, readings in told if isinstance(readings, Unscored)), None)


def _scoring(
    reader: Reader, known: TokenBytes, request: ScoreRequest, answer: Answer, best: _Read | Unscored | None
) -> Scoring | None:
    digest = digest_of_answer(answer)
    if best is None or isinstance(best, Unscored):
        return None if best is None else replace(best, answer=digest)
    unlikely, ambiguous = _unlikely(known, best)
    gaps = _gaps(best)
    return Score(
        answer=str(digest),
        source=best.way.transcript.source,
        logprobs=best.way.transcript.logprobs,
        tokens=len(best.counted),
        unlikely=unlikely,
        ambiguous=ambiguous,
        log_probability=sum(one.log_probability for _, one in best.counted),
        reported=len(gaps),
        reported_gap=sum(gaps) / len(gaps) if gaps else None,
        likelihoods=_likelihoods(reader, known, request.prompt, best) if request.every_rendering else (),
        effective_overrides=_overrides(reader),
    )


def _overrides(reader: Reader) -> dict[str, Any]:
    smaller = {"batch_size": reader.size} if reader.size < SCORED_TOGETHER else {}
    return dict(reader.loaded.effective_overrides) | smaller


def _unlikely(known: TokenBytes, best: _Read) -> tuple[tuple[UnlikelyToken, ...], int]:
    """Returns the tokens that count against the writer, and how many are not the likeliest and do not."""
    transcript, found, ambiguous = best.way.transcript, [], 0
    for place, one in best.counted:
        part = transcript.parts[place]
        if one.rank == 1 or part is None:
            continue
        if is_ambiguous(transcript, known, place, one.likeliest):
            ambiguous += 1
            continue
        written, likeliest = known.text(transcript.token_ids[place]), known.text(one.likeliest)
        found.append(
            UnlikelyToken(
                position=place, part=part, written=written, likeliest=likeliest, margin=one.margin, rank=one.rank
            )
        )
    return tuple(found), ambiguous


def _gaps(best: _Read) -> list[float]:
    told = best.way.transcript.reported
    pairs = [(told[place], one.log_probability) for place, one in best.counted]
    return [abs(theirs - ours) for theirs, ours in pairs if theirs is not None]


def _likelihoods(reader: Reader, known: TokenBytes, prompt: Prompt, best: _Read) -> tuple[Likelihood, ...]:
    """Returns how likely the same tokens are behind every rendering of the prompt, the best explanation first."""
    ways = [replace(best.way, behind=behind) for behind in _every(reader.loaded, prompt)]
    shared = reader.share([way.passage for way in ways])
    told = shared.read([way.passage for way in ways])
    reader.size = shared.size
    done = [_Read(way, readings) for way, readings in zip(ways, told, strict=True) if isinstance(readings, list)]
    return tuple(sorted((_likelihood(known, one) for one in done), key=_explanation))


def _explanation(one: Likelihood) -> tuple[float, bool, float]:
    """Returns what orders renderings: among those that explain an answer equally well, the legitimate come first."""
    return one.margin_sum, one.mistake is not None, -one.log_probability


def _likelihood(known: TokenBytes, one: _Read) -> Likelihood:
    unlikely, _ = _unlikely(known, one)
    return Likelihood(
        form=one.way.behind.form,
        mistake=one.way.behind.mistake,
        length=len(one.way.behind.ids),
        log_probability=sum(held.log_probability for _, held in one.counted),
        unlikely=len(unlikely),
        margin_sum=sum(token.margin for token in unlikely),
    )
