"""Latency and tokens of each arm."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reports.page.marks import Axis, Track

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.page.source import SubjectSource

#: What is measured of an answer: column behind the side's name, what it is called, decimals.
_MEASURED: Final = (
    ("latency_s", "latency, s", 2),
    ("prompt_tokens", "prompt, tokens", 0),
    ("completion_tokens", "completion, tokens", 0),
)

_QUANTILES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a measure of one arm is spread: its 5th, 25th, 50th, 75th and 95th percentile; None without values."""

    side: str
    points: tuple[str, str, str] | None
    total: str
    n: int
    track: Track | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedView:
    """Measures, each with the spread of both arms on one axis, and what was not asked anew."""

    measures: Sequence[tuple[str, Sequence[Spread], str]]
    notes: Sequence[str]


def speed_view(subject: SubjectSource) -> SpeedView | None:
    """Returns how fast the arms were, and how much they wrote; None where nothing was asked."""
    if not subject.rows:
        return None
    sides = ("api",) if subject.is_audit else ("api", "local")
    measures = []
    for column, name, decimals in _MEASURED:
        values = {side: _values(subject, f"{side}_{column}") for side in sides}
        most = max((value for own in values.values() for value in own), default=0.0)
        axis = Axis(0.0, most or 1.0)
        spreads = [_spread(side.upper(), name, values[side], axis, decimals) for side in sides]
        measures.append((name, spreads, f"{most:.{decimals}f}"))
    return SpeedView(measures=measures, notes=list(_notes(subject, sides)))


def _values(subject: SubjectSource, column: str) -> list[float]:
    return [float(row[column]) for row in subject.rows if row.get(column) is not None]


def _spread(side: str, name: str, values: Sequence[float], axis: Axis, decimals: int) -> Spread:
    if not values:
        return Spread(side=side, points=None, total="", n=0, track=None)
    low, first, middle, third, high = _points(values)
    track = Track(
        says=f"{side}, {name}: median {middle:.{decimals}f}, middle half {first:.{decimals}f} to "
        f"{third:.{decimals}f}, nine tenths {low:.{decimals}f} to {high:.{decimals}f}",
        kind=side.lower(),
        point=axis.at(middle),
        low=axis.at(low),
        high=axis.at(high),
        inner=(axis.at(first), axis.at(third)),
    )
    told = f"{low:.{decimals}f}", f"{middle:.{decimals}f}", f"{high:.{decimals}f}"
    return Spread(side=side, points=told, total=f"{sum(values):,.{decimals}f}", n=len(values), track=track)


def _points(values: Sequence[float]) -> tuple[float, float, float, float, float]:
    if len(values) == 1:
        return (values[0],) * 5
    cut = statistics.quantiles(values, n=_QUANTILES, method="inclusive")
    return cut[0], cut[4], cut[9], cut[14], cut[18]


def _first_token(told: Mapping[str, float] | None) -> str:
    if told is None:
        return "First token: not measured, since nothing was streamed in this run."
    spread = f"median {told['median']:.2f} s, {told['least']:.2f} to {told['most']:.2f}"
    return (
        f"First token of the API: {spread}, in {told['streams']} streams of the wire checks; examples are not streamed."
    )


def _notes(subject: SubjectSource, sides: Sequence[str]) -> Sequence[str]:
    notes = [_first_token(subject.told.get("first_token_s"))]
    for side in sides:
        cached = sum(row.get(f"{side}_cached") is True for row in subject.rows)
        if cached:
            notes.append(f"{side.upper()}: {cached} of {len(subject.rows)} answers came from the cache.")
    again = sum(max(0, (row.get("api_attempts") or 1) - 1) for row in subject.rows)
    if again:
        notes.append(f"API: {again} requests were sent again, for transport alone.")
    if "local" in sides:
        notes.append("A local latency is an answer's share of its batch's time, and no waiting time.")
    return notes
