"""Where the marks of a chart stand: places in a drawing, from numbers alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.timeline.series import Series

#: Units of the drawing: its width, what is left free at the left and the right, and the top and height of the plot.
WIDTH, LEFT, RIGHT, TOP, HEIGHT = 720, 48, 20, 12, 220

#: Height of the row of a finding, under the plot.
ROW = 36

#: How far apart the criteria of one moment stand, so that intervals do not hide each other.
_APART = 5

#: Ticks of the axis, of which the least is the lowest that any interval needs.
_TICKS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An estimate in the drawing: its place, the ends of its interval, and whether it passed."""

    x: float
    y: float
    low: float
    high: float
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A criterion in the drawing.

    Attributes:
        name: the criterion's.
        style: a number that stands for its colour and dashes.
        points: of the line, as SVG has it; one line for each stretch without a gap.
        marks: of its moments.
    """

    name: str
    style: int
    points: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """A finding under the plot: where its name stands, and at which moments it was there."""

    name: str
    y: float
    places: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing of one endpoint over time.

    Attributes:
        height: of all of it.
        ticks: text and place of the axis's ticks.
        columns: place and number of each moment, from 1.
        breaks: places between moments of different samples.
        lines: criteria.
        rows: findings.
    """

    height: float
    ticks: tuple[tuple[str, float], ...]
    columns: tuple[tuple[float, int], ...]
    breaks: tuple[float, ...]
    lines: tuple[Line, ...]
    rows: tuple[FindingRow, ...]


def chart_of(series: Series) -> Chart:
    """Returns the drawing of an endpoint over time."""
    xs = _places(len(series.moments))
    floor = _floor(series)
    step = xs[1] - xs[0] if len(xs) > 1 else 0
    rows_from = TOP + HEIGHT + 34
    return Chart(
        height=rows_from + ROW * len(series.findings) + 8,
        ticks=tuple((f"{tick:.1f}", _y(tick, floor)) for tick in _TICKS if tick >= floor),
        columns=tuple((x, place + 1) for place, x in enumerate(xs)),
        breaks=tuple(x - step / 2 for x, moment in zip(xs, series.moments, strict=True) if not moment.same_sample),
        lines=tuple(_line(series, name, style, xs, floor) for style, name in enumerate(series.criteria)),
        rows=tuple(
            FindingRow(
                name=name,
                y=rows_from + ROW * row,
                places=tuple(x for x, one in zip(xs, series.moments, strict=True) if name in one.findings),
            )
            for row, name in enumerate(series.findings)
        ),
    )


def _places(count: int) -> list[float]:
    """Returns where moments stand: at even distances, whatever time lies between them."""
    width = WIDTH - LEFT - RIGHT - 40
    return [LEFT + 20 + (width * place / (count - 1) if count > 1 else width / 2) for place in range(count)]


def _floor(series: Series) -> float:
    """Returns the tick at which the axis begins."""
    lows = [one.low for moment in series.moments for one in moment.criteria]
    return max((tick for tick in _TICKS[:-1] if tick <= min(lows, default=0.0)), default=0.0)


def _y(share: float, floor: float) -> float:
    return TOP + HEIGHT * (1 - (share - floor) / (1 - floor))


def _line(series: Series, name: str, style: int, xs: Sequence[float], floor: float) -> Line:
    aside = (style - (len(series.criteria) - 1) / 2) * _APART
    stretches: list[list[Mark]] = [[]]
    for x, moment in zip(xs, series.moments, strict=True):
        found = next((one for one in moment.criteria if one.name == name), None)
        if found is None or not moment.same_sample:
            stretches.append([])
        if found is not None:
            y, low, high = (_y(share, floor) for share in (found.observed, found.low, found.high))
            stretches[-1].append(Mark(x=x + aside, y=y, low=low, high=high, passed=found.passed))
    return Line(
        name=name,
        style=style,
        points=tuple(" ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in one) for one in stretches if len(one) > 1),
        marks=tuple(mark for one in stretches for mark in one),
    )
