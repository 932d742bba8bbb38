"""The statistics meet known values, what can be enumerated, and what they say about a run is true."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.criteria import CRITERIA, evaluate, rate_interval
from reports.statistics.measures import (
    Direction,
    agreement_by_stratum,
    cohens_kappa,
    label_direction,
    label_pairs,
    power_sentence,
    smallest_share_caught,
)
from tests.reports.material import NO, REFUSAL, YES, row, rows, said

if TYPE_CHECKING:
    from reports.rows.row import Row

AGREEMENT = next(criterion for criterion in CRITERIA if criterion.name == "label_agreement")

BOTH, API_ONLY, LOCAL_ONLY, NEITHER = (True, True), (True, False), (False, True), (False, False)
LABELS = st.lists(st.sampled_from([BOTH, API_ONLY, LOCAL_ONLY, NEITHER]), max_size=40)
THRESHOLDS = st.integers(1, 100).map(lambda percent: percent / 100)


SAYS = {True: said(YES), False: said(NO), None: said(REFUSAL)}
ROWS = {pair: row(SAYS[pair[0]], SAYS[pair[1]]) for pair in product(SAYS, repeat=2)}


def _labelled(*pairs: tuple[bool | None, bool | None]) -> list[Row]:
    return [ROWS[pair] for pair in pairs]


def _texts(*lengths: int) -> list[Row]:
    return [replace(ROWS[BOTH], text="x" * length) for length in lengths]


def _sizes(made: list[Row]) -> dict[str, int]:
    """Returns the sizes of the strata of length."""
    return {stratum.name: stratum.n for stratum in agreement_by_stratum(made) if stratum.name in ("short", "long")}


@cache
def _failing(n: int, threshold: float) -> list[int]:
    """Returns every number of flips that fails the criterion."""
    return [
        flips
        for flips in range(n + 1)
        if not evaluate(AGREEMENT, [ROWS[BOTH if place >= flips else API_ONLY] for place in range(n)], threshold).passed
    ]


def _caught(n: int, threshold: float, share: float) -> float:
    """Returns the probability that the criterion fails, summed over every number of flips that fails it."""
    failing = _failing(n, threshold)
    return math.fsum(math.comb(n, flips) * share**flips * (1 - share) ** (n - flips) for flips in failing)


def test_pairs_are_of_rows_in_which_both_sides_give_a_label() -> None:
    made = rows((said(YES), said(NO), 2), (said(REFUSAL), said(NO), 1), (said(YES), said(REFUSAL), 1))

    assert label_pairs(made) == [API_ONLY, API_ONLY]


def test_kappa_meets_a_value_worked_by_hand() -> None:
    # 35 of 50 agree; by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5 would.
    pairs = [BOTH] * 20 + [API_ONLY] * 5 + [LOCAL_ONLY] * 10 + [NEITHER] * 15

    assert cohens_kappa(pairs) == pytest.approx(0.4)


@pytest.mark.parametrize("pairs", [[], [BOTH], [BOTH] * 10, [NEITHER] * 10])
def test_kappa_is_undefined_where_only_one_label_was_given(pairs: list[tuple[bool, bool]]) -> None:
    assert cohens_kappa(pairs) is None


@pytest.mark.parametrize(("pairs", "kappa"), [([BOTH, NEITHER], 1), ([API_ONLY, LOCAL_ONLY], -1), ([API_ONLY] * 3, 0)])
def test_kappa_is_one_for_full_agreement_and_minus_one_for_full_contradiction(
    pairs: list[tuple[bool, bool]], kappa: int
) -> None:
    assert cohens_kappa(pairs) == kappa


@given(LABELS)
def test_kappa_is_the_agreement_beyond_that_of_all_pairings_of_the_labels(pairs: list[tuple[bool, bool]]) -> None:
    shuffled = [api == local for (api, _), (_, local) in product(pairs, repeat=2)]
    kappa = cohens_kappa(pairs)
    if all(shuffled):
        assert kappa is None
        return
    chance = Fraction(sum(shuffled), len(shuffled))
    seen = Fraction(sum(api == local for api, local in pairs), len(pairs))

    assert kappa == pytest.approx(float((seen - chance) / (1 - chance)))


def test_the_direction_counts_the_rows_that_differ() -> None:
    made = _labelled(*[API_ONLY] * 9, LOCAL_ONLY, *[BOTH] * 30, (True, None), (None, False), (None, None))

    direction = label_direction(made)

    assert (direction.api_only_toxic, direction.local_only_toxic) == (9, 1)
    assert direction.p_value == pytest.approx(22 / 1024)


def test_the_direction_is_told_with_the_larger_side_first() -> None:
    assert label_direction(_labelled(*[API_ONLY] * 9, LOCAL_ONLY)).describe() == (
        "the API says toxic more often than the local reference (9 against 1, p = 0.021)"
    )
    assert label_direction(_labelled(*[LOCAL_ONLY] * 20)).describe() == (
        "the local reference says toxic more often than the API (20 against 0, p < 0.001)"
    )


@pytest.mark.parametrize(("one_way", "told"), [(5, False), (6, True)])
def test_six_differences_are_the_fewest_that_tell_a_direction(
    one_way: int,
    told: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert (label_direction(_labelled(*[API_ONLY] * one_way)).describe() is not None) is told


@pytest.mark.parametrize(("p_value", "told"), [(0.05, False), (0.0499, True)])
def test_a_direction_is_told_below_its_significance_and_not_at_it(
    p_value: float,
    told: bool,  # noqa: FBT001 - as above
) -> None:
    direction = Direction(api_only_toxic=9, local_only_toxic=1, p_value=p_value)

    assert (direction.describe() is not None) is told


@pytest.mark.parametrize("pairs", [[], [BOTH, NEITHER], [API_ONLY, LOCAL_ONLY]])
def test_no_direction_is_told_where_nothing_leans(pairs: list[tuple[bool, bool]]) -> None:
    direction = label_direction(_labelled(*pairs))

    assert (direction.p_value, direction.describe()) == (1.0, None)


@given(st.integers(0, 5), st.integers(0, 5))
def test_the_p_value_is_the_share_of_coin_tosses_at_least_as_lopsided(api_only: int, local_only: int) -> None:
    differing = api_only + local_only
    tosses = [abs(2 * sum(toss) - differing) for toss in product((0, 1), repeat=differing)]
    lopsided = sum(toss >= abs(api_only - local_only) for toss in tosses)

    direction = label_direction(_labelled(*[API_ONLY] * api_only, *[LOCAL_ONLY] * local_only))

    assert direction.p_value == pytest.approx(lopsided / len(tosses))


def test_strata_split_the_agreement_by_ground_truth() -> None:
    made = rows((said(YES), said(YES), 3), (said(YES), said(NO), 1), (said(REFUSAL), said(YES), 2))
    made = [replace(one, ground_truth=int(place % 2 == 0)) for place, one in enumerate(made)]

    got = {stratum.name: (stratum.n, stratum.agreeing, stratum.interval) for stratum in agreement_by_stratum(made)}

    assert got == {"toxic": (3, 2, rate_interval(2, 3)), "harmless": (3, 1, rate_interval(1, 3))}


@pytest.mark.parametrize(
    ("lengths", "sizes"),
    [
        ((1, 2, 3, 4), {"short": 2, "long": 2}),
        ((1, 2, 3), {"short": 2, "long": 1}),
        ((1, 5, 5, 5), {"short": 1, "long": 3}),
        ((5, 5, 5, 9), {"short": 3, "long": 1}),
        ((5, 5, 5), {}),
        ((7,), {}),
        ((), {}),
    ],
)
def test_texts_are_short_or_long_about_their_median(lengths: tuple[int, ...], sizes: dict[str, int]) -> None:
    assert _sizes(_texts(*lengths)) == sizes


@given(st.lists(st.integers(0, 9), min_size=2).filter(lambda lengths: len(set(lengths)) > 1))
def test_every_text_is_in_one_stratum_of_length_and_short_ones_are_shorter(lengths: list[int]) -> None:
    sizes = _sizes(_texts(*lengths))
    ordered = sorted(lengths)

    assert sizes["short"] + sizes["long"] == len(lengths)
    assert ordered[sizes["short"] - 1] < ordered[sizes["short"]]


@pytest.mark.parametrize(
    ("n", "threshold", "says"),
    [
        (100, 0.95, "a server that flips 1 label in 9"),
        (100, 1, "a server that flips 1 label in 33"),
        (5, 0.95, "a server that flips 1 label in 2"),
        (2, 0.95, "only a server that flips at least 78 labels in 100"),
        (1, 0.95, "only a server that flips at least 95 labels in 100"),
    ],
)
def test_the_power_is_told_for_what_n_shows(n: int, threshold: float, says: str) -> None:
    expected = f"with n = {n} this run would have caught {says} with 95% probability"

    assert power_sentence(n, threshold) == expected


@pytest.mark.parametrize(("n", "threshold"), [(0, 0.95), (100, 0)])
def test_a_run_that_cannot_fail_says_that_it_catches_no_server(n: int, threshold: float) -> None:
    assert smallest_share_caught(n, threshold) is None
    assert "would have caught no server" in power_sentence(n, threshold)


@given(st.integers(1, 60), THRESHOLDS)
def test_the_smallest_share_is_caught_with_exactly_the_promised_probability(n: int, threshold: float) -> None:
    share = smallest_share_caught(n, threshold)

    assert share is not None
    assert _caught(n, threshold, share) == pytest.approx(0.95)


@given(st.integers(1, 60), THRESHOLDS)
def test_the_told_number_is_true_and_the_next_would_not_be(n: int, threshold: float) -> None:
    told = power_sentence(n, threshold).removesuffix(" with 95% probability")
    if "only" in told:
        caught = int(told.split()[-4]) / 100
        missed = caught - 0.01
        assert _caught(n, threshold, 1 / 2) < 0.95
    else:
        one_in = int(told.rsplit(maxsplit=1)[-1])
        caught, missed = 1 / one_in, 1 / (one_in + 1)

    assert _caught(n, threshold, caught) >= 0.95 - 1e-9
    assert _caught(n, threshold, missed) < 0.95


@pytest.mark.parametrize(("n", "threshold"), [(-1, 0.95), (10, 1.01), (10, -0.1), (10, math.nan)])
def test_power_refuses_what_is_no_run(n: int, threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold must be within 0 to 1"):
        power_sentence(n, threshold)
