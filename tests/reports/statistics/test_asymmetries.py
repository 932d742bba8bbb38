"""Two sides that could be swapped show no asymmetry, and what shows one is told with direction and size."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from backends.completion import FinishReason
from reports.findings import Evidence, find
from reports.statistics.asymmetries import LEVEL, asymmetries_of, holm
from reports.statistics.features import FEATURES
from reports.statistics.noise import NoiseMeasurement
from reports.statistics.token_evidence import token_evidence_of
from reports.verdict.judge import judge
from reports.verdict.judgement import Ground, Judgement
from tests.reports.material import NO, REFUSAL, YES, about, rows, said, tokens
from tests.reports.scores import reading, scored

if TYPE_CHECKING:
    from backends.completion import Answer
    from reports.rows.row import Row

GOOD = said(YES)


def drawn(rng: Random, *, refuses: float = 0.15, length: float = 30.0) -> Answer:
    """Returns an answer of a restless model: it refuses now and then, and thinks as long as it happens to."""
    thought = "so " * max(1, round(rng.lognormvariate(0, 0.6) * length))
    content = REFUSAL if rng.random() < refuses else rng.choice([YES, NO])
    return said(content, thought, usage=tokens(100, len(thought.split()) + 20))


def drawn_rows(seed: int, n: int = 100, **api: float) -> list[Row]:
    rng = Random(seed)  # noqa: S311 - drawn answers, no secrets
    return rows(*((drawn(rng, **api), drawn(rng), 1) for _ in range(n)))


def names(found: list[Row], *noise: NoiseMeasurement) -> set[str]:
    return {one.feature for one in asymmetries_of(found, noise)}


def test_sides_that_could_be_swapped_show_no_asymmetry() -> None:
    assert [seed for seed in range(40) if names(drawn_rows(seed))] == []


def test_sides_that_are_equal_show_no_asymmetry() -> None:
    assert names(rows((GOOD, GOOD, 50), (said(REFUSAL), said(REFUSAL), 50))) == set()


def test_swapped_sides_show_the_same_the_other_way() -> None:
    found = drawn_rows(1, refuses=0.6, length=90.0)
    turned = [replace(row, api=row.local, local=row.api) for row in found]

    one, other = asymmetries_of(found), asymmetries_of(turned)

    assert [seen.feature for seen in one] == [seen.feature for seen in other]
    assert [seen.size for seen in one] == pytest.approx([-seen.size for seen in other])
    assert {"labels", "refusals", "reasoning-length", "completion-tokens"} <= {seen.feature for seen in one}


CUT: dict[str, Any] = {"finish_reason": FinishReason.LENGTH}


TOLD = [
    (
        GOOD,
        said(REFUSAL),
        "refusals",
        "the API refuses 0 of 100 examples, the local reference 60",
    ),
    (GOOD, said(REFUSAL), "labels", "the API gives a label on 100 of 100 examples, the local reference 40"),
    (said(NO), GOOD, "toxic-labels", "the API says toxic to 40 of 100 examples, the local reference 100"),
    (
        said(YES, **CUT),
        GOOD,
        "cut-answers",
        "the API is cut off by a limit on 60 of 100 examples, the local reference 0",
    ),
    (
        said(YES, "x" * 58),
        GOOD,
        "reasoning-length",
        "the API's reasoning, in characters, is longer on 60 of 100 examples, 38 on average where the local one is 8",
    ),
    (
        said("1" + " word" * 20),
        said("no"),
        "answer-length",
        "the API's answer, in characters, is longer on 60 of 100 examples, 61 on average where the local one is 2",
    ),
    (
        said(YES, usage=tokens(9, 20)),
        said(YES, usage=tokens(9, 90)),
        "completion-tokens",
        (
            "the API's completion, in tokens as billed, is shorter on 60 of 60 examples, 20 on average where the "
            "local one is 90"
        ),
    ),
]


@pytest.mark.parametrize(("api", "local", "feature", "told"), TOLD)
def test_asymmetry_is_told_with_its_direction_and_size(api: Answer, local: Answer, feature: str, told: str) -> None:
    found = {one.feature: one for one in asymmetries_of(rows((api, local, 60), (GOOD, GOOD, 40)))}

    assert found[feature].told == told
    assert found[feature].p_value <= found[feature].corrected < LEVEL


def test_every_feature_is_told_somewhere() -> None:
    assert {feature for _, _, feature, _ in TOLD} == {feature.name for feature in FEATURES}


def test_small_asymmetry_of_many_examples_is_not_counted() -> None:
    few = rows((GOOD, said(REFUSAL), 30), (GOOD, GOOD, 970))

    assert names(few) == set()
    assert names(few[:300]) == {"labels", "refusals"}


@pytest.mark.parametrize("white_space", ["\n", "  "])
def test_white_space_and_tokens_of_the_format_are_no_asymmetry(white_space: str) -> None:
    api = said(f"{YES}{white_space}", f"Because.{white_space}", usage=tokens(9, 31))

    assert names(rows((api, said(YES, usage=tokens(9, 40)), 100))) == set()


def test_broken_answers_are_another_question() -> None:
    assert names(rows((said(None), GOOD, 40), (GOOD, GOOD, 60))) == set()


def test_what_a_legitimate_change_shows_of_itself_is_not_counted() -> None:
    found = rows((GOOD, said(REFUSAL), 20), (GOOD, GOOD, 80))
    shown = NoiseMeasurement.of("small", "local", "day", found)
    quiet = NoiseMeasurement.of("small", "local", "batch", rows((GOOD, GOOD, 100)))

    assert names(found, quiet) == {"labels", "refusals"}
    assert names(found, quiet, shown) == set()


def test_holm_corrects_for_the_tests_that_could_have_shown_something() -> None:
    assert holm([0.001, 0.004, 0.2], [0.0, 0.0, 0.0]) == pytest.approx([0.003, 0.008, 0.2])
    assert holm([0.004, 0.5, 1.0], [0.0, 0.5, 1.0]) == pytest.approx([0.004, 0.5, 1.0])
    assert holm([], []) == []


# The finding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [False, True])
def test_sides_unlike_beyond_chance_are_another_model_or_prompt(turned: bool) -> None:  # noqa: FBT001 - a table
    odd = (said(REFUSAL), GOOD) if turned else (GOOD, said(REFUSAL))
    found = rows((*odd, 21), (GOOD, GOOD, 79))

    got = judge(about(100), found, {})

    assert (got.judgement, [finding.id for finding in got.findings]) == (Judgement.DIFFERS, ["other-model"])
    assert Ground.FINDINGS in got.grounds
    assert "Another model or prompt" in got.reason
    api, local = ((21, 0), (0, 21))[not turned]
    assert f"the API refuses {api} of 100 examples, the local reference {local} (p < 0.001)" in got.reason
    assert got.findings[0].candidates


def test_cut_answers_are_the_fault_of_a_limit() -> None:
    seen = rows((said(YES, finish_reason=FinishReason.LENGTH), GOOD, 21), (GOOD, GOOD, 79))

    (finding,) = find(Evidence(subject=about(100), rows=seen, checks=[]))

    assert finding.id == "budget-eaten-by-reasoning"


def test_prompts_of_other_lengths_may_be_unlike_without_accusation() -> None:
    there, here = tokens(92, 40), tokens(100, 40)
    found = rows(
        (said(YES, usage=there), said(REFUSAL, usage=here), 21), (said(YES, usage=there), said(YES, usage=here), 79)
    )

    assert Evidence(subject=about(100), rows=found, checks=[]).asymmetries == ()


@pytest.mark.parametrize(
    ("unread", "found"),
    [
        pytest.param(0, set(), id="all-read"),
        pytest.param(20, {"refusals", "labels"}, id="refusals-not-read"),
    ],
)
def test_what_the_same_model_wrote_is_no_asymmetry_of_texts(unread: int, found: set[str]) -> None:
    """A number format rounds ties one way; what a guard in front of the model says was not written by it."""
    refused, labelled = said(REFUSAL, "Brief."), said(YES, "A much longer thought about all of it.")
    made = scored(rows((refused, labelled, 20), (labelled, labelled, 80)), [[0.1]] * 100)
    made = [replace(row, api_scoring=None) if place < unread else row for place, row in enumerate(made)]
    read = token_evidence_of(made, [reading(made, [[0.3]] * 100)])
    evidence = Evidence(subject=about(100), rows=made, checks=[], tokens=read)

    assert read is not None
    assert read.shows_the_same_model
    assert {one.feature for one in asymmetries_of(made)} >= {"refusals", "labels"}
    assert {one.feature for one in evidence.asymmetries} >= found
    assert bool(evidence.asymmetries) is bool(found)
