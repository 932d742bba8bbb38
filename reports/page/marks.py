"""Marks: what a chart draws, as places along an axis. The template draws them, so that escaping holds there too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of numbers that is drawn from left to right.

    Attributes:
        low: at the left end.
        high: at the right end.
    """

    low: float
    high: float

    def at(self, value: float) -> float:
        """Returns where a number lies, in per cent of the width; what lies outside lies at the end."""
        if self.high <= self.low:
            return 50.0
        return round(100 * min(1.0, max(0.0, (value - self.low) / (self.high - self.low))), 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A point with its interval on an axis, and marks to hold it against; places in per cent.

    Attributes:
        says: the same in words.
        kind: a class of the style sheet: whose it is, or how it stands.
        point: the estimate; None draws the interval alone.
        low: where the interval begins.
        high: where it ends.
        threshold: what is asked for; None draws none.
        ceiling: what it is held against beside that; None draws none.
        inner: a stretch within the interval that is drawn heavier, such as the middle half; None draws none.
    """

    says: str
    kind: str
    point: float | None
    low: float
    high: float
    threshold: float | None = None
    ceiling: float | None = None
    inner: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar; places and sizes in per cent of the chart."""

    kind: str
    left: float
    width: float
    height: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """Counts in groups, the series of a group side by side.

    Attributes:
        says: the same in words.
        groups: names along the axis.
        series: name and class of each series.
        counts: of each series, one a group.
    """

    says: str
    groups: Sequence[str]
    series: Sequence[tuple[str, str]]
    counts: Sequence[Sequence[int]]

    @property
    def most(self) -> int:
        """The greatest count, at least 1."""
        return max((count for own in self.counts for count in own), default=0) or 1

    @property
    def bars(self) -> list[Bar]:
        """All bars; a count above 0 can always be seen."""
        step = 100 / len(self.groups)
        width = 0.72 * step / len(self.series)
        return [
            Bar(
                kind=self.series[which][1],
                left=round(step * (place + 0.14) + which * width, 2),
                width=round(width * 0.94, 2),
                height=round(max(2.0, 100 * count / self.most), 2),
                count=count,
            )
            for which, own in enumerate(self.counts)
            for place, count in enumerate(own)
            if count
        ]

    @property
    def centres(self) -> list[tuple[str, float]]:
        """Each group's name and the middle of its place."""
        step = 100 / len(self.groups)
        return [(name, round(step * (place + 0.5), 2)) for place, name in enumerate(self.groups)]
