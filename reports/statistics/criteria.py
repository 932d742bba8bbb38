"""Criteria: name, statistic, threshold. Their results carry an estimate, an interval, n, and whether they passed.

Everything is counted over the whole sample: errors and broken answers stay in the denominator.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reports.rows.row import Row

#: The confidence of every interval that is printed.
CONFIDENCE = 0.95

#: Resamples of the bootstrap. Twice as many change the third decimal of an interval at n = 100.
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A rule that a subject must meet.

    Attributes:
        name: one of the contract's names.
        says: what it asks for, in a few words.
        value: the number that one row contributes: 0 or 1 where `counts`, else 0 to 1.
        counts: True where the statistic is a rate, False where it is a mean.
        option: the command line option that sets its threshold.
        threshold: the least mean that passes, 0 to 1.
    """

    name: str
    says: str
    value: Callable[[Row], float]
    counts: bool
    option: str
    threshold: float


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        name="label_agreement",
        says="both sides come to the same: one label, two refusals, two unreadable answers, or two equal cuts",
        value=lambda row: float(row.outcomes_match),
        counts=True,
        option="--min-agreement",
        threshold=0.95,
    ),
    Criterion(
        name="response_similarity",
        says="mean similarity of the final answers",
        value=lambda row: row.response_similarity,
        counts=False,
        option="--min-similarity",
        threshold=0.80,
    ),
    Criterion(
        name="api_parsed",
        says="the API's answer came and is well-formed, whatever it says",
        value=lambda row: float(row.api.is_well_formed),
        counts=True,
        option="--min-parsed",
        threshold=0.99,
    ),
    Criterion(
        name="local_parsed",
        says="the local answer came and is well-formed, whatever it says",
        value=lambda row: float(row.local.is_well_formed),
        counts=True,
        option="--min-parsed",
        threshold=0.99,
    ),
)
if len({criterion.name for criterion in CRITERIA}) != len(CRITERIA):
    raise ImportError("two criteria have the same name")


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionResult:
    """What a criterion came to.

    Attributes:
        name: the criterion's.
        observed: the estimate, 0 to 1.
        threshold: the least estimate that passes.
        n: rows that were counted.
        successes: rows that met it, for a rate; None for a mean.
        interval: 95% interval of the estimate, low and high.
        passed: the estimate reaches the threshold, or where confidence was asked for, the interval's lower end does.
    """

    name: str
    observed: float
    threshold: float
    n: int
    successes: int | None
    interval: tuple[float, float]
    passed: bool


def evaluate(
    criterion: Criterion, rows: Sequence[Row], threshold: float | None = None, *, confident: bool = False
) -> CriterionResult:
    """Returns the result of a criterion over `rows`, of which there must be at least one.

    Args:
        criterion: what is asked for.
        rows: of the results.
        threshold: in place of the criterion's own.
        confident: True makes the interval's lower end the gate, in place of the estimate.
    """
    values = [criterion.value(row) for row in rows]
    limit = criterion.threshold if threshold is None else threshold
    successes = int(sum(values)) if criterion.counts else None
    # Not fmean, whose rounding puts the mean of 43 values of 0.8 below 0.8: an estimate at the threshold must pass.
    observed = statistics.mean(values)
    interval = rate_interval(successes, len(values)) if successes is not None else mean_interval(values)
    return CriterionResult(
        name=criterion.name,
        observed=observed,
        threshold=limit,
        n=len(values),
        successes=successes,
        interval=interval,
        passed=(interval[0] if confident else observed) >= limit,
    )


def evaluate_all(
    rows: Sequence[Row], thresholds: Mapping[str, float], *, confident: bool = False
) -> tuple[CriterionResult, ...]:
    """Returns the results of all criteria in the order of the contract; none where there is no row.

    Args:
        rows: of the results.
        thresholds: by criterion name; a missing one stands at the criterion's own.
        confident: as in `evaluate`.
    """
    if not rows:
        return ()
    return tuple(
        evaluate(criterion, rows, thresholds.get(criterion.name), confident=confident) for criterion in CRITERIA
    )


def fewest_for_confidence(threshold: float) -> int | None:
    """Returns how many faultless rows put a rate's lower end at `threshold`; None where no number does."""
    if threshold >= 1:
        return None
    z = statistics.NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    # Wilson's lower end of n out of n is n / (n + z^2). The ceiling may be one short by rounding.
    fewest = max(1, math.ceil(threshold * z * z / (1 - threshold)))
    return fewest if rate_interval(fewest, fewest)[0] >= threshold else fewest + 1


def rate_interval(successes: int, n: int) -> tuple[float, float]:
    """Returns Wilson's score interval of a rate (E. B. Wilson, 1927), computed by scipy."""
    from scipy.stats import binomtest  # noqa: PLC0415 - a second that only the end of a run pays

    interval = binomtest(successes, n).proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Returns the percentile bootstrap interval of a mean, computed by scipy with a fixed seed.

    Values that are all equal hold no information about their spread: the interval is then the value itself.
    """
    import numpy as np  # noqa: PLC0415 - as in rate_interval
    from scipy.stats import bootstrap  # noqa: PLC0415 - as in rate_interval

    if min(values) == max(values):
        return values[0], values[0]
    result = bootstrap(
        (np.asarray(values),),
        np.mean,
        confidence_level=CONFIDENCE,
        n_resamples=_RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)
