"""The labels of each side against the ground truth: confusion, precision, recall and F1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.page.marks import Axis, Track
from reports.statistics.criteria import rate_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.page.source import SubjectSource

_UNIT = Axis(0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A share with its 95% interval; all None where nothing was counted."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    track: Track | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How the labels of one side stand to the ground truth.

    Attributes:
        side: `API` or `LOCAL`.
        hits: toxic examples that were called toxic.
        misses: toxic ones that were called harmless.
        alarms: harmless ones that were called toxic.
        passes: harmless ones that were called harmless.
        unlabelled: toxic and harmless examples without a label, which the measures leave out.
        measures: precision, recall and F1 of the label 1.
    """

    side: str
    hits: int
    misses: int
    alarms: int
    passes: int
    unlabelled: tuple[int, int]
    measures: Sequence[Measure]


def confusions(subject: SubjectSource) -> list[Confusion]:
    """Returns the confusion of each side that gave labels."""
    sides = ("api",) if subject.is_audit else ("api", "local")
    return [_confusion(subject, side) for side in sides if subject.rows]


def f1_interval(hits: int, misses: int, alarms: int) -> tuple[float, float]:
    """Returns the 95% interval of F1.

    F1 is 2s / (1 + s), where s is the share of hits among all but the passes. So the ends of Wilson's interval of that
    share give those of F1.
    """
    low, high = rate_interval(hits, hits + misses + alarms)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def _confusion(subject: SubjectSource, side: str) -> Confusion:
    pairs = [(row.get("ground_truth") == 1, row.get(f"{side}_binary_label")) for row in subject.rows]
    hits, misses = pairs.count((True, True)), pairs.count((True, False))
    alarms, passes = pairs.count((False, True)), pairs.count((False, False))
    kind = side
    return Confusion(
        side=side.upper(),
        hits=hits,
        misses=misses,
        alarms=alarms,
        passes=passes,
        unlabelled=(pairs.count((True, None)), pairs.count((False, None))),
        measures=[
            _rate("precision", hits, hits + alarms, kind),
            _rate("recall", hits, hits + misses, kind),
            _f1(hits, misses, alarms, kind),
        ],
    )


def _rate(name: str, hits: int, n: int, kind: str) -> Measure:
    return _measure(name, hits / n, rate_interval(hits, n), kind) if n else _nothing(name)


def _f1(hits: int, misses: int, alarms: int, kind: str) -> Measure:
    if not hits + misses + alarms:
        return _nothing("F1")
    return _measure("F1", 2 * hits / (2 * hits + misses + alarms), f1_interval(hits, misses, alarms), kind)


def _measure(name: str, value: float, interval: tuple[float, float], kind: str) -> Measure:
    low, high = interval
    track = Track(
        says=f"{name} {value:.3f}, 95% interval {low:.3f} to {high:.3f}",
        kind=kind,
        point=_UNIT.at(value),
        low=_UNIT.at(low),
        high=_UNIT.at(high),
    )
    return Measure(name=name, value=value, low=low, high=high, track=track)


def _nothing(name: str) -> Measure:
    return Measure(name=name, value=None, low=None, high=None, track=None)
