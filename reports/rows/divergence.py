"""Divergence: where the two sides' texts of one example first differ, and how that is spread over a run.

Words that are the same far into a text were hardly reached by chance: the later two texts part, the more they share.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Where the buckets of the reasoning begin, in characters.
_BEGINNINGS = (0, 16, 64, 256)
_BUCKETS = ("0-15", "16-63", "64-255", "256+")
if len(_BEGINNINGS) != len(_BUCKETS):
    raise ImportError("every bucket needs its beginning")

#: Characters of the longest bar.
_BAR = 40


class SideTexts(Protocol):
    """One side's texts."""

    @property
    def reasoning(self) -> str | None:
        """The analysis."""

    @property
    def response(self) -> str | None:
        """The final answer."""


class TwoSides(Protocol):
    """The texts of two sides to one example, such as a row."""

    @property
    def sides(self) -> tuple[tuple[str, SideTexts], tuple[str, SideTexts]]:
        """Name and side."""


class Place(StrEnum):
    """The text in which two sides part. The model writes its reasoning before its answer."""

    REASONING = "reasoning"
    ANSWER = "answer"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """Where two texts part.

    Attributes:
        where: the first text that differs.
        character: index of the first difference in that text, in characters; None where nothing differs.
        word: index of the first differing word between white space; None where nothing or white space alone differs.
        token: tokens in what both share of that text; None where nothing differs or nobody counts. The last may be
            another token in the whole text.
        beyond: True where one text begins with all of the other, which may be empty.
        one_sided: True where one of the two texts is missing or empty.
    """

    where: Place
    character: int | None = None
    word: int | None = None
    token: int | None = None
    beyond: bool = False
    one_sided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DivergenceHistogram:
    """Where the texts of many rows part.

    Attributes:
        where: rows by where they part; every place has its count.
        reasoning: rows that part within two reasonings, by position in characters; every bucket has its count.
        one_sided: rows in which one side alone has a reasoning. They are in no bucket, having no position to tell.
        textless: rows in which a side has no text at all, such as a request that failed. They are counted nowhere else.
    """

    where: dict[Place, int]
    reasoning: dict[str, int]
    one_sided: int
    textless: int


def divergence_of(row: TwoSides, count_tokens: Callable[[str], int | None] | None = None) -> Divergence | None:
    """Returns where the two sides of a row part; None where a side has neither reasoning nor answer.

    A text that is missing beside one that is there counts as empty.

    Args:
        row: of the results.
        count_tokens: returns the number of tokens in a text; None where it cannot tell.
    """
    sides = [(side.reasoning or "", side.response or "") for _, side in row.sides]
    if not all(any(side) for side in sides):
        return None
    for where, api, local in zip((Place.REASONING, Place.ANSWER), *sides, strict=True):
        if api != local:
            return _divergence(where, api, local, count_tokens)
    return Divergence(where=Place.NOWHERE)


def common_characters(row: TwoSides) -> int | None:
    """Returns how many characters two sides share before they part, the reasoning first; None where they do not."""
    found = divergence_of(row)
    if found is None or found.character is None:
        return None
    (_, side), _ = row.sides
    return found.character + (len(side.reasoning or "") if found.where is Place.ANSWER else 0)


def divergence_histogram(rows: Iterable[TwoSides]) -> DivergenceHistogram:
    """Returns where the texts of `rows` part."""
    found = [divergence_of(row) for row in rows]
    divergences = [divergence for divergence in found if divergence is not None]
    places = Counter(divergence.where for divergence in divergences)
    reasonings = [divergence for divergence in divergences if divergence.where is Place.REASONING]
    buckets = Counter(_bucket(divergence.character or 0) for divergence in reasonings if not divergence.one_sided)
    return DivergenceHistogram(
        where={place: places[place] for place in Place},
        reasoning={bucket: buckets[bucket] for bucket in _BUCKETS},
        one_sided=sum(divergence.one_sided for divergence in reasonings),
        textless=len(found) - len(divergences),
    )


def histogram_lines(rows: Iterable[TwoSides]) -> list[str]:
    """Returns the histogram of `rows` as ASCII lines of under 80 characters; none where all texts are equal.

    A bar's length is its share of the longest; whatever was counted has a bar.
    """
    histogram = divergence_histogram(rows)
    if not histogram.where[Place.REASONING] and not histogram.where[Place.ANSWER]:
        return []
    counts = {f"reasoning {bucket}": count for bucket, count in histogram.reasoning.items()}
    counts["reasoning one-sided"] = histogram.one_sided
    counts["answer"] = histogram.where[Place.ANSWER]
    counts["nowhere"] = histogram.where[Place.NOWHERE]
    lines = ["Where the texts part (in characters of the reasoning):"]
    return lines + [_line(name, count, max(counts.values())) for name, count in counts.items()]


def _divergence(where: Place, api: str, local: str, count_tokens: Callable[[str], int | None] | None) -> Divergence:
    """Returns where two texts that differ part."""
    character = _first_difference(api, local)
    if character is None:
        raise ValueError("two equal texts do not part")
    return Divergence(
        where=where,
        character=character,
        word=_first_difference(api.split(), local.split()),
        token=None if count_tokens is None else count_tokens(api[:character]),
        beyond=character == min(len(api), len(local)),
        one_sided=not (api and local),
    )


def _first_difference(one: Iterable[str], other: Iterable[str]) -> int | None:
    pairs = enumerate(zip_longest(one, other))
    return next((place for place, (left, right) in pairs if left != right), None)


def _bucket(character: int) -> str:
    return _BUCKETS[bisect_right(_BEGINNINGS, character) - 1]


def _line(name: str, count: int, most: int) -> str:
    return f"  {name:<19} {count:>5} {'#' * -(-count * _BAR // most)}".rstrip()
