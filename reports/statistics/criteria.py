"""Criteria: name, statistic, threshold. Their results carry an estimate, an interval, n, a ceiling, and how they stand.

Everything is counted over the whole sample: errors and broken answers stay in the denominator.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from backends.completion import InferenceBackend
from reports.statistics.ceilings import ceiling_of_form, ceiling_of_pairs
from reports.statistics.features import IN_COMMON
from reports.statistics.resampling import CONFIDENCE, mean_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reports.rows.row import Row
    from reports.statistics.ceilings import Ceiling
    from reports.statistics.noise import NoiseMeasurement
    from reports.statistics.token_evidence import TokenEvidence

#: The criterion that the local reference alone answers for.
OF_THE_REFERENCE = "local_parsed"


class Standing(StrEnum):
    """How a criterion stands to its threshold and to its ceiling.

    `REACHED` the threshold is; `LEVEL` it is not, and neither does the reference beside itself do better; `BELOW` the
    criterion lies under its ceiling, beyond chance; `UNDECIDED` is what lies between, or was not measured.
    """

    REACHED = "reached"
    LEVEL = "level"
    BELOW = "below"
    UNDECIDED = "undecided"


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
        form_of: the side whose answers must be well-formed; None where the answers of both are compared.
    """

    name: str
    says: str
    value: Callable[[Row], float]
    counts: bool
    option: str
    threshold: float
    form_of: InferenceBackend | None = None

    def ceiling(
        self, rows: Sequence[Row], noise: Sequence[NoiseMeasurement], tokens: TokenEvidence | None = None
    ) -> Ceiling | None:
        """Returns what the criterion comes to where both sides are the same; None where that was not measured."""
        if self.form_of is not None:
            return ceiling_of_form(self.form_of, rows)
        explained = () if tokens is None else [row.example_id for row in rows if tokens.explains(row)]
        return ceiling_of_pairs(self.name, self.value, rows, noise, frozenset(explained))


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        name="label_agreement",
        says="both sides come to the same: one label, two refusals, two unreadable answers, or two equal cuts",
        value=IN_COMMON["label_agreement"],
        counts=True,
        option="--min-agreement",
        threshold=0.95,
    ),
    Criterion(
        name="response_similarity",
        says="mean similarity of the final answers",
        value=IN_COMMON["response_similarity"],
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
        form_of=InferenceBackend.API,
    ),
    Criterion(
        name="local_parsed",
        says="the local answer came and is well-formed, whatever it says",
        value=lambda row: float(row.local.is_well_formed),
        counts=True,
        option="--min-parsed",
        threshold=0.99,
        form_of=InferenceBackend.LOCAL,
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
        standing: to threshold and ceiling.
        ceiling: what it comes to where both sides are the same; None where the threshold is reached, or none was
            measured.
        passed: it stands well, and where confidence was asked for, the interval's lower end reaches the threshold.
    """

    name: str
    observed: float
    threshold: float
    n: int
    successes: int | None
    interval: tuple[float, float]
    standing: Standing
    ceiling: Ceiling | None
    passed: bool

    @property
    def is_reached(self) -> bool:
        """True where the estimate reaches the threshold."""
        return self.standing is Standing.REACHED


def evaluate(
    criterion: Criterion,
    rows: Sequence[Row],
    threshold: float | None = None,
    *,
    confident: bool = False,
    noise: Sequence[NoiseMeasurement] = (),
    tokens: TokenEvidence | None = None,
) -> CriterionResult:
    """Returns the result of a criterion over `rows`, of which there must be at least one.

    Args:
        criterion: what is asked for.
        rows: of the results.
        threshold: in place of the criterion's own.
        confident: True makes the interval's lower end the gate, in place of the estimate.
        noise: how far each side agrees with itself, for the ceiling.
        tokens: what the API's tokens show; None where nobody looked.
    """
    values = [criterion.value(row) for row in rows]
    limit = criterion.threshold if threshold is None else threshold
    successes = int(sum(values)) if criterion.counts else None
    # Not fmean, whose rounding puts the mean of 43 values of 0.8 below 0.8: an estimate at the threshold must pass.
    observed = statistics.mean(values)
    interval = rate_interval(successes, len(values)) if successes is not None else mean_interval(values)
    ceiling = None if observed >= limit else criterion.ceiling(rows, noise, tokens)
    standing = Standing.REACHED if observed >= limit else _standing(limit, len(values), ceiling, tokens)
    return CriterionResult(
        name=criterion.name,
        observed=observed,
        threshold=limit,
        n=len(values),
        successes=successes,
        interval=interval,
        standing=standing,
        ceiling=ceiling,
        passed=standing is Standing.LEVEL or (standing is Standing.REACHED and (not confident or interval[0] >= limit)),
    )


def evaluate_all(
    rows: Sequence[Row],
    thresholds: Mapping[str, float],
    *,
    confident: bool = False,
    noise: Sequence[NoiseMeasurement] = (),
    tokens: TokenEvidence | None = None,
) -> tuple[CriterionResult, ...]:
    """Returns the results of all criteria in the order of the contract; none where there is no row.

    Of an audit's rows only those that need no answer of the local side: the others were not looked at.

    Args:
        rows: of the results.
        thresholds: by criterion name; a missing one stands at the criterion's own.
        confident: as in `evaluate`.
        noise: as in `evaluate`.
        tokens: as in `evaluate`.
    """
    if not rows:
        return ()
    return tuple(
        evaluate(criterion, rows, thresholds.get(criterion.name), confident=confident, noise=noise, tokens=tokens)
        for criterion in CRITERIA
        if criterion.form_of is InferenceBackend.API or not all(row.audited for row in rows)
    )


def unjudged(results: Sequence[CriterionResult]) -> tuple[str, ...]:
    """Returns the names of the criteria that were not looked at, beside those that have results."""
    return tuple(criterion.name for criterion in CRITERIA if criterion.name not in {one.name for one in results})


def _standing(threshold: float, n: int, ceiling: Ceiling | None, tokens: TokenEvidence | None) -> Standing:
    """Returns how a criterion that misses its threshold over `n` examples stands to its ceiling."""
    if ceiling is None:
        return Standing.UNDECIDED
    if ceiling.is_missed:
        return Standing.BELOW
    if tokens is not None and tokens.shows_the_same_model:
        return Standing.LEVEL
    # Where the same model reaches the threshold beside itself, missing it is no way of the model's.
    excused = ceiling.mean < threshold and 2 * ceiling.n >= n
    return Standing.LEVEL if excused and ceiling.is_reached else Standing.UNDECIDED


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
