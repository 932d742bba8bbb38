"""Noise is a floor: what stays within it accuses nobody."""

from __future__ import annotations

import pytest

from reports.statistics.disagreements import classify
from reports.statistics.noise import NoiseMeasurement, exceeds, legitimate_floor, parts_earlier, precision_floor
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement
from tests.reports.material import NO, YES, about, measured, rows, said, steady

GOOD = said(YES)


def test_measurement_travels_as_text_and_tells_itself() -> None:
    one = measured("batch", 3, labels=1)

    assert NoiseMeasurement.from_json(one.as_json()) == one
    assert one.describe() == "LOCAL against itself, batch size 1: 3 of 40 texts differ, 1 label"


def test_floors_pool_what_keeps_the_precision_and_take_the_greatest_of_all() -> None:
    noise = [measured("batch", 1), measured("attention", 2), measured("dtype", 6), measured("repeat", 0, side="api")]

    assert precision_floor(noise) == (3, 120)
    assert legitimate_floor(noise) == (6, 40)
    assert precision_floor([]) == legitimate_floor([]) == (0, 0)


@pytest.mark.parametrize(
    ("differ", "floor", "beyond"),
    [(11, (0, 60), True), (5, (0, 60), False), (11, (7, 60), False), (100, (0, 0), False), (0, (0, 60), False)],
)
def test_share_exceeds_a_floor_only_beyond_chance(differ: int, floor: tuple[int, int], *, beyond: bool) -> None:
    assert exceeds(differ, 100, *floor, 0.01) is beyond


def test_measurement_knows_where_texts_part_the_reasoning_first() -> None:
    made = rows(
        (said(YES, "It insults."), said(YES, "It insults."), 1),
        (said(YES, "It insults."), said(YES, "It is calm."), 1),
        (said(YES, "It insults."), said(NO, "It insults."), 1),
    )

    assert NoiseMeasurement.of("small", "api", "repeat", made).common == (None, 4, 11)


@pytest.mark.parametrize(
    ("places", "others", "earlier"),
    [
        ([5] * 20, [60] * 20, True),
        ([5] * 20, [None] * 20, True),
        ([60] * 20, [5] * 20, False),
        ([5] * 20, [5] * 20, False),
        ([5, 60] * 10, [60, 5] * 10, False),
        ([5] * 6, [60] * 6, False),
        ([], [], False),
    ],
)
def test_texts_part_earlier_only_beyond_chance(
    places: list[int | None], others: list[int | None], *, earlier: bool
) -> None:
    one, other = (dict(zip(map(str, range(len(common))), common, strict=True)) for common in (places, others))

    assert parts_earlier(one, other, 0.01) is earlier


def test_reference_that_changes_its_own_labels_accuses_nobody() -> None:
    made = rows((said(NO), GOOD, 4), (GOOD, said(NO), 4), (GOOD, GOOD, 92))

    firm = judge(about(100), made, {}, noise=steady(100))
    shaken = judge(about(100), made, {}, noise=[measured("batch", 8, labels=8, n=100)])

    assert firm.judgement is Judgement.DIFFERS
    assert shaken.judgement is Judgement.CONFORMS


def test_disagreement_that_a_side_does_not_repeat_is_random_and_one_that_both_repeat_systematic() -> None:
    made = rows((said(NO), GOOD, 2), (GOOD, GOOD, 98))
    unsteady = [measured("batch", 1), measured("repeat", side="api")]
    criteria = judge(about(100), made, {}).criteria

    got = classify(made, criteria, unsteady, explained=False)

    assert (got.systematic, got.random) == (("toxicchat-0001",), ("toxicchat-0000",))


def test_few_disagreements_outside_the_measured_part_are_random_and_many_systematic() -> None:
    few, many = (rows((GOOD, GOOD, 100 - odd), (said(NO), GOOD, odd)) for odd in (1, 30))
    noise = [measured("batch"), measured("repeat", side="api")]
    criteria = judge(about(100), few, {}).criteria

    assert classify(few, criteria, noise, explained=False).random == ("toxicchat-0099",)
    assert len(classify(many, criteria, noise, explained=False).systematic) == 30
