"""What wire checks say where no example was asked: they accuse, pass, or withhold, and tell what was not asked."""

from __future__ import annotations

import pytest

from reports.checks import CheckId, CheckOutcome, Facts
from reports.verdict.judge import judge
from reports.verdict.judgement import Ground, Judgement, VerdictKind
from reports.verdict.verdict import SubjectVerdict, Verdict
from tests.reports.material import YES, about, check, checks, rows, said

BROKEN, NOT_JUDGED, NOT_SELECTED = Ground.CHECKS_BROKEN, Ground.CHECKS_NOT_JUDGED, Ground.CHECKS_NOT_SELECTED
PART = (CheckId.NO_MARKUP, CheckId.SEED_HONOURED)


@pytest.mark.parametrize(
    ("counts", "unselected", "judgement", "grounds"),
    [
        ({"kept": 3}, (), Judgement.CONFORMS, (Ground.CHECKS_KEPT,)),
        ({"kept": 1, "skipped": 3, "known_difference": 2, "stale": 1}, (), Judgement.CONFORMS, (Ground.CHECKS_KEPT,)),
        ({"kept": 3, "broken": 1}, (), Judgement.DIFFERS, (BROKEN,)),
        ({"broken": 1}, (), Judgement.DIFFERS, (BROKEN,)),
        ({"kept": 3, "broken": 1, "unanswered": 2}, PART, Judgement.DIFFERS, (BROKEN,)),
        ({"kept": 3, "unanswered": 1}, (), Judgement.NO_VERDICT, (NOT_JUDGED,)),
        ({"kept": 3, "error": 1}, (), Judgement.NO_VERDICT, (NOT_JUDGED,)),
        ({"kept": 3}, PART, Judgement.NO_VERDICT, (NOT_SELECTED,)),
        ({"kept": 3, "unanswered": 1}, PART, Judgement.NO_VERDICT, (NOT_JUDGED, NOT_SELECTED)),
        ({"skipped": 3}, (), Judgement.NO_VERDICT, (NOT_JUDGED,)),
        ({"known_difference": 3}, (), Judgement.NO_VERDICT, (NOT_JUDGED,)),
        ({"unanswered": 3}, (), Judgement.NO_VERDICT, (NOT_JUDGED,)),
    ],
    ids=str,
)
def test_checks_alone_decide(
    counts: dict[str, int], unselected: tuple[CheckId, ...], judgement: Judgement, grounds: tuple[Ground, ...]
) -> None:
    got = judge(about(20), [], {}, checks=checks(**counts), unselected=unselected, wire_alone=True)

    assert (got.kind, got.judgement, got.grounds) == (VerdictKind.WIRE, judgement, grounds)
    assert got.is_whole is not bool(unselected)
    told = "2 claims were not selected, wholly or in part (no-markup, seed-honoured)"
    assert (told in got.reason) is bool(unselected)


def test_pass_says_what_was_counted_and_what_was_not_asked() -> None:
    got = judge(about(20), [], {}, checks=checks(kept=41, known_difference=4, skipped=1), wire_alone=True)

    assert got.reason == (
        "41 of 46 wire checks kept, 4 differ as is known, 1 skipped. No example was asked, so nothing is said of "
        "whether its answers are the model's."
    )


@pytest.mark.parametrize("facts", [Facts(status=500, said="oops"), Facts(unusable=True)])
def test_replies_none_of_which_holds_a_completion_accuse_nobody(facts: Facts) -> None:
    broken = check(CheckOutcome.BROKEN, facts=facts, message="The server answers <html>.")

    got = judge(about(20), [], {}, checks=[broken, *checks(skipped=2)], wire_alone=True)
    beside_a_kept_one = judge(about(20), [], {}, checks=[broken, *checks(kept=1)], wire_alone=True)

    assert got.judgement is Judgement.NO_VERDICT
    assert got.reason == "No completion came back for any of 3 wire checks: The server answers <html>."
    assert beside_a_kept_one.judgement is Judgement.DIFFERS


def test_lost_test_or_one_that_never_ran_passes_nobody() -> None:
    for lost, not_run in ((1, 0), (0, 1)):
        got = judge(about(20), [], {}, checks=checks(kept=3), lost=lost, not_run=not_run, wire_alone=True)

        assert got.judgement is Judgement.NO_VERDICT


def test_kind_of_a_run_is_the_most_that_any_subject_was_asked() -> None:
    alone = judge(about(20, id="other"), [], {}, checks=checks(kept=3), wire_alone=True)
    whole = judge(about(20), rows((said(YES), said(YES), 20)), {}, checks=checks(kept=3))
    audit = judge(about(20, audit=True), [], {})

    def kind_of(*subjects: SubjectVerdict) -> VerdictKind:
        return Verdict(subjects=subjects).kind

    assert (kind_of(alone), kind_of(alone, whole), kind_of(whole)) == ("wire", "examples", "examples")
    assert (kind_of(audit), kind_of(alone, audit)) == ("audit", "audit")
