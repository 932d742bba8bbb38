"""A missed threshold is held against what the same model reaches beside itself, on the same examples."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from scipy.stats import binomtest

from backends.completion import FinishReason
from backends.errors import FailureKind
from backends.score import Score, TokenSource
from reports.statistics.ceilings import LEAST_CEILING, LEVEL, MARGIN, Ceiling
from reports.statistics.criteria import CRITERIA, Standing, evaluate
from reports.statistics.resampling import chance_of_fall, chance_of_swaps, clustered, greatest_fall, mean_interval
from reports.statistics.token_evidence import TokenEvidence, TokenStanding
from reports.verdict.ceiling_words import level_with_ceiling
from reports.verdict.judge import judge
from reports.verdict.judgement import Ground, Judgement
from tests.reports.material import NO, REFUSAL, YES, about, failed, measured, rows, said, steady

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.completion import Answer
    from reports.rows.row import Row
    from reports.statistics.criteria import CriterionResult
    from reports.statistics.noise import NoiseMeasurement
    from reports.verdict.verdict import SubjectVerdict

AGREEMENT = next(criterion for criterion in CRITERIA if criterion.name == "label_agreement")
PARSED = next(criterion for criterion in CRITERIA if criterion.name == "api_parsed")
GOOD = (said(YES), said(YES))


def restless(n: int, odd: int, *, change: str = "again", side: str = "local") -> NoiseMeasurement:
    """Returns a measurement of `n` examples in which the last `odd` outcomes change."""
    values = [float(place < n - odd) for place in range(n)]
    return replace(
        measured(change, n, n=n, side=side), values={"label_agreement": values, "response_similarity": values}
    )


def apart(n: int, odd: int) -> list[Row]:
    """Returns `n` rows, the last `odd` of which do not agree: half of them either way."""
    return rows((*GOOD, n - odd), (said(YES), said(REFUSAL), odd // 2), (said(REFUSAL), said(YES), odd - odd // 2))


def agreement(made: list[Row], *noise: NoiseMeasurement, tokens: TokenEvidence | None = None) -> CriterionResult:
    return evaluate(AGREEMENT, made, noise=noise, tokens=tokens)


def test_criterion_that_reaches_its_threshold_asks_for_no_ceiling() -> None:
    got = agreement(apart(100, 5), restless(100, 0))

    assert (got.standing, got.ceiling, got.passed) == (Standing.REACHED, None, True)


def test_missed_threshold_without_a_ceiling_is_undecided_however_low() -> None:
    got = agreement(apart(100, 90))

    assert (got.standing, got.ceiling, got.passed) == (Standing.UNDECIDED, None, False)


@pytest.mark.parametrize(("odd", "standing"), [(6, Standing.UNDECIDED), (7, Standing.BELOW)])
def test_criterion_is_below_a_ceiling_where_chance_is_ruled_out(odd: int, standing: Standing) -> None:
    got = agreement(apart(100, odd), restless(100, 0))

    assert got.standing is standing
    assert got.ceiling is not None
    assert got.ceiling.p_below == pytest.approx(0.5**odd)
    assert got.ceiling.beside == pytest.approx(1 - odd / 100)
    assert (got.ceiling.observed, got.ceiling.n) == (1.0, 100)


def test_every_ceiling_must_be_missed() -> None:
    made, firm, loose = apart(100, 20), restless(100, 0, change="batch"), restless(100, 20, change="attention")

    assert agreement(made, firm).standing is Standing.BELOW
    assert agreement(made, firm, loose).standing is not Standing.BELOW


def test_endpoint_is_held_against_the_change_that_it_comes_nearest() -> None:
    made, firm, loose = apart(100, 20), restless(100, 0, change="batch"), restless(100, 15, change="dtype")

    got = agreement(made, firm, loose).ceiling

    assert got is not None
    assert (got.nearest, got.measured) == ("local dtype", ("local batch", "local dtype"))
    assert [got.observed, got.mean] == pytest.approx([0.85, 0.925])
    assert got.p_below > LEVEL


def test_change_that_was_measured_on_fewer_examples_leaves_the_word_to_the_others() -> None:
    few, many = restless(20, 0, change="batch"), restless(100, 0)

    got = agreement(apart(100, 20), few, many)

    assert got.ceiling is not None
    assert (got.ceiling.measured, got.ceiling.n) == (("local again",), 100)


@pytest.mark.parametrize(("n", "standing"), [(40, Standing.UNDECIDED), (400, Standing.LEVEL)])
def test_criterion_passes_beside_its_ceiling_only_where_enough_examples_show_it(n: int, standing: Standing) -> None:
    got = agreement(apart(n, n // 5), restless(n, n // 5))

    assert got.standing is standing
    assert got.passed is (standing is Standing.LEVEL)
    assert got.ceiling is not None
    assert (got.ceiling.fall <= MARGIN) is got.passed


def test_tokens_of_the_same_model_pass_what_is_not_below_and_nothing_else() -> None:
    same = TokenEvidence(standing=TokenStanding.EQUIVALENT, says="-")
    other = TokenEvidence(standing=TokenStanding.UNDECIDED, says="-")
    made = apart(40, 8)

    assert agreement(made, restless(40, 8), tokens=same).standing is Standing.LEVEL
    assert agreement(made, restless(40, 8), tokens=other).standing is Standing.UNDECIDED
    assert agreement(made, tokens=same).standing is Standing.UNDECIDED
    assert agreement(made, restless(40, 0), tokens=same).standing is Standing.BELOW


def test_answers_that_the_same_model_may_have_written_are_no_fall() -> None:
    same = TokenEvidence(standing=TokenStanding.EQUIVALENT, says="-")
    score = Score(answer="-", source=TokenSource.REBUILT, tokens=9, unlikely=(), log_probability=-1.0)
    made = [replace(one, api_scoring=score) for one in apart(100, 20)]
    firm = restless(100, 0)
    decisive = replace(same, decisive={one.example_id: 1 for one in made[80:]})
    cut = [replace(one, api=replace(one.api, finish_reason=FinishReason.LENGTH)) for one in made]

    got = agreement(made, firm, tokens=same)

    assert got.standing is Standing.LEVEL
    assert got.ceiling is not None
    assert (got.ceiling.explained, got.ceiling.p_below, got.ceiling.observed) == (20, 1.0, 1.0)
    assert "; 20 that differ are the same model's, token for token)" in level_with_ceiling([got], 0)
    nearer = agreement(made, firm, restless(100, 15, change="dtype"), tokens=same).ceiling
    assert nearer is not None
    assert nearer.nearest == "local dtype"
    assert agreement(made, firm, tokens=decisive).standing is Standing.BELOW
    assert agreement(cut, firm, tokens=same).standing is Standing.BELOW
    assert agreement(apart(100, 20), firm, tokens=same).standing is Standing.BELOW
    assert agreement(made, firm, tokens=replace(same, standing=TokenStanding.UNDECIDED)).standing is Standing.BELOW


def test_reference_that_does_not_agree_with_itself_passes_nobody() -> None:
    half = Ceiling(
        observed=LEAST_CEILING,
        nearest="x",
        beside=0.5,
        n=9,
        measured=("x",),
        mean=LEAST_CEILING,
        p_below=0.5,
        fall=MARGIN,
    )

    assert half.is_reached
    assert not replace(half, mean=LEAST_CEILING - 0.01).is_reached
    assert not replace(half, fall=MARGIN + 0.01).is_reached
    assert (replace(half, p_below=LEVEL).is_missed, replace(half, p_below=LEVEL / 2).is_missed) == (False, True)


def test_answers_that_the_reference_broke_and_requests_that_reached_nobody_are_no_fall() -> None:
    odd = (said(YES), said(None), 10), (failed(FailureKind.UNREACHABLE), said(YES), 10)
    made = rows((*GOOD, 80), *odd)

    got = agreement(made, restless(100, 0))

    assert got.ceiling is not None
    assert (got.ceiling.n, got.ceiling.beside, got.ceiling.p_below) == (80, 1.0, 1.0)


@pytest.mark.parametrize(
    ("api", "local", "standing"),
    [(6, 0, Standing.UNDECIDED), (7, 0, Standing.BELOW), (6, 6, Standing.LEVEL), (0, 6, Standing.REACHED)],
)
def test_broken_answers_are_held_against_the_references_own(api: int, local: int, standing: Standing) -> None:
    both = min(api, local)
    made = rows(
        (said(None), said(None), both),
        (said(None), said(YES), api - both),
        (said(YES), said(None), local - both),
        (*GOOD, 200 - api - local + both),
    )

    assert evaluate(PARSED, made).standing is standing


def test_threshold_that_the_same_model_reaches_is_excused_to_nobody() -> None:
    made = apart(1000, 53)

    assert agreement(made, restless(1000, 51)).standing is Standing.LEVEL
    assert agreement(made, restless(1000, 50)).standing is Standing.UNDECIDED


def test_ceiling_of_fewer_than_half_of_the_examples_passes_nobody() -> None:
    assert agreement(apart(1000, 100), restless(500, 200)).standing is Standing.LEVEL
    assert agreement(apart(1000, 100), restless(499, 200)).standing is Standing.UNDECIDED


def test_two_broken_answers_pass_nobody_where_the_reference_breaks_none() -> None:
    got = evaluate(PARSED, (rows((said(None), said(YES), 2), (*GOOD, 98))))

    assert got.standing is Standing.UNDECIDED


def test_rows_of_one_text_are_one_observation() -> None:
    made = [replace(one, text="the same") for one in apart(100, 20)]

    assert agreement(made, restless(100, 0)).standing is Standing.UNDECIDED
    assert clustered([("a", 1.0), ("b", 0.0), ("a", 0.0)]) == [0.5, 0.0]


@pytest.mark.parametrize(("downs", "ups"), [(7, 0), (12, 3), (30, 10), (1, 0), (3, 3)])
def test_chance_of_a_fall_is_that_of_the_exact_sign_test(downs: int, ups: int) -> None:
    exact = binomtest(downs, downs + ups, 0.5, alternative="greater").pvalue

    assert chance_of_fall([-1.0] * downs + [1.0] * ups + [0.0] * 50) == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize(("n", "shown"), [(50, False), (60, True)])
def test_examples_without_any_difference_show_no_more_than_their_number(n: int, shown: bool) -> None:  # noqa: FBT001 - a table
    assert (greatest_fall([0.0] * n) <= MARGIN) is shown


@pytest.mark.slow
@pytest.mark.parametrize("work", [mean_interval, greatest_fall, chance_of_fall, chance_of_swaps])
def test_memory_does_not_grow_with_the_examples(work: Callable[[list[float]], object]) -> None:
    values = [place % 7 - 2.75 for place in range(10_000)]

    work(values[:100])
    tracemalloc.start()
    work(values)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 100e6


# The verdict ----------------------------------------------------------------------------------------------------------


def verdict(made: list[Row], *noise: NoiseMeasurement) -> SubjectVerdict:
    return judge(about(len(made)), made, {}, noise=noise)


def test_endpoint_that_is_as_restless_as_its_reference_conforms_with_both_numbers() -> None:
    got = verdict(apart(400, 80), restless(400, 80))

    assert got.judgement is Judgement.CONFORMS
    assert got.grounds == (Ground.CRITERIA_PASSED, Ground.LEVEL_WITH_CEILING)
    level = "label_agreement 0.800 is as close to the reference as the reference is to itself"
    assert f"{level} (0.800: LOCAL against itself, asked again)" in got.reason


def test_level_that_was_measured_on_a_part_is_told_with_the_numbers_of_the_part() -> None:
    same = TokenEvidence(standing=TokenStanding.EQUIVALENT, says="-")
    changed = [restless(20, 0, change="batch"), restless(20, 8, change="dtype")]

    odd = said(YES), said(REFUSAL)

    got = agreement(rows((*odd, 8), (*GOOD, 12), (*odd, 17), (*GOOD, 63)), *changed, tokens=same)

    assert level_with_ceiling([got], 0) == (
        "label_agreement 0.750 is as close to the reference as the reference is to itself (on the 20 examples that "
        "were asked twice 0.600 beside 0.600: LOCAL against itself, another number format)."
    )


@pytest.mark.parametrize(
    ("noise", "told"),
    [
        ((), "; how far the same model agrees with itself was not measured. To decide it, measure that: --noise-size"),
        ((restless(20, 4),), "To decide it, measure it on all examples: --noise-size 60."),
        ((restless(60, 11),), "To decide it, ask about more examples: about "),
    ],
)
def test_undecided_verdict_says_what_would_decide_it(noise: tuple[NoiseMeasurement, ...], told: str) -> None:
    got = verdict(apart(60, 12), *noise)

    assert (got.judgement, got.grounds) == (Judgement.NO_VERDICT, (Ground.UNDECIDED,))
    assert got.reason.startswith("Undecided: label_agreement is 0.800 (48 of 60), below 0.950")
    assert told in got.reason


def test_endpoint_that_falls_below_differs_with_the_ceiling_and_the_probability() -> None:
    got = verdict(apart(100, 20), *steady(100))

    assert (got.judgement, got.grounds[-1]) == (Judgement.DIFFERS, Ground.CRITERIA_FAILED)
    assert "below what the same model reaches beside itself, 1.000 beyond chance (p < 0.001)" in got.reason


def test_answers_that_both_sides_refuse_in_other_words_agree() -> None:
    other: Answer = said("I cannot help with that.")

    assert agreement(rows((*GOOD, 50), (other, said(REFUSAL), 50))).passed
    assert not agreement(rows((*GOOD, 50), (other, said(NO), 50))).passed
