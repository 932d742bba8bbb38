"""An endpoint that parts from itself is held against a reference that was asked twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.checks import CheckId, Facts
from reports.findings import find
from reports.statistics.token_evidence import token_evidence_of
from tests.reports.findings.shown import DRAWN, OTHER_WORDS, broken, evidence, repeated
from tests.reports.scores import reading, scored

RESTLESS_API = (repeated("batch", 1, 20), repeated("dtype", 2, 20), repeated("repeat", 18, 20))


@pytest.mark.parametrize(("odd", "name"), [(19, "temperature-ignored"), (8, "nondeterministic")])
def test_endpoint_that_parts_from_itself_where_its_reference_does_not_is_named(odd: int, name: str) -> None:
    found = find(evidence([(DRAWN, odd)], [], noise=RESTLESS_API))

    assert [finding.id for finding in found] == [name]


@pytest.mark.parametrize("floor", [5, 15, 20])
def test_endpoint_that_parts_from_itself_as_its_reference_does_is_accused_of_nothing(floor: int) -> None:
    noise = (repeated("batch", 0, 20), repeated("dtype", floor, 20), repeated("repeat", min(floor + 5, 20), 20))

    assert find(evidence([(OTHER_WORDS, 6)], [], noise=noise)) == ()


def test_endpoint_whose_reference_was_not_measured_is_accused_of_nothing_by_its_noise() -> None:
    assert find(evidence([(OTHER_WORDS, 6)], [], noise=(repeated("repeat", 20, 20),))) == ()


def test_restless_endpoint_that_thinks_no_longer_ignores_the_effort() -> None:
    seen = [broken(CheckId.EFFORT_CHANGES_THINKING, Facts(longer=False))]

    assert [finding.id for finding in find(evidence([], seen))] == ["effort-ignored"]


def test_drawn_tokens_of_an_endpoint_that_parts_from_itself_name_the_temperature() -> None:
    made = evidence([(DRAWN, 60)], [], noise=(repeated("batch", 1, 20), repeated("repeat", 15, 20)))
    found = scored(made.rows, [[0.3, 0.6]] * 60)
    tokens_show = token_evidence_of(found, [reading(found, [[0.1]] * 3)])

    assert [one.id for one in find(replace(made, rows=found, tokens=tokens_show))] == ["temperature-ignored"]


@pytest.mark.parametrize(
    ("places", "name"),
    [
        ((2,) * 20, "temperature-ignored"),
        ((20,) * 20, "temperature-ignored"),
        ((2, 60) * 10, "temperature-ignored"),
        ((60,) * 20, "weights-quantised-4bit"),
        ((60,) * 15 + (2,) * 5, "weights-quantised-4bit"),
    ],
)
def test_drawn_texts_part_from_each_other_as_early_as_from_the_references(places: tuple[int, ...], name: str) -> None:
    """A model whose wording hangs on near-ties writes other texts in another number format, all of them."""
    changed = replace(repeated("dtype", 20, 20), common=(40,) * 20)
    again = replace(repeated("repeat", 20, 20), common=places)
    made = evidence([(DRAWN, 60)], [], noise=(changed, again))
    found = scored(made.rows, [[0.3, 0.6]] * 60)
    tokens_show = token_evidence_of(found, [reading(found, [[0.1]] * 3)])

    (finding,) = find(replace(made, rows=found, tokens=tokens_show))

    assert finding.id == name
    assert "temperature-ignored" in (finding.id, *finding.candidates)


def test_kernel_that_breaks_beside_an_endpoint_that_parts_from_itself_is_no_drawing() -> None:
    again = replace(repeated("repeat", 20, 20), common=(2,) * 20)
    made = evidence([(DRAWN, 20)], [], noise=(repeated("dtype", 20, 20), again))
    found = scored(made.rows, [[9.0, 12.0]] * 20)
    tokens_show = token_evidence_of(found, [reading(found, [[0.1]] * 3)])

    assert [one.id for one in find(replace(made, rows=found, tokens=tokens_show))] == ["kernel-gibberish"]
