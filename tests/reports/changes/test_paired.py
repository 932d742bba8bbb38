"""The arithmetic of paired differences is right, and calls chance chance."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from scipy.stats import binomtest

from backends.completion import FinishReason
from backends.errors import FailureKind
from reports.changes.paired import PairedChange, _two_sided, corrected, difference_interval, paired_changes
from reports.statistics.criteria import rate_interval
from tests.reports.material import NO, YES, failed, row, said


def _moved(downs: int, ups: int, same: int = 60) -> PairedChange:
    """Returns the change of the agreement where so many examples left the reference, and so many came back to it."""
    n = downs + ups + same
    old = [row(said(YES if place < n - ups else NO), said(YES), place, f"t{place}") for place in range(n)]
    new = [row(said(NO if place < downs else YES), said(YES), place, f"t{place}") for place in range(n)]
    return next(one for one in paired_changes(list(zip(old, new, strict=True))) if one.name == "label_agreement")


@pytest.mark.parametrize(("downs", "ups"), [(0, 0), (1, 0), (7, 0), (9, 3), (3, 9), (12, 12)])
def test_p_value_of_a_rate_is_that_of_mcnemars_exact_test(downs: int, ups: int) -> None:
    found = _moved(downs, ups)

    expected = binomtest(downs, downs + ups, 0.5).pvalue if downs + ups else 1.0
    assert found.p_value == pytest.approx(expected)
    assert (found.downs, found.ups, found.n) == (downs, ups, 60 + downs + ups)
    assert found.difference == pytest.approx((ups - downs) / found.n)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.2])
def test_chance_moves_a_rate_no_more_often_than_its_level(level: float) -> None:
    """Where the two runs could be swapped, which way an example goes is a coin's throw, whatever the restlessness."""
    for n in range(1, 40):
        false = sum(
            math.comb(n, downs) * 0.5**n
            for downs in range(n + 1)
            if _two_sided([-1.0] * downs + [1.0] * (n - downs)) <= level
        )
        assert false <= level, n


@pytest.mark.parametrize(
    "shares", [(0.85, 0.05, 0.05, 0.05), (0.7, 0.15, 0.1, 0.05), (0.95, 0.01, 0.03, 0.01), (0.5, 0.05, 0.05, 0.4)]
)
def test_interval_of_a_difference_holds_it_as_often_as_it_says(shares: tuple[float, float, float, float]) -> None:
    draw = random.Random(7)  # noqa: S311 - a draw of a test
    difference, held, draws = shares[2] - shares[1], 0, 1000
    for _ in range(draws):
        found = draw.choices(range(4), shares, k=100)
        low, high = difference_interval(*(found.count(kind) for kind in range(4)))
        held += low <= difference <= high
    # 0.95, less three times what chance leaves of so many draws.
    assert held / draws >= 0.93


def test_interval_without_a_difference_is_as_wide_as_the_sample_allows() -> None:
    low, high = difference_interval(100, 0, 0, 0)

    assert low == pytest.approx(-high)
    assert high == pytest.approx(1 - rate_interval(100, 100)[0])
    assert difference_interval(10, 0, 0, 0)[1] > high


def test_interval_lies_where_the_older_and_the_newer_change_places() -> None:
    low, high = difference_interval(70, 12, 4, 14)

    assert difference_interval(70, 4, 12, 14) == pytest.approx((-high, -low))
    assert low < -0.08 < high < 0.02


def test_p_values_are_corrected_for_the_number_of_tests() -> None:
    found = corrected([_moved(9, 0), _moved(9, 0), _moved(1, 1)])

    assert found[0].p_value == pytest.approx(2 * 0.5**9)
    # Two examples that differ could have shown nothing: their test does not count. Twice, for the shifts beside them.
    assert [one.corrected for one in found[:2]] == [pytest.approx(2 * 4 * 0.5**9)] * 2
    assert corrected([_moved(11, 0)] * 3)[0].moved
    assert not corrected([_moved(10, 0)] * 3)[0].moved


def test_fall_of_the_reference_is_not_the_endpoints() -> None:
    old = [row(said(YES), said(YES), place, f"t{place}") for place in range(60)]
    new = [row(said(YES), said(NO if place < 20 else YES), place, f"t{place}") for place in range(60)]

    agreement = corrected(paired_changes(list(zip(old, new, strict=True))))[0]

    assert agreement.moved
    assert agreement.difference < 0
    assert not agreement.fell


@pytest.mark.parametrize(
    ("decisive", "same_model", "fell"), [(0, True, False), (1, True, True), (None, True, True), (0, False, True)]
)
def test_near_ties_of_the_same_model_are_no_fall(decisive: int | None, same_model: bool, fell: bool) -> None:  # noqa: FBT001 - a case
    old = [row(said(YES), said(YES), place, f"t{place}") for place in range(60)]
    left = [replace(row(said(NO), said(YES), place, f"t{place}"), decisive=decisive) for place in range(20)]

    agreement, *_ = corrected(paired_changes(list(zip(old, left + old[20:], strict=True)), same_model=same_model))

    assert agreement.moved
    assert (agreement.fell, agreement.is_explained) == (fell, not fell)


def test_answer_that_is_cut_is_a_fall_whatever_its_tokens() -> None:
    old = [row(said(YES), said(YES), place, f"t{place}") for place in range(60)]
    left = [
        replace(row(said(None, finish_reason=FinishReason.LENGTH), said(YES), place, f"t{place}"), decisive=0)
        for place in range(20)
    ]

    found = corrected(paired_changes(list(zip(old, left + old[20:], strict=True)), same_model=True))

    assert {"label_agreement", "api_parsed"} <= {one.name for one in found if one.fell}


def test_requests_that_reached_nobody_are_no_fall() -> None:
    old = [row(said(YES), said(YES), place, f"t{place}") for place in range(60)]
    silent = failed(FailureKind.UNREACHABLE)
    new = [row(silent if place < 30 else said(YES), said(YES), place, f"t{place}") for place in range(60)]

    found = paired_changes(list(zip(old, new, strict=True)))

    assert {(one.n, one.difference) for one in found} == {(30, 0.0)}
    assert paired_changes([(old[0], new[0])]) == ()
