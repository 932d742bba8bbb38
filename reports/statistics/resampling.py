"""Tests and intervals of means over examples, by scipy, in batches: memory does not grow with the number of examples.

Rows with one text are one cluster: a side that repeats itself answers them alike, so they are one observation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

#: The confidence of every interval and of every bound.
CONFIDENCE = 0.95

#: Resamples of a bootstrap. Twice as many change the third decimal of an interval at n = 100.
_RESAMPLES = 2000

#: Draws of a permutation test; where fewer arrangements exist, all of them are looked at.
_PERMUTATIONS = 9999

#: From this many values on a sum of random signs is as good as normal, and Student's test takes no time.
_MANY = 1000

#: Numbers that a batch of resamples holds: 8 MB of floats.
_BATCH_NUMBERS = 1_000_000


def clustered(values: Iterable[tuple[str, float]]) -> list[float]:
    """Returns the mean of each cluster, in the order in which the clusters first occur.

    Args:
        values: each with the text of its example.
    """
    clusters: dict[str, list[float]] = {}
    for text, value in values:
        clusters.setdefault(text, []).append(value)
    return [sum(found) / len(found) for found in clusters.values()]


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Returns the percentile bootstrap interval of a mean, computed by scipy with a fixed seed.

    Values that are all equal hold no information about their spread: the interval is then the value itself.
    """
    if min(values) == max(values):
        return values[0], values[0]
    low, high = _bootstrap(values, "two-sided")
    return low, high


def greatest_fall(differences: Sequence[float]) -> float:
    """Returns how far at most, with 95% confidence, a mean lies below 0; negative where it must lie above.

    One more example that falls as far as any can is counted in. Without it differences that are all 0 would show
    everything, however few they are; with it 59 of them show what exact binomial bounds say of them, 0.05.

    Args:
        differences: from -1 to 1, one a cluster, at least one.
    """
    low, _ = _bootstrap([*differences, -1.0], "greater")
    return -low


def greatest_mean(values: Sequence[float]) -> float:
    """Returns below which a mean lies, with 95% confidence; of values that are all equal, the value itself."""
    if min(values) == max(values):
        return values[0]
    _, high = _bootstrap(values, "less")
    return high


def chance_of_fall(differences: Sequence[float]) -> float:
    """Returns the p-value, one-sided, of a mean that is below 0: the signs are flipped (R. A. Fisher, 1935).

    Exact where the two that were subtracted could be swapped, whatever the spread; 1 where nothing differs.
    """
    odd = [difference for difference in differences if difference]
    return _flipped(odd, "less") if odd else 1.0


def chance_of_swaps(differences: Sequence[float]) -> tuple[float, float]:
    """Returns the rank correlation of differences with their signs, -1 to 1, and its p-value, two-sided.

    The signed-rank test (F. Wilcoxon, 1945), over random swaps: exact with ties too.

    Args:
        differences: none of them 0, at least one.
    """
    import numpy as np  # noqa: PLC0415 - a second that only the end of a run pays
    from scipy.stats import rankdata  # noqa: PLC0415 - as above

    found = np.asarray(differences)
    ranks = np.sign(found) * rankdata(np.abs(found))
    return float(ranks.sum() / np.abs(ranks).sum()), _flipped(list(ranks), "two-sided")


def _flipped(values: Sequence[float], alternative: str) -> float:
    """Returns the p-value of a sum of values, at least one and none 0, whose signs are as likely one as the other."""
    import numpy as np  # noqa: PLC0415 - as in chance_of_swaps
    from scipy.stats import binomtest, permutation_test, ttest_1samp  # noqa: PLC0415 - as above

    if len({abs(value) for value in values}) == 1:
        ups = sum(value > 0 for value in values)
        return float(binomtest(ups, len(values), 0.5, alternative=alternative).pvalue)
    if len(values) > _MANY:
        return float(ttest_1samp(values, 0.0, alternative=alternative).pvalue)

    found = permutation_test(
        # scipy wants two values at least, and a 0 changes no sum.
        (np.asarray([*values, 0.0]),),
        _sum,
        permutation_type="samples",
        vectorized=True,
        alternative=alternative,
        n_resamples=_PERMUTATIONS,
        batch=_batch(len(values) + 1),
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)


def _sum(values: np.ndarray, axis: int) -> np.ndarray:
    total: np.ndarray = values.sum(axis=axis)
    return total


def _bootstrap(values: Sequence[float], alternative: str) -> tuple[float, float]:
    import numpy as np  # noqa: PLC0415 - as in chance_of_swaps
    from scipy.stats import bootstrap  # noqa: PLC0415 - as above

    found = bootstrap(
        (np.asarray(values),),
        np.mean,
        confidence_level=CONFIDENCE,
        n_resamples=_RESAMPLES,
        batch=_batch(len(values)),
        alternative=alternative,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)


def _batch(size: int) -> int:
    return max(1, _BATCH_NUMBERS // size)
