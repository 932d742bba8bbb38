"""Texts of another legitimate prompt accuse nobody, and whatever else fails still does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from backends.renderings import Form, FormChoice
from reports.checks import CheckId, CheckOutcome, Facts
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement
from tests.reports.material import NO, PROSE, YES, about, check, failed, measured, rows, said, steady, tokens

if TYPE_CHECKING:
    from backends.completion import Answer
    from reports.checks import Check
    from reports.subject_info import SubjectInfo

HERE, THERE = tokens(100, 40), tokens(92, 40)
GOOD = said(YES, usage=HERE)
LINES = (FormChoice.NO_DATE_LINE, FormChoice.NO_BLANK_LINE)
OTHER = Form(choices=LINES, otherwise=LINES)


def there(content: str, reasoning: str = "Because.") -> Answer:
    """Returns an answer of an endpoint whose prompts are shorter."""
    return said(content, reasoning, usage=THERE)


def length(outcome: CheckOutcome = CheckOutcome.KEPT, case: str = "policy", form: Form = OTHER) -> Check:
    """Returns what came of the check on a prompt's length."""
    return lengths(form, outcome=outcome, case=case)


def lengths(*forms: Form, outcome: CheckOutcome = CheckOutcome.KEPT, case: str = "policy") -> Check:
    """Returns the same where the length leaves these forms open."""
    facts = Facts(forms=forms) if outcome is CheckOutcome.KEPT else Facts(offset=9)
    return check(
        outcome,
        f"test_prompt.py::test_x[{case}]",
        check_id=CheckId.PROMPT_LENGTH_LEGITIMATE,
        message="It was seen.",
        facts=facts,
    )


@pytest.mark.parametrize("odd", [NO, PROSE])
def test_texts_of_another_legitimate_form_accuse_nobody_and_the_way_out_is_told(odd: str) -> None:
    got = judge(about(100), rows((there(odd, reasoning="So."), GOOD, 6), (there(YES), GOOD, 94)), {}, checks=[length()])

    assert (got.judgement, got.findings) == (Judgement.NO_VERDICT, ())
    assert "with no date line, no blank line, which is legitimate" in got.reason
    assert "label_agreement is 0.940 (94 of 100)" in got.reason
    assert got.reason.endswith("give --local-rendering 'no date line, no blank line'.")


@pytest.mark.parametrize(
    ("otherwise", "remedy"),
    [
        ((), "--prompt-date with the date that it prints"),
        (
            (FormChoice.NO_BLANK_LINE,),
            "--local-rendering 'date line, no blank line' and --prompt-date with the date that it prints",
        ),
    ],
)
def test_texts_of_another_day_accuse_nobody_and_the_way_out_is_told(
    otherwise: tuple[FormChoice, ...], remedy: str
) -> None:
    seen = length(form=Form(choices=LINES, otherwise=otherwise, another_day=True))

    got = judge(about(100), rows((there(NO), GOOD, 6), (there(YES), GOOD, 94)), {}, checks=[seen])

    assert (got.judgement, got.findings) == (Judgement.NO_VERDICT, ())
    assert "the date of another day, which is legitimate" in got.reason
    assert got.reason.endswith(f"Compare like with like: give {remedy}.")


FED = Form(choices=LINES)
WITHOUT_LINE = Form(choices=LINES, otherwise=LINES[1:])
EQUALLY_LONG = rows((said(NO, usage=HERE), GOOD, 7), (GOOD, GOOD, 93))


def fed(*otherwise: FormChoice, **more: str) -> SubjectInfo:
    """Returns a subject whose reference does this otherwise than its chat template."""
    told = {"rendering": ", ".join(otherwise)} if otherwise else {}
    return about(100, local={"model": "some/model", **told, **more})


@pytest.mark.parametrize(("form", "otherwise"), [(FED, ()), (WITHOUT_LINE, LINES[1:]), (OTHER, LINES)])
def test_form_that_the_reference_is_fed_in_too_is_judged_by_the_criteria(
    form: Form, otherwise: tuple[FormChoice, ...]
) -> None:
    got = judge(fed(*otherwise), EQUALLY_LONG, {}, checks=[length(form=form)], noise=steady(100))

    assert got.judgement is Judgement.DIFFERS


@pytest.mark.parametrize(
    ("form", "otherwise", "words"),
    [(WITHOUT_LINE, (), "date line, no blank line"), (FED, LINES[1:], "date line, blank line")],
)
def test_another_form_of_the_same_length_accuses_nobody(
    form: Form, otherwise: tuple[FormChoice, ...], words: str
) -> None:
    got = judge(fed(*otherwise), EQUALLY_LONG, {}, checks=[length(form=form)])

    assert (got.judgement, got.findings) == (Judgement.NO_VERDICT, ())
    assert got.reason.endswith(f"Compare like with like: give --local-rendering '{words}'.")


def test_forms_that_lengths_leave_open_accuse_nobody_and_all_are_told() -> None:
    got = judge(fed(), EQUALLY_LONG, {}, checks=[lengths(FED, WITHOUT_LINE)])

    assert (got.judgement, got.findings) == (Judgement.NO_VERDICT, ())
    assert "with date line, blank line, or with date line, no blank line: all of them are legitimate" in got.reason


def test_texts_are_no_finding_where_the_form_is_open() -> None:
    odd = rows((said(YES, "In other words.", usage=HERE), GOOD, 60), (GOOD, GOOD, 40))
    noise = [measured("batch", n=20)]

    assert judge(fed(), odd, {}, noise=noise, checks=[length(form=FED)]).findings != ()
    assert judge(fed(), odd, {}, noise=noise, checks=[lengths(FED, WITHOUT_LINE)]).findings == ()


def test_recorded_reference_is_to_be_recorded_again() -> None:
    got = judge(fed(recorded="a.rec of 2026-03-04"), EQUALLY_LONG, {}, checks=[length(form=WITHOUT_LINE)])

    assert got.reason.endswith("record the reference again with --local-rendering 'date line, no blank line'.")


def test_another_form_that_passes_conforms() -> None:
    got = judge(about(100), rows((there(NO), GOOD, 5), (there(YES), GOOD, 95)), {}, checks=[length()])

    assert got.judgement is Judgement.CONFORMS


@pytest.mark.parametrize(
    "seen", [[], [length(CheckOutcome.BROKEN)], [length(), length(CheckOutcome.BROKEN, "unicode")]]
)
def test_form_that_is_not_known_to_be_legitimate_excuses_nothing(seen: list[Check]) -> None:
    got = judge(about(100), rows((there(NO), GOOD, 7), (there(YES), GOOD, 93)), {}, checks=seen, noise=steady(100))

    assert got.judgement is Judgement.DIFFERS


@pytest.mark.parametrize(
    "form",
    [
        Form(),
        Form(choices=LINES[:1], otherwise=LINES[:1], as_reference=True),
        Form(choices=LINES[:1], otherwise=LINES[:1], literal_tokens_as_text=True),
    ],
)
def test_form_that_no_option_gives_excuses_nothing_and_breaks_nothing(form: Form) -> None:
    made = rows((there(NO), GOOD, 7), (there(YES), GOOD, 93))
    got = judge(about(100), made, {}, checks=[length(form=form)], noise=steady(100))

    assert got.judgement is Judgement.DIFFERS


@pytest.mark.parametrize("odd", [failed(FailureKind.SERVER), there(""), there("<|channel|>final<|message|>1")])
def test_answers_that_no_prompt_breaks_still_accuse(odd: Answer) -> None:
    got = judge(about(100), rows((odd, GOOD, 6), (there(YES), GOOD, 94)), {}, checks=[length()])

    assert got.judgement is Judgement.DIFFERS
