"""What can be told from texts that are drawn, and how surely: pure functions of texts.

A faithful server may round differently from one call to the next, so a text that should come again may not. Every rule
here accuses such a server in fewer than 1 of 10,000 runs, whatever its rounding does; docs/wire.md has the arithmetic,
and `tests/conformance/test_drawing.py` holds it against simulated servers.
"""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from itertools import combinations, takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Reasoning and answer of one reply.
Texts = tuple[str, str]

#: So many words are asked for; more are not looked at. Models that count badly write fewer.
WORDS = 12

#: So many words, and so many different ones, the likeliest answer must have, or the model does not write random words.
FEWEST_LISTED = 8
DIFFERENT_WORDS = 6

#: So many words of a drawn answer may stand in another place than in the likeliest one for it to count as the same.
#: Where each comes out as the likeliest one with a probability of up to one half, a drawn answer of eight words does so
#: in 3.5% of draws, and three do in 4 of 100,000.
OTHER_PLACES = 1

#: So many times the words of a beginning must have come again to the letter, in all repeated texts together, before
#: beginnings that part mean anything: then six calls of a server that rounds part in 5 of 100,000 runs at most.
STEADY_TIMES = 16

#: Drawn texts may well begin with so few words alike that shorter beginnings tell nothing.
FEWEST_WORDS = 5

#: Words that hold English sentences together. A sentence may come out the same at any temperature.
_OF_SENTENCES = frozenset(
    [
        "a",
        "an",
        "the",
        "i",
        "i'm",
        "i'd",
        "you",
        "we",
        "it",
        "is",
        "are",
        "was",
        "be",
        "am",
        "to",
        "of",
        "for",
        "in",
        "on",
        "at",
        "with",
        "about",
        "that",
        "this",
        "but",
        "not",
        "can",
        "can't",
        "cannot",
        "would",
        "could",
        "my",
        "me",
        "your",
        "how",
        "what",
        "there",
        "here",
        "help",
    ]
)

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")


class Drawn(StrEnum):
    """What beginnings of texts say: the same draw was made again, each was drawn anew, or it cannot be told."""

    AGAIN = "again"
    ANEW = "anew"
    UNTOLD = "untold"


def listed_words(answer: str) -> list[str]:
    """Returns the first words of a list, without what leads to it, numbers and marks, in lower case."""
    words = [word.lower() for word in _WORD.findall(answer.rpartition(":")[2])]
    return [word for word in words if word != "and"][:WORDS]


def is_list_of_words(answer: str) -> bool:
    """Returns whether an answer is what was asked for: several words, most of them different, and no sentence."""
    words = listed_words(answer)
    return len(words) >= FEWEST_LISTED and len(set(words)) >= DIFFERENT_WORDS and not _OF_SENTENCES & set(words)


def is_same_list(drawn: str, likeliest: str) -> bool:
    """Returns whether nearly all words of the likeliest answer stand in the same places of a drawn one."""
    expected = listed_words(likeliest)
    same = sum(mine == yours for mine, yours in zip(listed_words(drawn), expected, strict=False))
    return same >= len(expected) - OTHER_PLACES


def words_of(texts: Texts) -> list[str]:
    """Returns the words of reasoning and answer, one after the other."""
    return " ".join(texts).split()


def most_shared(several: Iterable[Texts]) -> int:
    """Returns how many words the two of several texts have in common from their beginning that are most alike."""
    return max((_shared(words_of(one), words_of(other)) for one, other in combinations(several, 2)), default=0)


def how_drawn(pool: Sequence[Texts], *, repeated: Sequence[tuple[Texts, Texts]]) -> Drawn:
    """Returns whether texts that should be the same all part soon after they begin, though the server is steady.

    How soon hangs on how much text the server repeats to the letter: see `STEADY_TIMES`.

    Args:
        pool: six texts that a server writes which does not draw, or draws the same again.
        repeated: texts of other requests at temperature 0, each with that of the same request made again.
    """
    if len(set(pool)) < len(pool):
        return Drawn.AGAIN
    if any(one != other for one, other in repeated):
        return Drawn.UNTOLD
    beginning = sum(len(words_of(text)) for pair in repeated for text in pair) // STEADY_TIMES
    if beginning < FEWEST_WORDS:
        return Drawn.UNTOLD
    return Drawn.ANEW if most_shared(pool) < beginning else Drawn.AGAIN


def answers_twice(answers: Iterable[str]) -> bool:
    """Returns whether any answer came twice; none is no answer."""
    given = Counter(answer.strip() for answer in answers if answer.strip())
    return any(count > 1 for count in given.values())


def is_lost_when_repeated(labels: Sequence[bool | None]) -> bool:
    """Returns whether the first of identical calls had a label that none of the later ones had."""
    first, *later = labels
    return first is not None and first not in later


#: Of four answers beside others, so many may still have the label: not each of sixteen calls meets another one.
LABELS_LEFT = 1


def is_lost_beside_others(alone: Sequence[bool | None], beside: Sequence[bool | None]) -> bool:
    """Returns whether both calls that were alone had one label, and at most one of those beside others had it."""
    label = alone[0]
    return label is not None and set(alone) == {label} and beside.count(label) <= LABELS_LEFT


def share_longer(low: Iterable[int], high: Sequence[int]) -> float:
    """Returns in which share of all pairs the second length is the greater one; equal lengths count half."""
    wins = [(more > less) + 0.5 * (more == less) for less in low for more in high]
    return sum(wins) / len(wins)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
