"""Criteria count over the whole sample, pass exactly at their threshold, and carry scipy's intervals."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from backends.errors import FailureKind
from reports.statistics.criteria import (
    CRITERIA,
    Criterion,
    evaluate,
    fewest_for_confidence,
    rate_interval,
)
from reports.statistics.resampling import mean_interval
from tests.reports.material import NO, REFUSAL, YES, failed, row, rows, said

if TYPE_CHECKING:
    from reports.rows.row import Row

BY_NAME = {criterion.name: criterion for criterion in CRITERIA}


AGREES, BREAKS = row(said(YES), said(YES)), row(said(None), said(None))


def _rate(successes: int, n: int) -> list[Row]:
    """Returns `n` rows, of which so many meet every criterion and the others hold no answer."""
    return [AGREES if position < successes else BREAKS for position in range(n)]


def _similar(*values: float) -> list[Row]:
    return [replace(AGREES, response_similarity=value) for value in values]


def test_the_criteria_are_the_contract() -> None:
    told = [(criterion.name, criterion.option, criterion.threshold) for criterion in CRITERIA]

    assert told == [
        ("label_agreement", "--min-agreement", 0.95),
        ("response_similarity", "--min-similarity", 0.80),
        ("api_parsed", "--min-parsed", 0.99),
        ("local_parsed", "--min-parsed", 0.99),
    ]


@pytest.mark.parametrize(
    ("successes", "n", "passed"),
    [(95, 100, True), (94, 100, False), (19, 20, True), (18, 20, False), (190, 200, True), (189, 200, False)],
)
def test_agreement_passes_exactly_at_its_threshold_and_not_one_below(
    successes: int,
    n: int,
    passed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    got = evaluate(BY_NAME["label_agreement"], _rate(successes, n))

    assert (got.passed, got.successes, got.n, got.observed) == (passed, successes, n, successes / n)


@pytest.mark.parametrize(("parsed", "passed"), [(99, True), (98, False), (100, True)])
@pytest.mark.parametrize("side", ["api", "local"])
def test_parsed_passes_exactly_at_its_threshold_and_not_one_below(side: str, parsed: int, passed: bool) -> None:  # noqa: FBT001 - as above
    without = row(said(None), said(YES)) if side == "api" else row(said(YES), said(None))
    made = [AGREES if position < parsed else without for position in range(100)]

    assert evaluate(BY_NAME[f"{side}_parsed"], made).passed is passed


@given(hundredths=st.integers(1, 100), times=st.integers(1, 5))
def test_rate_that_equals_a_threshold_of_two_decimals_passes(hundredths: int, times: int) -> None:
    threshold = float(f"{hundredths}e-2")  # as the command line reads it
    made = _rate(hundredths * times, 100 * times)
    below = _rate(hundredths * times - 1, 100 * times)

    assert evaluate(BY_NAME["label_agreement"], made, threshold).passed
    assert not evaluate(BY_NAME["label_agreement"], below, threshold).passed


@given(value=st.floats(0.01, 1.0), n=st.integers(1, 150))
def test_mean_of_equal_values_passes_at_that_value_and_not_above(value: float, n: int) -> None:
    made = _similar(*[value] * n)

    assert evaluate(BY_NAME["response_similarity"], made, value).passed
    assert not evaluate(BY_NAME["response_similarity"], made, math.nextafter(value, 2.0)).passed


def test_similarity_of_exactly_eight_tenths_passes_at_any_size() -> None:
    assert all(evaluate(BY_NAME["response_similarity"], _similar(*[0.8] * n)).passed for n in (1, 3, 43, 81, 100))


def test_errors_stay_in_the_denominator_and_a_refusal_is_an_answer() -> None:
    made = rows(
        (said(YES), said(YES), 6),
        (said(REFUSAL), said(REFUSAL), 2),
        (failed(FailureKind.UNREACHABLE), said(NO), 1),
        (said(NO), failed(FailureKind.GENERATION), 1),
    )

    agreement = evaluate(BY_NAME["label_agreement"], made)

    assert (agreement.successes, agreement.n, agreement.observed) == (8, 10, 0.8)
    assert evaluate(BY_NAME["api_parsed"], made).observed == 0.9
    assert evaluate(BY_NAME["local_parsed"], made).observed == 0.9


def test_missing_answer_counts_0_in_the_mean_similarity() -> None:
    made = rows((said(YES), said(YES), 3), (said(None), said(YES), 1), (said(None), said(None), 1))

    assert evaluate(BY_NAME["response_similarity"], made).observed == pytest.approx(0.6)


def test_given_threshold_takes_the_place_of_the_criterions_own() -> None:
    assert evaluate(BY_NAME["label_agreement"], _rate(9, 10), 0.9).passed
    assert evaluate(BY_NAME["label_agreement"], _rate(9, 10), 0.9).threshold == 0.9
    assert evaluate(BY_NAME["label_agreement"], _rate(0, 10), 0.0).passed
    assert not evaluate(BY_NAME["label_agreement"], _rate(9, 10), 1.0).passed


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (34, 50), (95, 100), (100, 100)])
def test_interval_of_a_rate_is_wilsons(successes: int, n: int) -> None:
    z = stats.norm.ppf(0.975)
    centre = (successes + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(successes * (n - successes) / n + z * z / 4)

    low, high = rate_interval(successes, n)

    assert (low, high) == pytest.approx((max(0.0, centre - half), min(1.0, centre + half)), abs=1e-9)


def test_interval_of_a_mean_is_a_bootstrap_that_comes_out_the_same_every_time() -> None:
    values = [float(value) for value in np.random.default_rng(7).uniform(0.5, 1.0, 100)]
    spread = float(np.std(values) / math.sqrt(len(values)))

    low, high = mean_interval(values)

    assert mean_interval(values) == (low, high)
    assert low < float(np.mean(values)) < high
    assert high - low == pytest.approx(2 * 1.96 * spread, rel=0.15)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_interval_of_a_mean_lies_among_the_values(values: list[float]) -> None:
    low, high = mean_interval(values)

    assert min(values) - 1e-12 <= low <= high <= max(values) + 1e-12


def test_interval_narrows_as_the_sample_grows() -> None:
    widths = [high - low for low, high in (rate_interval(n * 9 // 10, n) for n in (10, 100, 1000))]

    assert all(wide > narrow for wide, narrow in pairwise(widths))


@pytest.mark.slow
def test_ten_thousand_rows_are_evaluated_within_seconds() -> None:
    made = rows((said(YES), said(YES), 9_900), (said(YES), said(NO), 100))

    started = time.process_time()
    results = [evaluate(criterion, made) for criterion in CRITERIA]

    assert [result.n for result in results] == [10_000] * 4
    assert time.process_time() - started < 10


def test_a_criterion_is_plain_data() -> None:
    own = Criterion(
        name="own", says="-", value=lambda row: row.reasoning_similarity, counts=False, option="--x", threshold=0.5
    )

    assert evaluate(own, [replace(AGREES, reasoning_similarity=value) for value in (0.25, 0.75)]).observed == 0.5


@pytest.mark.parametrize(("successes", "passed"), [(100, True), (99, False)])
def test_confidence_makes_the_lower_end_the_gate(successes: int, passed: bool) -> None:  # noqa: FBT001 - a table
    got = evaluate(BY_NAME["label_agreement"], _rate(successes, 100), 0.95, confident=True)

    assert got.passed is passed
    assert (got.interval[0] >= 0.95) is passed


@given(threshold=st.floats(0.01, 0.999))
def test_fewest_for_confidence_is_the_fewest(threshold: float) -> None:
    fewest = fewest_for_confidence(threshold)

    assert fewest is not None
    assert rate_interval(fewest, fewest)[0] >= threshold
    assert fewest == 1 or rate_interval(fewest - 1, fewest - 1)[0] < threshold


def test_no_number_of_examples_makes_a_rate_of_one_sure() -> None:
    assert fewest_for_confidence(1.0) is None
