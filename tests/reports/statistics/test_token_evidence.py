"""Tokens of another writer lie beyond the floor; those of a legitimate change of the same model do not."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from reports.rows.variant_scores import VariantScores
from reports.statistics.token_evidence import FEWEST_SCORED, GRAIN, LEAST_TIMES, TokenStanding, token_evidence_of
from reports.statistics.token_floor import floor_margins
from tests.reports.material import YES, rows, said
from tests.reports.scores import reading, score, scored

GOOD = said(YES)


def near_ties(seed: int, share: float, size: float, n: int = 100) -> list[list[float]]:
    """Returns margins as another rounding makes them: in a share of the answers one, of about that size in nats."""
    drawn = random.Random(seed)  # noqa: S311 - no secret hangs on it
    return [[drawn.expovariate(1 / size)] if drawn.random() < share else [] for _ in range(n)]


def standing(api: list[list[float]], floor: list[list[float]], n: int = 100, change: str = "dtype") -> TokenStanding:
    made = scored(rows((GOOD, GOOD, n)), api[:n])
    found = token_evidence_of(made, [reading(made, floor[:n], change)])
    assert found is not None
    return found.standing


def test_nothing_is_said_where_nothing_was_scored() -> None:
    assert token_evidence_of(rows((GOOD, GOOD, 3)), []) is None


def test_scores_without_a_floor_decide_nothing() -> None:
    found = token_evidence_of(scored(rows((GOOD, GOOD, 100)), [[9.0]] * 100), [])

    assert found is not None
    assert (found.standing, found.decisive, found.near_tie) == (TokenStanding.UNDECIDED, {}, None)
    assert "nothing to hold this against" in found.says


@pytest.mark.parametrize("share", [0.06, 0.5, 1.0])
def test_same_roundings_are_hardly_ever_accused_and_mostly_shown(share: float) -> None:
    seen = [standing(near_ties(seed, share, 0.3), near_ties(seed + 1000, share, 0.3)) for seed in range(6)]

    assert TokenStanding.BEYOND not in seen
    assert share < 0.5 or seen.count(TokenStanding.EQUIVALENT) >= 5


def test_one_token_outweighs_no_ties_of_a_hundred_answers() -> None:
    ties = [[0.03]] * 60
    kept = standing([[3.1], *ties[1:]], ties)

    assert (kept, standing([[3.1, *([3.1] * 40)], *ties[1:]], ties)) == (
        TokenStanding.EQUIVALENT,
        TokenStanding.UNDECIDED,
    )


def test_twice_the_margins_of_the_floor_accuse_nobody() -> None:
    assert all(
        standing(near_ties(seed, 0.9, 0.6), near_ties(seed + 1000, 0.9, 0.3)) is not TokenStanding.BEYOND
        for seed in range(4)
    )


def test_coarser_roundings_lie_beyond() -> None:
    seen = [standing(near_ties(seed, 0.5, 0.6), near_ties(seed + 1000, 0.06, 0.3)) for seed in range(6)]

    assert seen.count(TokenStanding.BEYOND) >= 5


@pytest.mark.parametrize(
    ("times", "expected"), [(LEAST_TIMES, TokenStanding.UNDECIDED), (LEAST_TIMES + 0.1, TokenStanding.BEYOND)]
)
def test_size_decides_beside_chance(times: float, expected: TokenStanding) -> None:
    assert standing([[times * 0.1]] * 100, [[0.1]] * 100) is expected


@pytest.mark.parametrize(("odd", "expected"), [(9, TokenStanding.UNDECIDED), (10, TokenStanding.BEYOND)])
def test_ten_answers_beyond_a_silent_floor_are_no_chance(odd: int, expected: TokenStanding) -> None:
    assert standing([[2.0]] * odd, []) is expected


def test_answers_without_any_margin_are_the_models_own() -> None:
    assert standing([], []) is TokenStanding.EQUIVALENT


@pytest.mark.parametrize(
    ("n", "expected"), [(FEWEST_SCORED - 1, TokenStanding.UNDECIDED), (FEWEST_SCORED, TokenStanding.EQUIVALENT)]
)
def test_few_scores_show_no_sameness(n: int, expected: TokenStanding) -> None:
    assert standing([], [], n) is expected


@pytest.mark.parametrize(("n", "expected"), [(9, TokenStanding.UNDECIDED), (12, TokenStanding.BEYOND)])
def test_few_scores_lie_beyond_where_chance_is_ruled_out(n: int, expected: TokenStanding) -> None:
    assert standing([[2.0]] * n, [], n) is expected


@pytest.mark.parametrize(
    ("margin", "expected"), [(GRAIN, TokenStanding.EQUIVALENT), (GRAIN + 0.1, TokenStanding.BEYOND)]
)
def test_margins_of_another_number_format_count_only_where_one_was_measured(
    margin: float, expected: TokenStanding
) -> None:
    assert standing([[margin]] * 100, [], change="attention") is expected
    assert standing([[margin]] * 100, [], change="dtype") is TokenStanding.BEYOND


def test_every_change_of_the_reference_must_be_left_behind() -> None:
    made = scored(rows((GOOD, GOOD, 100)), [[0.3]] * 100)

    found = token_evidence_of(made, [reading(made, []), reading(made, [[0.3]] * 100, "kernels")])

    assert found is not None
    assert (found.standing, found.p_beyond) == (TokenStanding.EQUIVALENT, 1.0)
    assert found.floor is not None
    assert found.floor.change == "kernels"


def test_examples_with_one_text_are_one_observation() -> None:
    made = [replace(row, text="the same") for row in rows((GOOD, GOOD, 100))]
    made = scored(made, [[5.0]] * 100)
    found = token_evidence_of(made, [reading(made, [])])

    assert found is not None
    assert found.standing is not TokenStanding.BEYOND


def test_other_precision_is_told_where_another_one_is_the_floor() -> None:
    made = scored(rows((GOOD, GOOD, 100)), [[0.3]] * 20)
    floors = [reading(made, [], "attention"), reading(made, [[0.3]] * 20, "dtype")]

    found = token_evidence_of(made, floors)

    assert found is not None
    assert (found.standing, found.other_precision) == (TokenStanding.EQUIVALENT, True)


def test_tokens_beyond_any_margin_of_the_floor_are_decisive_and_others_near_ties() -> None:
    made = scored(rows((GOOD, GOOD, 50)), [[0.2], [0.3, 0.9, 1.5]])
    found = token_evidence_of(made, [reading(made, [[0.8]])])

    assert found is not None
    assert found.decisive == {made[1].example_id: 2}


def test_floor_is_what_the_changed_reference_would_have_written() -> None:
    own = score(0.4, 0.5)
    same, agrees, other = score(0.4, 0.5), score(), score(0.3, start=10)

    assert floor_margins(own, same) == []
    assert floor_margins(own, agrees) == [0.4, 0.5]
    assert sorted(floor_margins(own, other)) == [0.3, 0.4, 0.5]


def test_evidence_is_plain_data_and_variants_travel() -> None:
    made = rows((GOOD, GOOD, 50))
    variant = reading(made, [[0.8]])
    found = token_evidence_of(scored(made, [[0.2]]), [VariantScores.from_json(variant.as_json())])

    assert found is not None
    told = found.as_data()
    assert json.loads(json.dumps(told)) == told
    assert told["floor"]["margin_greatest"] == 0.8
    assert VariantScores.from_json(variant.as_json()) == variant
