"""A verdict accuses nobody without evidence, passes nobody without evidence, and says why in one sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.errors import TRANSPORT_FAILURES, FailureKind
from reports.statistics.token_evidence import token_evidence_of
from reports.text import one_line
from reports.verdict.examples_step import FEWEST_FOR_A_PASS
from reports.verdict.judge import judge
from reports.verdict.judgement import Ground, Judgement
from reports.verdict.verdict import SubjectVerdict, Verdict
from tests.reports.material import NO, PROSE, REFUSAL, YES, about, failed, result, rows, said, steady
from tests.reports.scores import reading, scored

if TYPE_CHECKING:
    from backends.completion import Answer

GOOD = (said(YES), said(YES))
ODD = (said(YES), said(NO))
API_SILENT = (said(None), said(NO))


def _judged(*pairs: tuple[Answer, Answer, int], lost: int = 0, **thresholds: float) -> SubjectVerdict:
    """Returns the verdict on a model that repeats itself, as was measured on all examples."""
    made = rows(*pairs)
    return judge(about(len(made)), made, thresholds, lost=lost, noise=steady(len(made)))


def test_equal_answers_conform() -> None:
    got = _judged((*GOOD, 100))

    assert got.judgement is Judgement.CONFORMS
    assert all(criterion.passed for criterion in got.criteria)


@pytest.mark.parametrize(
    ("odd", "judgement"),
    [(5, Judgement.CONFORMS), (6, Judgement.NO_VERDICT), (7, Judgement.DIFFERS)],
    ids=["at-the-threshold", "one-below", "beyond-chance"],
)
def test_labels_that_differ_pass_at_the_threshold_and_accuse_beyond_chance(odd: int, judgement: Judgement) -> None:
    got = _judged((*GOOD, 100 - odd), (*ODD, odd))

    assert got.judgement is judgement
    assert result(got, "label_agreement").successes == 100 - odd


@pytest.mark.parametrize(
    ("silent", "judgement"), [(1, Judgement.CONFORMS), (2, Judgement.DIFFERS), (7, Judgement.DIFFERS)]
)
def test_null_answers_of_the_api_are_held_against_the_references_own(silent: int, judgement: Judgement) -> None:
    assert _judged((*GOOD, 100 - silent), (*API_SILENT, silent)).judgement is judgement


def test_equal_labels_in_other_words_differ_by_similarity() -> None:
    dressed = (said("**Answer:** 1"), said(YES))

    got = _judged((*dressed, 100))

    assert got.judgement is Judgement.DIFFERS
    assert [criterion.name for criterion in got.criteria if not criterion.passed] == ["response_similarity"]


def test_reason_of_a_difference_names_criterion_count_and_threshold() -> None:
    got = _judged((*GOOD, 90), (*ODD, 10))

    assert (
        "label_agreement is 0.900 (90 of 100), below 0.950 and below what the same model reaches beside itself, "
        in (got.reason)
    )
    assert "1.000 beyond chance (p " in got.reason


def test_thresholds_given_take_the_place_of_the_criterias_own() -> None:
    either = ((*GOOD, 90), (*ODD, 5), (*ODD[::-1], 5))

    assert judge(about(100), rows(*either), {"label_agreement": 0.9}).judgement is Judgement.CONFORMS
    assert judge(about(100), rows(*either), {}).judgement is Judgement.NO_VERDICT
    assert _judged((*GOOD, 99), (*ODD, 1), label_agreement=1.0).judgement is Judgement.NO_VERDICT


# Completeness ---------------------------------------------------------------------------------------------------------


def test_missing_row_leaves_no_verdict_however_good_the_others_are() -> None:
    made = rows((*GOOD, 100))

    got = judge(about(100), made[:99], {})

    assert got.judgement is Judgement.NO_VERDICT
    assert got.missing == ("toxicchat-0099",)
    assert "1 of 100" in got.reason
    assert not Verdict(subjects=(got,)).complete


def test_missing_row_leaves_no_verdict_however_bad_the_others_are() -> None:
    assert judge(about(100), rows((*ODD, 99)), {}).judgement is Judgement.NO_VERDICT


def test_no_rows_at_all_leave_no_verdict_and_no_criteria() -> None:
    got = judge(about(3), [], {})

    assert (got.judgement, got.criteria, len(got.missing)) == (Judgement.NO_VERDICT, (), 3)


def test_rows_are_judged_in_the_order_of_the_sample_whatever_order_they_arrive_in() -> None:
    made = rows((*GOOD, 15), (*ODD, 15))

    straight, turned = judge(about(30), made, {}), judge(about(30), made[::-1], {})

    assert straight == turned
    assert [row.example_id for row in straight.rows] == [row.example_id for row in made]


@pytest.mark.parametrize("lost", [1, 2])
def test_lost_test_leaves_no_verdict_though_all_rows_arrived(lost: int) -> None:
    got = _judged((*GOOD, 100), lost=lost)

    assert got.judgement is Judgement.NO_VERDICT
    assert f"{lost} test" in got.reason
    assert got.missing == ()


# Thin evidence --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "judgement"), [(FEWEST_FOR_A_PASS, Judgement.CONFORMS), (FEWEST_FOR_A_PASS - 1, Judgement.NO_VERDICT)]
)
def test_pass_takes_ten_examples(n: int, judgement: Judgement) -> None:
    got = _judged((*GOOD, n))

    assert got.judgement is judgement
    assert (str(FEWEST_FOR_A_PASS) in got.reason) is (judgement is Judgement.NO_VERDICT)


@pytest.mark.parametrize("n", [1, 2, 9, 10, 19, 20])
@pytest.mark.parametrize("pair", [ODD, API_SILENT], ids=["disagrees", "null"])
def test_single_odd_answer_accuses_nobody(n: int, pair: tuple[Answer, Answer]) -> None:
    got = _judged((*GOOD, n - 1), (*pair, 1))

    assert got.judgement is (Judgement.CONFORMS if n == 20 and pair is ODD else Judgement.NO_VERDICT)


@pytest.mark.parametrize(("odd", "judgement"), [(6, Judgement.NO_VERDICT), (7, Judgement.DIFFERS)])
@pytest.mark.parametrize("n", [10, 30])
def test_few_examples_differ_where_chance_is_ruled_out(n: int, odd: int, judgement: Judgement) -> None:
    assert _judged((*GOOD, n - odd), (*ODD, odd)).judgement is judgement


@settings(max_examples=15)
@given(n=st.integers(1, 60), odd=st.integers(0, 60))
def test_few_examples_never_pass_and_none_passes_below_its_threshold(n: int, odd: int) -> None:
    odd = min(n, odd)

    got = _judged((*GOOD, n - odd), (*ODD, odd))

    assert got.judgement is not Judgement.CONFORMS or n >= FEWEST_FOR_A_PASS
    assert got.judgement is not Judgement.CONFORMS or odd / n <= 0.05 + 1e-12
    assert (got.judgement is Judgement.DIFFERS) is (odd >= 7 and odd / n > 0.05)


# The reference --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refused", [11, 30])
def test_refusals_on_both_sides_agree_however_many_they_are(refused: int) -> None:
    assert _judged((*GOOD, 100 - refused), (said(REFUSAL), said(REFUSAL), refused)).judgement is Judgement.CONFORMS


@pytest.mark.parametrize(("broken", "ground"), [(5, Ground.NOT_THE_ENDPOINTS), (10, Ground.NOT_THE_ENDPOINTS)])
def test_endpoint_is_not_accused_of_the_references_failures(broken: int, ground: Ground) -> None:
    got = _judged((*GOOD, 100 - broken), (said(YES), said(None), broken))

    assert (got.judgement, got.grounds) == (Judgement.NO_VERDICT, (ground,))
    assert f"{broken} of 100" in got.reason


def test_reference_that_breaks_more_answers_than_the_endpoint_is_no_measure() -> None:
    got = _judged((*GOOD, 84), (said(YES), said(None), 10), (*ODD, 6))

    assert (got.judgement, got.grounds) == (Judgement.NO_VERDICT, (Ground.REFERENCE_UNSUITED,))


def test_endpoint_is_accused_of_its_own_failures_beside_the_references() -> None:
    assert _judged((*GOOD, 83), (said(YES), said(None), 10), (*ODD, 7)).judgement is Judgement.DIFFERS


def test_one_failure_of_the_reference_is_within_the_threshold() -> None:
    assert _judged((*GOOD, 99), (said(NO), said(None), 1)).judgement is Judgement.CONFORMS


# Failures -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(FailureKind))
@pytest.mark.parametrize("side", ["api", "local"])
def test_side_that_never_answered_leaves_no_verdict_and_its_own_words(kind: FailureKind, side: str) -> None:
    failure = failed(kind, "there is nobody here")
    pair = (failure, said(NO)) if side == "api" else (said(NO), failure)

    got = _judged((*pair, 100))

    assert got.judgement is Judgement.NO_VERDICT
    assert got.reason.endswith("never answered: there is nobody here")
    assert got.grounds == ((Ground.API_SILENT,) if side == "api" else (Ground.REFERENCE_SILENT,))


@pytest.mark.parametrize("kind", [FailureKind.SERVER, FailureKind.REFUSED, FailureKind.UNUSABLE])
def test_error_that_the_server_itself_said_counts_against_it(kind: FailureKind) -> None:
    assert kind not in TRANSPORT_FAILURES
    assert _judged((*GOOD, 40), (failed(kind), said(NO), 60)).judgement is Judgement.DIFFERS
    assert _judged((*GOOD, 93), (failed(kind), said(NO), 7)).judgement is Judgement.DIFFERS


@pytest.mark.parametrize("kind", [FailureKind.UNREACHABLE, FailureKind.UNAVAILABLE, FailureKind.NOT_ASKED])
@pytest.mark.parametrize("unheard", [2, 50, 51, 99])
def test_request_that_reached_nobody_accuses_nobody(kind: FailureKind, unheard: int) -> None:
    got = _judged((*GOOD, 100 - unheard), (failed(kind, "broken pipe"), said(NO), unheard))

    assert got.judgement is Judgement.NO_VERDICT
    assert str(unheard) in got.reason


def test_half_unheard_still_lets_the_other_half_accuse_and_more_than_half_does_not() -> None:
    unheard = failed(FailureKind.UNREACHABLE, "broken pipe")

    def judged(odd: int) -> Judgement:
        pairs = (*ODD, 25), (*ODD[::-1], odd - 25), (unheard, said(NO), 100 - odd)
        noise = [replace(one, texts_differ=one.n) for one in steady(100)]
        return judge(about(100), rows(*pairs), {}, noise=noise).judgement

    assert (judged(50), judged(49)) == (Judgement.DIFFERS, Judgement.NO_VERDICT)


def test_one_lost_request_in_a_hundred_is_within_the_threshold() -> None:
    assert _judged((*GOOD, 99), (failed(FailureKind.UNREACHABLE), said(NO), 1)).judgement is Judgement.CONFORMS


def test_side_that_was_not_asked_leaves_the_word_to_the_side_that_is_the_reason() -> None:
    gone = failed(FailureKind.UNAVAILABLE, "this machine has no CUDA device")
    vain = failed(
        FailureKind.NOT_ASKED, "not asked, since the other side cannot answer: this machine has no CUDA device"
    )

    got = _judged((vain, gone, 100))

    assert got.reason == "The local reference never answered: this machine has no CUDA device"


def test_two_sides_that_cannot_work_are_both_named() -> None:
    got = _judged((failed(FailureKind.UNAVAILABLE, "no token."), failed(FailureKind.UNAVAILABLE, "no CUDA."), 10))

    assert "no token." in got.reason
    assert "no CUDA." in got.reason


def test_reason_is_one_printable_line_whatever_a_server_says() -> None:
    nasty = failed(FailureKind.SERVER, "answered 500: a\nb\x1b[31m\u202ec\ud800\x00")

    got = _judged((nasty, said(NO), 100))

    assert got.reason.isprintable()
    assert got.reason.endswith(r"a b\x1b[31m\u202ec\ud800\x00")


@given(st.text())
def test_one_line_is_printable_and_leaves_printable_words_alone(text: str) -> None:
    assert one_line(text).isprintable()
    if text.isprintable():
        assert one_line(text).split() == text.split()


# Several subjects -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("each", "together"),
    [
        ((), Judgement.NO_VERDICT),
        ((Judgement.CONFORMS,), Judgement.CONFORMS),
        ((Judgement.CONFORMS, Judgement.NO_VERDICT), Judgement.NO_VERDICT),
        ((Judgement.NO_VERDICT, Judgement.DIFFERS), Judgement.DIFFERS),
        ((Judgement.CONFORMS, Judgement.DIFFERS), Judgement.DIFFERS),
        ((Judgement.CONFORMS, Judgement.CONFORMS), Judgement.CONFORMS),
    ],
)
def test_run_is_as_good_as_its_worst_subject(each: tuple[Judgement, ...], together: Judgement) -> None:
    subjects = tuple(SubjectVerdict(subject=about(1), judgement=one, reason="-") for one in each)

    assert Verdict(subjects=subjects).judgement is together


def test_agreement_among_labelled_pairs_stands_beside_the_agreement_and_not_in_its_place() -> None:
    got = _judged((*GOOD, 63), (*ODD, 1), (said(REFUSAL), said(REFUSAL), 26), (said(PROSE), said(NO), 10))

    assert got.labelled_pairs == (64, 63)
    assert result(got, "label_agreement").successes == 89
    assert result(got, "label_agreement").n == 100


def test_verdict_keeps_the_subject_and_tells_no_list_of_examples() -> None:
    got = _judged((*GOOD, 10)).subject

    assert got == about(10)
    assert "examples" not in got.as_data()


def _confident(*pairs: tuple[Answer, Answer, int]) -> SubjectVerdict:
    made = rows(*pairs)
    return judge(about(len(made)), made, {}, confident=True, noise=steady(len(made)))


def test_confidence_that_the_sample_cannot_give_is_no_verdict_and_says_how_many_would_do() -> None:
    got = _confident((*GOOD, 100))

    assert got.judgement is Judgement.NO_VERDICT
    assert "api_parsed is 1.000, but its lower end 0.963 is below 0.990" in got.reason
    assert "at least 381 examples without a fault would do" in got.reason


def test_confidence_that_the_sample_gives_conforms() -> None:
    assert _confident((*GOOD, 381)).judgement is Judgement.CONFORMS


def test_estimate_that_fails_differs_with_or_without_confidence() -> None:
    assert _confident((*GOOD, 80), (*ODD, 20)).judgement is Judgement.DIFFERS


def test_rows_tell_up_to_which_margin_a_token_is_a_tie_and_how_many_are_none() -> None:
    made = scored(rows((*GOOD, 50)), [[0.2]] * 49 + [[0.4, 0.2, 0.9]])
    tokens = token_evidence_of(made, [reading(made, [[0.3]] * 50)])

    verdict = judge(about(50), made, {}, noise=steady(50), tokens=tokens)

    assert tokens is not None
    assert {row.near_tie for row in verdict.rows} == {tokens.near_tie} == {0.3}
    assert [row.decisive for row in verdict.rows] == [0] * 49 + [2]
