"""Asymmetries between the sides: what a faithful endpoint shows by chance alone.

Where the endpoint serves the model as the reference does, the two answers to an example could be swapped, so every
paired test of the sides is exact and needs no ceiling. Shares are tested by McNemar's exact test (Q. McNemar, 1947),
sizes by signed ranks (F. Wilcoxon, 1945) over random swaps. The p-values are corrected by Holm's method (S. Holm,
1979), in which those that no outcome could have made significant do not count (R. E. Tarone, 1990). A legitimate
serving is not quite the same one: what is smaller than the least sizes below, or what a change of the reference shows
of itself, is not counted.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.statistics.features import FEATURES, pairs_of
from reports.statistics.resampling import chance_of_swaps, clustered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reports.rows.row import Row
    from reports.statistics.features import Feature, Pair
    from reports.statistics.noise import NoiseMeasurement

#: The probability with which chance alone may bring about any of what is counted.
LEVEL = 0.01

#: The least difference of two shares that counts. Asked twice, gpt-oss-20b's API gave labels, and refused, on shares
#: that were at most 0.014 apart on 300 examples; gpt-oss-safeguard-20b gave 0.061 more labels.
LEAST_SHARE = 0.05

#: The least rank correlation of a pair's two sizes with the side, times the share of pairs that differ, that counts: 0
#: where either side is the longer one as often and by as much, 1 where one always is. Asked twice on other days, the
#: models' APIs reach 0.18 on 300 examples and 0.41 on the worst of 160 samples of 100.
LEAST_RANKS = 0.50

#: A change of the reference excuses what it shows of itself with this probability of chance.
_EXCUSE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Asymmetry:
    """What one side does more than the other.

    Attributes:
        feature: the name of what was counted or measured.
        of_text: True where the answers' texts decide it.
        api: of a share, on how many examples the API does; of a size, its mean.
        local: the same of the local reference.
        n: examples that were compared.
        size: of a share, the difference; of a size, the rank correlation by the share of pairs that differ, -1 to 1:
            positive where the API has more.
        p_value: of the exact test, two-sided.
        corrected: the same, corrected for the number of tests.
        told: one sentence without a full stop.
    """

    feature: str
    of_text: bool
    api: float
    local: float
    n: int
    size: float
    p_value: float
    corrected: float
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    feature: Feature
    pairs: Sequence[Pair]
    differences: Sequence[float]
    size: float
    p_value: float
    least_p: float

    @property
    def counts(self) -> bool:
        """True where the size is one that legitimate servings do not show."""
        return abs(self.size) >= (LEAST_SHARE if self.feature.kind == "share" else LEAST_RANKS)


def asymmetries_of(rows: Iterable[Row], noise: Sequence[NoiseMeasurement] = ()) -> tuple[Asymmetry, ...]:
    """Returns what chance does not explain, the surest first.

    Args:
        rows: of the results; a broken answer on either side leaves an example out.
        noise: how far each side agrees with itself.
    """
    tests = sorted(_tests(pairs_of(rows)), key=lambda test: test.p_value)
    corrected = holm([test.p_value for test in tests], [test.least_p for test in tests])
    return tuple(
        _told(test, p)
        for test, p in zip(tests, corrected, strict=True)
        if p < LEVEL and test.counts and not _is_excused(test, noise)
    )


def holm(p_values: Sequence[float], least: Sequence[float]) -> list[float]:
    """Returns p-values, which are in rising order, corrected by Holm's method.

    Args:
        p_values: of the tests.
        least: the smallest that each test could have given. Tests that could not have reached `LEVEL` do not count.
    """
    count = next(k for k in range(1, len(p_values) + 2) if sum(p <= LEVEL / k for p in least) <= k)
    corrected: list[float] = []
    for place, p in enumerate(p_values):
        times = max(1, min(count, len(p_values)) - place)
        corrected.append(max(corrected[-1] if corrected else 0.0, min(1.0, p * times)))
    return corrected


def _tests(pairs: Mapping[str, Sequence[Pair]]) -> Iterator[_Test]:
    for feature in FEATURES:
        found = pairs.get(feature.name, ())
        if found:
            yield _test(feature, found)


def _test(feature: Feature, pairs: Sequence[Pair]) -> _Test:
    found = clustered(_differences(feature, pairs))
    differences = [difference for difference in found if difference]
    if feature.kind == "share":
        ups = sum(difference > 0 for difference in differences)
        size = statistics.fmean(api - local for _, api, local in pairs)
        p_value = _sign_test(ups, len(differences))
    else:
        ranks, p_value = chance_of_swaps(differences) if differences else (0.0, 1.0)
        size = ranks * len(differences) / len(found)
    # One side always: the most that so many pairs could show.
    least = _sign_test(len(differences), len(differences))
    return _Test(feature=feature, pairs=pairs, differences=differences, size=size, p_value=p_value, least_p=least)


def _differences(feature: Feature, pairs: Iterable[Pair]) -> Iterator[tuple[str, float]]:
    """Yields how much more the API has: of sizes in parts of both together, so that long texts are no heavier."""
    for text, api, local in pairs:
        apart = abs(api - local) > feature.slack
        scale = 1.0 if feature.kind == "share" else (api + local) or 1.0
        yield text, (api - local) / scale if apart else 0.0


def _sign_test(ups: int, n: int) -> float:
    from scipy.stats import binomtest  # noqa: PLC0415 - a second that only the end of a run pays

    return float(binomtest(ups, n, 0.5).pvalue) if n else 1.0


def _is_excused(test: _Test, noise: Iterable[NoiseMeasurement]) -> bool:
    """Returns whether a legitimate change of a side shows the same of itself, either way, and as much of it."""
    for measured in noise:
        pairs = measured.features.get(test.feature.name, ())
        if not pairs:
            continue
        own = _test(test.feature, pairs)
        if own.p_value < _EXCUSE and abs(own.size) >= abs(test.size):
            return True
    return False


def _told(test: _Test, corrected: float) -> Asymmetry:
    n, is_share = len(test.pairs), test.feature.kind == "share"
    divisor = 1 if is_share else n
    api, local = (sum(found) / divisor for found in zip(*((a, b) for _, a, b in test.pairs), strict=True))
    if is_share:
        told = f"the API {test.feature.says} {api:.0f} of {n} examples, the local reference {local:.0f}"
    else:
        longer, sign = ("longer", 1) if test.size > 0 else ("shorter", -1)
        ups = sum(sign * difference > 0 for difference in test.differences)
        told = (
            f"the API's {test.feature.says} is {longer} on {ups} of {n} examples, {api:.0f} on average where the local "
            f"one is {local:.0f}"
        )
    return Asymmetry(
        feature=test.feature.name,
        of_text=test.feature.of_text,
        api=api,
        local=local,
        n=n,
        size=test.size,
        p_value=test.p_value,
        corrected=corrected,
        told=told,
    )
