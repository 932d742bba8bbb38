"""A Way in which an answer may have come about, what the model held of it, and what that sums up to."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from os.path import commonprefix
from typing import TYPE_CHECKING, Any, Final

from backends.local.reading import Passage, TokenReading
from backends.score import Likelihood, UnlikelyToken, WrittenToken
from backends.secrets import redact
from backends.transcripts import TokenBytes, Transcript, is_ambiguous

if TYPE_CHECKING:
    from collections.abc import Sequence


#: Ways behind one prompt that are each read whole; of more, as a call has, only what they do not share.
_READ_WHOLE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A prompt behind which an answer is read: its tokens, and which rendering it is."""

    ids: tuple[int, ...]
    form: dict[str, Any] | None = None
    mistake: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which an answer may have been written, and one prompt behind which it may have been."""

    behind: Behind
    transcript: Transcript

    @property
    def passage(self) -> Passage:
        """Both, to be read."""
        return Passage(prompt=self.behind.ids, answer=self.transcript.token_ids)


@dataclass(frozen=True, slots=True)
class ReadWay:
    """A way, and what the model held of it."""

    way: Way
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
        """The tokens that count, each with its place."""
        parts = self.way.transcript.parts
        return [(place, one) for place, one in enumerate(self.readings) if parts[place] is not None]


@dataclass(frozen=True, slots=True)
class Fork:
    """Ways behind one prompt, all of which begin alike.

    Attributes:
        whole: those that are read from the answer's first token; at least one.
        parted: those of whose answers the first `shared` tokens are read in the first of `whole` already.
        shared: tokens of the answer that all ways share.
    """

    whole: list[Way]
    parted: list[Way]
    shared: int

    @property
    def tails(self) -> list[Passage]:
        """What is left to read of the parted ones, behind the prompt and what they share."""
        answers = [(way.behind.ids, way.transcript.token_ids) for way in self.parted]
        return [Passage(prompt=(*ids, *own[: self.shared]), answer=own[self.shared :]) for ids, own in answers]


def forks_of(ways: Sequence[Way]) -> list[Fork]:
    """Returns ways by the prompts behind which they stand, those of one prompt being next to each other."""
    return [_fork_of(list(group)) for _, group in itertools.groupby(ways, key=lambda way: way.behind.ids)]


def _fork_of(ways: list[Way]) -> Fork:
    if len(ways) <= _READ_WHOLE:
        return Fork(ways, [], 0)
    # A tail has at least one token.
    answers = [way.transcript.token_ids[:-1] for way in ways]
    return Fork(ways[:1], ways[1:], len(commonprefix(answers)))  # noqa: RUF071 - of tokens, not of paths


def unlikely_tokens(known: TokenBytes, best: ReadWay) -> tuple[tuple[UnlikelyToken, ...], int]:
    """Returns the tokens that count against the writer, and how many are not the likeliest and do not."""
    transcript, found, ambiguous, cut_otherwise = best.way.transcript, [], 0, False
    for place, one in best.counted:
        part = transcript.parts[place]
        # What was cut into other tokens is read otherwise up to the end of the word.
        cut_otherwise = cut_otherwise and known.text(transcript.token_ids[place])[:1].isalnum()
        if one.rank == 1 or part is None:
            continue
        if cut_otherwise or is_ambiguous(transcript, known, place, one.likeliest):
            ambiguous, cut_otherwise = ambiguous + 1, True
            continue
        written, likeliest = known.text(transcript.token_ids[place]), known.text(one.likeliest)
        found.append(
            UnlikelyToken(
                position=place, part=part, written=written, likeliest=likeliest, margin=one.margin, rank=one.rank
            )
        )
    return tuple(found), ambiguous


def written_tokens(known: TokenBytes, best: ReadWay, unlikely: Sequence[UnlikelyToken]) -> tuple[WrittenToken, ...]:
    """Returns all tokens as they were read; none where the text holds a credential, which pieces would give away.

    Args:
        known: the tokenizer.
        best: the way that was read.
        unlikely: the tokens that count against the writer.
    """
    transcript, against = best.way.transcript, {token.position: token for token in unlikely}
    texts = known.texts(transcript.token_ids)
    whole = "".join(texts)
    if redact(whole) != whole:
        return ()
    return tuple(
        WrittenToken(text, part, *_held(one, against.get(place)) if part is not None else (None, None))
        for place, (text, part, one) in enumerate(zip(texts, transcript.parts, best.readings, strict=True))
    )


def _held(reading: TokenReading, against: UnlikelyToken | None) -> tuple[float | None, str | None]:
    """Returns margin and likeliest token of a counted one; no margin where its text may hold the likeliest."""
    if against is not None:
        return against.margin, against.likeliest
    return (0.0 if reading.rank == 1 else None), None


def reported_gaps(best: ReadWay) -> list[float]:
    """Returns by how much each log-probability that the reply tells differs from the model's own, in nats."""
    told = best.way.transcript.reported
    pairs = [(told[place], one.log_probability) for place, one in best.counted]
    return [abs(theirs - ours) for theirs, ours in pairs if theirs is not None]


def likelihood_of(known: TokenBytes, one: ReadWay) -> Likelihood:
    """Returns how likely an answer is behind the prompt of a way."""
    unlikely, _ = unlikely_tokens(known, one)
    return Likelihood(
        form=one.way.behind.form,
        mistake=one.way.behind.mistake,
        length=len(one.way.behind.ids),
        log_probability=sum(held.log_probability for _, held in one.counted),
        unlikely=len(unlikely),
        margin_sum=sum(token.margin for token in unlikely),
    )
