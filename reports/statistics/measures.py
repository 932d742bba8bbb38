"""Statistics of a run: how far two sides agree beyond chance, which way they differ, where, and what n could show.

Pure functions over the rows of the results. None of them decides the verdict: they stand beside the criteria.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.statistics.criteria import rate_interval
from reports.statistics.probability import told_p
from reports.statistics.resampling import CONFIDENCE
from reports.statistics.token_evidence import LEAST_TIMES, TokenStanding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.rows.row import Row
    from reports.statistics.token_evidence import TokenEvidence

#: The probability below which a direction is told.
SIGNIFICANCE = 0.05

#: The probability with which a run must catch a server before it is said to have caught it.
POWER = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """Which side says toxic where the two differ.

    Attributes:
        api_only_toxic: rows in which the API alone says toxic.
        local_only_toxic: rows in which the local reference alone says toxic.
        p_value: of McNemar's exact test, two-sided, 0 to 1; 1 where no labels differ.
    """

    api_only_toxic: int
    local_only_toxic: int
    p_value: float

    def describe(self) -> str | None:
        """Returns a sentence without a full stop; None where chance alone may explain the direction."""
        if self.p_value >= SIGNIFICANCE:
            return None
        sides = "the API", "the local reference"
        counts = self.api_only_toxic, self.local_only_toxic
        (more, most), (less, least) = sorted(zip(sides, counts, strict=True), key=lambda side: -side[1])
        return f"{more} says toxic more often than {less} ({most} against {least}, {told_p(self.p_value)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """The agreement within a part of the sample.

    Attributes:
        name: `toxic`, `harmless`, `short` or `long`.
        n: rows in it, at least one.
        agreeing: rows in which both sides come to the same, as the criterion counts it.
        interval: Wilson's 95% interval of the rate, low and high.
    """

    name: str
    n: int
    agreeing: int
    interval: tuple[float, float]


def label_pairs(rows: Iterable[Row]) -> list[tuple[bool, bool]]:
    """Returns the API's and the local label of every row that has both."""
    pairs = ((row.api.label, row.local.label) for row in rows)
    return [(api, local) for api, local in pairs if api is not None and local is not None]


def cohens_kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Returns Cohen's kappa (J. Cohen, 1960), -1 to 1: agreement beyond what the two sides' shares give by chance.

    None where it is undefined: without pairs, and where both sides say the same one label throughout.
    """
    n = len(pairs)
    api, local = (sum(pair[side] for pair in pairs) for side in (0, 1))
    # In whole numbers, n * n times the shares: rounding must not make an undefined kappa a number.
    by_chance = api * local + (n - api) * (n - local)
    if by_chance == n * n:
        return None
    return (n * sum(api == local for api, local in pairs) - by_chance) / (n * n - by_chance)


def label_direction(rows: Iterable[Row]) -> Direction:
    """Returns which side says toxic where the labels differ, by McNemar's exact test (Q. McNemar, 1947)."""
    from scipy.stats import binomtest  # noqa: PLC0415 - a second that only the end of a run pays

    pairs = label_pairs(rows)
    api_only, local_only = pairs.count((True, False)), pairs.count((False, True))
    differing = api_only + local_only
    p_value = float(binomtest(api_only, differing, 0.5).pvalue) if differing else 1.0
    return Direction(api_only_toxic=api_only, local_only_toxic=local_only, p_value=p_value)


def agreement_by_stratum(rows: Sequence[Row]) -> list[Stratum]:
    """Returns the agreement by ground truth, then by length of the text in characters; empty strata are left out.

    Short is a text up to the median length. Where no text is longer than the median, those at the median are long.
    Texts of one length are not split.
    """
    parts = {
        "toxic": [row for row in rows if row.ground_truth == 1],
        "harmless": [row for row in rows if row.ground_truth == 0],
    }
    parts |= _by_length(rows)
    return [_stratum(name, part) for name, part in parts.items() if part]


def smallest_share_caught(n: int, threshold: float) -> float | None:
    """Returns the smallest share of flipped labels, 0 to 1, with which agreement fails with probability `POWER`.

    The labels are taken to be flipped independently by a server that otherwise agrees in every one of `n` examples.
    None where no share fails: nothing was asked, or the threshold is 0.

    Raises:
        ValueError: `n` is negative, or the threshold is not within 0 to 1.
    """
    from scipy.stats import beta  # noqa: PLC0415 - as in label_direction

    allowed = _flips_allowed(n, threshold)
    # More than k of n flips are a binomial tail, which is a beta distribution's: its quantile is the share itself.
    return None if allowed == n else float(beta.ppf(POWER, allowed + 1, n - allowed))


def power_sentence(n: int, threshold: float) -> str:
    """Returns, without a full stop, what `n` examples and the threshold on the estimate would have caught.

    The number is rounded towards the grosser fault, so that the sentence is true. Raises as `smallest_share_caught`.
    """
    share = smallest_share_caught(n, threshold)
    if share is None:
        return f"with n = {n} and a threshold of {threshold:g} this run would have caught no server, whatever it flips"
    one_in = next(count for count in range(int(1 / share) + 1, 0, -1) if _catches(n, threshold, 1 / count))
    if one_in > 1:
        flips = f"flips 1 label in {one_in}"
    else:
        percent = next(count for count in range(1, 101) if _catches(n, threshold, count / 100))
        flips = f"flips at least {percent} labels in 100"
    only = "" if one_in > 1 else "only "
    return f"with n = {n} this run would have caught {only}a server that {flips} with {POWER:.0%} probability"


def audit_power_sentence(tokens: TokenEvidence | None) -> str:
    """Returns, without a full stop, what an audit would not have passed, by the tokens that the local model read."""
    if tokens is None or tokens.floor is None or tokens.standing is TokenStanding.UNDECIDED:
        return "an audit compares no answers, and the tokens that were read are too few or too uneven to pass anything"
    nats = LEAST_TIMES * tokens.floor.floor_sum
    return (
        f"an audit compares no answers; with n = {len(tokens.floor.pairs)} this run would have passed no server whose "
        f"margins sum to more than {nats:.1f} nats, {LEAST_TIMES:.0f} times those of the greatest legitimate change "
        f"({CONFIDENCE:.0%} confidence)"
    )


def _by_length(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Returns the rows with short and with long texts; nothing where all are of one length."""
    lengths = [len(row.text) for row in rows]
    if len(set(lengths)) <= 1:
        return {}
    median = statistics.median(lengths)
    longest_short = median if max(lengths) > median else max(length for length in lengths if length < median)
    return {
        "short": [row for row in rows if len(row.text) <= longest_short],
        "long": [row for row in rows if len(row.text) > longest_short],
    }


def _stratum(name: str, rows: Sequence[Row]) -> Stratum:
    agreeing = sum(row.outcomes_match for row in rows)
    return Stratum(name=name, n=len(rows), agreeing=agreeing, interval=rate_interval(agreeing, len(rows)))


def _flips_allowed(n: int, threshold: float) -> int:
    """Returns with how many flips of `n` the criterion still passes."""
    if n < 0 or not 0 <= threshold <= 1:
        raise ValueError(f"n must not be negative and the threshold must be within 0 to 1; got {n} and {threshold}")
    # The division that the criterion makes, so that both round alike: 95 of 100 passes at 0.95.
    return max(flips for flips in range(n + 1) if n == 0 or (n - flips) / n >= threshold)


def _catches(n: int, threshold: float, share: float) -> bool:
    from scipy.stats import binom  # noqa: PLC0415 - as in label_direction

    return bool(binom.sf(_flips_allowed(n, threshold), n, share) >= POWER)
