"""A claim that was seen to break accuses; what could not be looked at only holds back a pass; nothing else counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from reports.checks.check import NO_LONGER_DIFFERS, Check, CheckOutcome
from reports.verdict.checks_step import NAMED
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement
from tests.reports.material import NO, YES, about, check, checks, failed, rows, said, steady

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.rows.row import Row
    from reports.verdict.verdict import SubjectVerdict

GOOD = (said(YES), said(YES), 100)
DIFFERENT = (said(YES), said(NO), 10)
UNREACHABLE = (failed(FailureKind.UNREACHABLE, "nobody there."), said(NO), 100)
ANSWERS_500 = (failed(FailureKind.SERVER, "oops."), said(NO), 100)
LOCAL_ALONE_FAILS = (
    failed(FailureKind.NOT_ASKED, "not asked, since the other side cannot answer: no CUDA device."),
    failed(FailureKind.UNAVAILABLE, "no CUDA device."),
    100,
)

#: What the examples say without any check: rows, and how many of the sample's rows are missing.
EXAMPLES: dict[str, tuple[list[Row], int]] = {
    "conforms": (rows(GOOD), 0),
    "differs": (rows((said(YES), said(YES), 90), DIFFERENT), 0),
    "too few": (rows((said(YES), said(YES), 5)), 0),
    "missing": (rows(GOOD), 1),
    "none": ([], 3),
    "no reference": (rows((said(NO), said(None), 100)), 0),
    "local unavailable": (rows(LOCAL_ALONE_FAILS), 0),
    "unreachable": (rows(UNREACHABLE), 0),
    "answers 500": (rows(ANSWERS_500), 0),
}
CONFORMS, DIFFERS, NO_VERDICT = Judgement

#: What the examples say, the checks by outcome, and the verdict.
RULES = [
    ("conforms", {}, CONFORMS),
    ("conforms", {"kept": 31}, CONFORMS),
    ("conforms", {"kept": 28, "known_difference": 2, "skipped": 1}, CONFORMS),
    ("conforms", {"skipped": 31}, CONFORMS),
    ("conforms", {"known_difference": 31}, CONFORMS),
    ("conforms", {"kept": 30, "broken": 1}, DIFFERS),
    ("conforms", {"broken": 1}, DIFFERS),
    ("conforms", {"kept": 30, "unanswered": 1}, NO_VERDICT),
    ("conforms", {"kept": 30, "error": 1}, NO_VERDICT),
    ("conforms", {"broken": 1, "unanswered": 29, "error": 1}, DIFFERS),
    ("differs", {"kept": 31}, DIFFERS),
    ("differs", {"kept": 30, "unanswered": 1}, DIFFERS),
    ("differs", {"kept": 30, "broken": 1}, DIFFERS),
    ("too few", {"kept": 31}, NO_VERDICT),
    ("too few", {"kept": 30, "broken": 1}, DIFFERS),
    ("missing", {"kept": 31}, NO_VERDICT),
    ("missing", {"kept": 30, "broken": 1}, DIFFERS),
    ("none", {"kept": 31}, NO_VERDICT),
    ("none", {"broken": 1}, DIFFERS),
    ("no reference", {"kept": 31}, NO_VERDICT),
    ("no reference", {"kept": 30, "broken": 1}, DIFFERS),
    ("local unavailable", {"kept": 31}, NO_VERDICT),
    ("local unavailable", {"kept": 30, "broken": 1}, DIFFERS),
    ("local unavailable", {"unanswered": 30, "broken": 1}, DIFFERS),
    ("unreachable", {"unanswered": 31}, NO_VERDICT),
    ("unreachable", {"unanswered": 30, "broken": 1}, NO_VERDICT),
    ("unreachable", {"skipped": 30, "broken": 1}, NO_VERDICT),
    ("unreachable", {"kept": 30, "broken": 1}, DIFFERS),
    ("answers 500", {"unanswered": 30, "broken": 1}, NO_VERDICT),
    ("answers 500", {"kept": 30, "broken": 1}, DIFFERS),
]


def _judged(examples: str, made: Sequence[Check], *, lost: int = 0, not_run: int = 0) -> SubjectVerdict:
    arrived, missing = EXAMPLES[examples]
    noise = steady(len(arrived))
    return judge(about(len(arrived) + missing), arrived, {}, lost=lost, checks=made, not_run=not_run, noise=noise)


@pytest.mark.parametrize(
    ("examples", "counts", "judgement"), RULES, ids=[f"{name}: {counts}" for name, counts, _ in RULES]
)
def test_rules_give_the_verdict(examples: str, counts: dict[str, int], judgement: Judgement) -> None:
    made = checks(**counts)

    got = _judged(examples, made)

    assert got.judgement is judgement, got.reason
    assert got.reason.isprintable()
    assert got.checks == tuple(made)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_checks_that_accuse_nobody_leave_the_examples_their_word(examples: str) -> None:
    without, beside = (_judged(examples, made) for made in ([], checks(kept=29, known_difference=1, skipped=1)))

    assert (beside.judgement, beside.reason) == (without.judgement, without.reason)


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize("counts", [{"broken": 31}, {"kept": 30, "broken": 1}], ids=str)
def test_lost_test_leaves_no_verdict_whatever_was_broken(examples: str, counts: dict[str, int]) -> None:
    got = _judged(examples, checks(**counts), lost=1)

    assert got.judgement is Judgement.NO_VERDICT
    assert got.reason == "1 test was lost with the process that ran it: run it again."


def test_check_that_never_came_to_an_end_holds_back_a_pass_and_no_accusation() -> None:
    held, accused = _judged("conforms", checks(kept=1), not_run=2), _judged("conforms", checks(broken=1), not_run=2)

    assert (held.judgement, held.reason) == (
        Judgement.NO_VERDICT,
        "2 wire checks never came to an end: run it again.",
    )
    assert accused.judgement is Judgement.DIFFERS


# Reasons --------------------------------------------------------------------------------------------------------------


def test_reason_names_how_many_checks_fail_and_their_claims() -> None:
    assert _judged("conforms", checks(broken=2, kept=29)).reason == (
        "2 of 31 wire checks fail: Claim 0 holds; Claim 1 holds."
    )
    assert _judged("conforms", checks(broken=1)).reason == "1 of 1 wire check fails: Claim 0 holds."


@pytest.mark.parametrize("broken", [NAMED, NAMED + 1, NAMED + 2])
def test_reason_names_the_first_claims_alone_and_counts_the_others(broken: int) -> None:
    reason = _judged("conforms", checks(broken=broken, kept=20)).reason

    assert reason.count(" holds") == NAMED
    assert reason.endswith(f"; and {broken - NAMED} more." if broken > NAMED else "holds.")


def test_claim_that_breaks_in_several_cases_is_named_once() -> None:
    made = [check(CheckOutcome.BROKEN, f"test_x.py::test_y[{case}]") for case in "abcd"]

    assert _judged("conforms", made).reason == "4 of 4 wire checks fail: The counts of tokens add up."


def test_reason_names_criteria_and_checks_where_both_fail() -> None:
    reason = _judged("differs", checks(broken=1, kept=1)).reason

    assert "label_agreement is 0.900 (90 of 100), below 0.950 and below " in reason
    assert reason.endswith(". 1 of 2 wire checks fails: Claim 0 holds.")


def test_reason_says_why_the_examples_alone_give_no_verdict() -> None:
    assert _judged("missing", checks(broken=1, kept=1)).reason == (
        "1 of 2 wire checks fails: Claim 0 holds. The examples alone give no verdict: "
        "1 of 101 examples have no row, so the run is not complete."
    )


def test_reason_of_a_pass_that_was_held_back_tells_what_went_wrong() -> None:
    got = _judged("conforms", checks(kept=28, unanswered=2, error=1), not_run=1)

    assert got.reason == (
        "2 of 31 wire checks got no answer: Message 28. 1 of 31 wire checks could not be judged: Message 30. "
        "1 wire check never came to an end: run it again."
    )


def test_reason_repeats_a_long_message_of_many_lines_in_one_short_line() -> None:
    nasty = check(CheckOutcome.UNANSWERED, message="answered\n\x1b[2J" + "x" * 100_000)

    reason = _judged("conforms", [nasty]).reason

    assert reason.isprintable()
    assert len(reason) < 300
    assert r"answered \x1b[2J" in reason


def test_known_difference_that_no_longer_differs_accuses_nobody() -> None:
    stale = check(CheckOutcome.STALE, message=f"{NO_LONGER_DIFFERS}: remove its entry from x.toml")

    assert _judged("conforms", [stale]).judgement is Judgement.CONFORMS
