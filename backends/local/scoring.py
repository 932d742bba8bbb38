"""Answers are scored: written down as tokens, read behind their prompts, and what was held of the tokens summed up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backends.local.generation import encode_prompt
from backends.local.reader import Reader
from backends.local.way import (
    Behind,
    Fork,
    ReadWay,
    Way,
    forks_of,
    likelihood_of,
    reported_gaps,
    unlikely_tokens,
    written_tokens,
)
from backends.renderings import ids_in_form, legitimate_renderings, mistaken_renderings
from backends.score import Likelihood, NothingToScore, Score, Scoring, Unscored
from backends.secrets import redact
from backends.transcripts import TokenBytes, digest_of_answer, reframed, transcripts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backends.completion import Answer
    from backends.local.loaded_model import LoadedModel
    from backends.local.reading import TokenReading
    from backends.prompt import Prompt
    from backends.score_request import ScoreRequest

    _Told = tuple[Way, list[TokenReading] | Unscored | None]

#: Answers that are read together at most; `backends.local.reading` says what else bounds a batch. In batches of 16 the
#: miniature's answers take a third longer.
SCORED_TOGETHER = 32

#: Answers whose scores are delivered together: an interrupt loses no more than these.
_AT_ONCE = 64


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
    ways: dict[int, list[Way]] = {}
    for position, (request, answer) in enumerate(asked):
        found = _ways(loaded, known, request, answer)
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


def _ways(loaded: LoadedModel, known: TokenBytes, request: ScoreRequest, answer: Answer) -> list[Way] | Unscored:
    transcripts = transcripts_of(answer, known)
    if isinstance(transcripts, Unscored):
        return transcripts
    try:
        prompts = _behind(loaded, request)
    except Exception as error:  # noqa: BLE001 - templates raise what they like
        return _no_rendering(redact(f"{type(error).__name__}: {error}").partition("\n")[0])
    if not prompts:
        return _no_rendering(f"the mistake {request.mistake} cannot be made with it")
    return [Way(behind, transcript) for behind in prompts for transcript in transcripts]


def _no_rendering(why: str) -> Unscored:
    return Unscored(kind=NothingToScore.NO_RENDERING, why=f"The prompt cannot be rendered so: {why}")


def _behind(loaded: LoadedModel, request: ScoreRequest) -> list[Behind]:
    """Returns the prompts behind which an answer is read at first; several where a mistake has several renderings."""
    if request.mistake is not None:
        return [one for one in _mistaken(loaded, request.prompt) if one.mistake == request.mistake]
    if request.form is None:
        return [Behind(ids=tuple(encode_prompt(loaded, request.prompt)))]
    return [Behind(ids=tuple(ids_in_form(loaded.tokenizer, request.prompt, request.form)))]


def _mistaken(loaded: LoadedModel, prompt: Prompt) -> list[Behind]:
    return [
        Behind(
            ids=one.token_ids,
            form=None if one.form is None else one.form.as_data(),
            mistake=None if one.mistake is None else str(one.mistake),
        )
        for one in mistaken_renderings(loaded.tokenizer, prompt)
    ]


def _every(loaded: LoadedModel, prompt: Prompt) -> list[Behind]:
    right = [
        Behind(ids=one.token_ids, form=None if one.form is None else one.form.as_data())
        for one in legitimate_renderings(loaded.tokenizer, prompt)
    ]
    return [*right, *_mistaken(loaded, prompt)]


def _likeliest(reader: Reader, known: TokenBytes, found: Sequence[list[Way]]) -> list[ReadWay | Unscored | None]:
    """Returns of each answer the likeliest way; another one may come of what the model held of the first."""
    best = _best_of(reader, found)
    again: dict[int, Way] = {}
    for place, one in enumerate(best):
        if isinstance(one, ReadWay):
            likeliest = {at: held.likeliest for at, held in enumerate(one.readings) if held.rank > 1}
            other = reframed(one.way.transcript, known, likeliest)
            if other is not None:
                again[place] = replace(one.way, transcript=other)
    for place, second in zip(again, _best_of(reader, [[way] for way in again.values()]), strict=True):
        first = best[place]
        if isinstance(second, ReadWay) and isinstance(first, ReadWay) and second.strangeness < first.strangeness:
            best[place] = second
    return best


def _best_of(reader: Reader, found: Sequence[list[Way]]) -> list[ReadWay | Unscored | None]:
    forks = [forks_of(ways) for ways in found]
    told = iter(reader.read([way.passage for each in forks for fork in each for way in fork.whole]))
    best = []
    for each in forks:
        whole = [[(way, next(told)) for way in fork.whole] for fork in each]
        tails = [_read_tails(reader, fork, read) for fork, read in zip(each, whole, strict=True)]
        best.append(_better([one for read in (*whole, *tails) for one in read]))
    return best


def _read_tails(reader: Reader, fork: Fork, whole: list[_Told]) -> list[_Told]:
    """Returns what was held of the ways that are read from where they part, behind what they share."""
    beginning, tails = whole[0][1], fork.tails
    if not tails or not isinstance(beginning, list):
        return []
    behind = reader.share(tails, reader.beginning)
    told = behind.read(tails)
    reader.size = behind.size
    return [
        (way, [*beginning[: fork.shared], *tail] if isinstance(tail, list) else tail)
        for way, tail in zip(fork.parted, told, strict=True)
    ]


def _better(told: list[_Told]) -> ReadWay | Unscored | None:
    done = [ReadWay(way, readings) for way, readings in told if isinstance(readings, list)]
    if done:
        return min(done, key=lambda one: one.strangeness)
    return next((readings for _, readings in told if isinstance(readings, Unscored)), None)


def _scoring(
    reader: Reader, known: TokenBytes, request: ScoreRequest, answer: Answer, best: ReadWay | Unscored | None
) -> Scoring | None:
    digest = digest_of_answer(answer)
    if best is None or isinstance(best, Unscored):
        return None if best is None else replace(best, answer=digest)
    unlikely, ambiguous = unlikely_tokens(known, best)
    gaps = reported_gaps(best)
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
        written=written_tokens(known, best, unlikely),
        effective_overrides=_overrides(reader),
    )


def _overrides(reader: Reader) -> dict[str, Any]:
    smaller = {"batch_size": reader.size} if reader.size < SCORED_TOGETHER else {}
    return dict(reader.loaded.effective_overrides) | smaller


def _likelihoods(reader: Reader, known: TokenBytes, prompt: Prompt, best: ReadWay) -> tuple[Likelihood, ...]:
    """Returns how likely the same tokens are behind every rendering of the prompt, the best explanation first."""
    ways = [replace(best.way, behind=behind) for behind in _every(reader.loaded, prompt)]
    shared = reader.share([way.passage for way in ways])
    told = shared.read([way.passage for way in ways])
    reader.size = shared.size
    done = [ReadWay(way, readings) for way, readings in zip(ways, told, strict=True) if isinstance(readings, list)]
    return tuple(sorted((likelihood_of(known, one) for one in done), key=_explanation))


def _explanation(one: Likelihood) -> tuple[float, bool, float]:
    """Returns what orders renderings: among those that explain an answer equally well, the legitimate come first."""
    return one.margin_sum, one.mistake is not None, -one.log_probability
