"""Texts of another legitimate prompt accuse nobody, and whatever else fails still does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from reports.checks.check import CheckOutcome
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement
from tests.reports.material import NO, PROSE, YES, about, check, failed, rows, said, tokens

if TYPE_CHECKING:
    from backends.completion import Answer
    from reports.checks.check import Check

HERE, THERE = tokens(100, 40), tokens(92, 40)
GOOD = said(YES, usage=HERE)
NOTE = "the prompt is rendered with no date line, no blank line"
LENGTH = "test_prompt.py::test_prompt_is_as_long_as_a_legitimate_rendering"


def there(content: str, reasoning: str = "Because.") -> Answer:
    """Returns an answer of an endpoint whose prompts are shorter."""
    return said(content, reasoning, usage=THERE)


def length(outcome: CheckOutcome = CheckOutcome.KEPT, case: str = "policy") -> Check:
    """Returns what came of the check on a prompt's length."""
    kept = outcome is CheckOutcome.KEPT
    return check(
        outcome, f"{LENGTH}[{case}]", message=NOTE if kept else "It is longer.", facts={} if kept else {"offset": 9}
    )


@pytest.mark.parametrize("odd", [NO, PROSE])
def test_texts_of_another_legitimate_form_accuse_nobody_and_the_way_out_is_told(odd: str) -> None:
    got = judge(about(100), rows((there(odd, reasoning="So."), GOOD, 6), (there(YES), GOOD, 94)), {}, checks=[length()])

    assert (got.judgement, got.findings) == (Judgement.NO_VERDICT, ())
    assert "with no date line, no blank line, which is legitimate" in got.reason
    assert "label_agreement is 0.940 (94 of 100)" in got.reason
    assert got.reason.endswith("give --local-rendering 'no date line, no blank line'.")


@pytest.mark.parametrize(
    ("form", "remedy"),
    [
        ("date line, blank line", "--prompt-date with the date that it prints"),
        (
            "date line, no blank line",
            "--local-rendering 'date line, no blank line' and --prompt-date with the date that it prints",
        ),
    ],
)
def test_texts_of_another_day_accuse_nobody_and_the_way_out_is_told(form: str, remedy: str) -> None:
    note = f"the prompt is rendered with {form}, the date of another day"
    seen = check(CheckOutcome.KEPT, f"{LENGTH}[policy]", message=note)

    got = judge(about(100), rows((there(NO), GOOD, 6), (there(YES), GOOD, 94)), {}, checks=[seen])

    assert (got.judgement, got.findings) == (Judgement.NO_VERDICT, ())
    assert got.reason.endswith(f"Compare like with like: give {remedy}.")


def test_same_form_is_judged_by_the_criteria() -> None:
    got = judge(about(100), rows((said(NO, usage=HERE), GOOD, 6), (GOOD, GOOD, 94)), {}, checks=[length()])

    assert got.judgement is Judgement.DIFFERS


def test_another_form_that_passes_conforms() -> None:
    got = judge(about(100), rows((there(NO), GOOD, 5), (there(YES), GOOD, 95)), {}, checks=[length()])

    assert got.judgement is Judgement.CONFORMS


@pytest.mark.parametrize(
    "seen", [[], [length(CheckOutcome.BROKEN)], [length(), length(CheckOutcome.BROKEN, "unicode")]]
)
def test_form_that_is_not_known_to_be_legitimate_excuses_nothing(seen: list[Check]) -> None:
    got = judge(about(100), rows((there(NO), GOOD, 6), (there(YES), GOOD, 94)), {}, checks=seen)

    assert got.judgement is Judgement.DIFFERS


def test_form_that_has_no_name_of_its_own_excuses_nothing_and_breaks_nothing() -> None:
    note = "the prompt is rendered with as the reference's template: date line"
    seen = check(CheckOutcome.KEPT, f"{LENGTH}[policy]", message=note)

    got = judge(about(100), rows((there(NO), GOOD, 6), (there(YES), GOOD, 94)), {}, checks=[seen])

    assert got.judgement is Judgement.DIFFERS


@pytest.mark.parametrize("odd", [failed(FailureKind.SERVER), there(""), there("<|channel|>final<|message|>1")])
def test_answers_that_no_prompt_breaks_still_accuse(odd: Answer) -> None:
    got = judge(about(100), rows((odd, GOOD, 6), (there(YES), GOOD, 94)), {}, checks=[length()])

    assert got.judgement is Judgement.DIFFERS
