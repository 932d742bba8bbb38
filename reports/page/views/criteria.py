"""The criteria: points with their intervals, against threshold and ceiling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from reports.page.marks import Axis, Track
from reports.statistics.criteria import CRITERIA, OF_THE_REFERENCE, rate_interval
from reports.statistics.resampling import mean_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.page.source import SubjectSource

#: The column that holds what a row contributes to a criterion.
_COLUMN: Final = {
    "label_agreement": "outcome_match",
    "response_similarity": "response_similarity",
    "api_parsed": "api_well_formed",
    "local_parsed": "local_well_formed",
}
if set(_COLUMN) != {criterion.name for criterion in CRITERIA}:
    raise ImportError("every criterion needs the column that it is counted from")

_SAYS: Final = {criterion.name: criterion.says for criterion in CRITERIA}

#: How a criterion stands, in words.
_STANDINGS: Final = {
    "reached": "reached",
    "level": "level with its ceiling",
    "below": "below its ceiling",
    "undecided": "undecided",
}

_STEP: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionView:
    """A criterion as a line of the table."""

    name: str
    says: str
    observed: float
    low: float
    high: float
    threshold: float
    ceiling: float | None
    measured: str
    counted: str
    standing: str
    state: str
    track: Track | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaView:
    """All criteria of a subject on one axis; `judged` is False where no verdict lies beside the rows."""

    lines: Sequence[CriterionView]
    low: float
    judged: bool
    noise: Sequence[Mapping[str, Any]]


def criteria_view(subject: SubjectSource) -> CriteriaView:
    """Returns the criteria that the verdict tells, or else those that the rows come to."""
    told = [_told(one) for one in subject.told.get("criteria") or ()]
    lines = told or ([] if subject.told else [one for one in map(_counted, _COLUMN, [subject] * len(_COLUMN)) if one])
    low = _beginning(lines)
    return CriteriaView(
        lines=[_with_track(line, Axis(low, 1.0)) for line in lines],
        low=low,
        judged=bool(subject.told),
        noise=list(subject.told.get("noise") or ()),
    )


def _told(one: Mapping[str, Any]) -> CriterionView:
    ceiling = one.get("ceiling")
    low, high = one["interval"]
    successes = one.get("successes")
    # A reference that answers badly accuses nobody.
    failed = "unsure" if one["name"] == OF_THE_REFERENCE else "bad"
    states = {"reached": "good", "level": "good", "below": failed, "undecided": "unsure"}
    standing = str(one["standing"])
    return CriterionView(
        name=one["name"],
        says=_SAYS.get(one["name"], ""),
        observed=one["observed"],
        low=low,
        high=high,
        threshold=one["threshold"],
        ceiling=None if ceiling is None else ceiling["observed"],
        measured="" if ceiling is None else _measured(ceiling),
        counted=f"mean of {one['n']}" if successes is None else f"{successes} of {one['n']}",
        standing=_STANDINGS.get(standing, standing),
        state=states.get(standing, "unsure") if standing != "reached" or one["passed"] else "unsure",
    )


def _measured(ceiling: Mapping[str, Any]) -> str:
    """Returns which of all that was measured the ceiling is; an older verdict tells their mean."""
    measured = ", ".join(ceiling["measured"])
    return f"{ceiling['nearest']}, the nearest of {measured}" if "nearest" in ceiling else f"the mean of {measured}"


def _counted(name: str, subject: SubjectSource) -> CriterionView | None:
    values = [float(row[_COLUMN[name]]) for row in subject.rows if row.get(_COLUMN[name]) is not None]
    criterion = next(one for one in CRITERIA if one.name == name)
    if not values:
        return None
    observed = fmean(values)
    low, high = rate_interval(int(sum(values)), len(values)) if criterion.counts else mean_interval(values)
    reached = observed >= criterion.threshold
    return CriterionView(
        name=name,
        says=criterion.says,
        observed=observed,
        low=low,
        high=high,
        threshold=criterion.threshold,
        ceiling=None,
        measured="",
        counted=f"{int(sum(values))} of {len(values)}" if criterion.counts else f"mean of {len(values)}",
        standing=_STANDINGS["reached"] if reached else "below its threshold",
        state="good" if reached else "unsure",
    )


def _beginning(lines: Sequence[CriterionView]) -> float:
    """Returns where the axis begins: a round number below all that it shows."""
    shown = [value for line in lines for value in (line.low, line.threshold, line.ceiling) if value is not None]
    lowest = min(shown, default=0.0) - _STEP / 2
    return max(0.0, int(lowest / _STEP) * _STEP)


def _with_track(line: CriterionView, axis: Axis) -> CriterionView:
    beside = "" if line.ceiling is None else f", ceiling {line.ceiling:.3f}"
    track = Track(
        says=f"{line.name}: {line.observed:.3f}, 95% interval {line.low:.3f} to {line.high:.3f}, "
        f"threshold {line.threshold:.2f}{beside}",
        kind=line.state,
        point=axis.at(line.observed),
        low=axis.at(line.low),
        high=axis.at(line.high),
        threshold=axis.at(line.threshold),
        ceiling=None if line.ceiling is None else axis.at(line.ceiling),
    )
    return replace(line, track=track)
