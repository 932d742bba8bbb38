"""What changed between two reports is named, and a regression is what the design calls worse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from backends.errors import FailureKind
from reports.changes import NotComparableError, compare, outcome_line
from reports.changes.change import ChangeKind, Direction
from reports.changes.report import ToldFinding, ToldSubject
from reports.checks import CheckOutcome
from reports.statistics.token_evidence import TokenStanding
from reports.verdict.judgement import Judgement
from tests.reports.changes.material import told
from tests.reports.material import NO, REFUSAL, YES, check, failed, rows, said

if TYPE_CHECKING:
    from reports.changes import Comparison, Report

GOOD = rows((said(YES), said(YES), 60))
CRASHING = rows((failed(FailureKind.SERVER, "oops"), said(YES), 20), (said(YES), said(YES), 40))


def _compared(old: Report, new: Report, *, anyway: bool = False) -> Comparison:
    return compare(old, [new], anyway=anyway)[0]


def _with(report: Report, **more: Any) -> Report:  # noqa: ANN401 - the other fields
    return replace(report, subjects=(replace(report.subjects[0], **more),))


def test_one_fault_is_named_with_the_examples_that_flipped() -> None:
    found = _compared(told(GOOD), told(CRASHING))

    kinds = {change.kind for change in found.regressions}
    assert {ChangeKind.VERDICT, ChangeKind.FINDING, ChangeKind.CRITERION} <= kinds
    assert "server-error is new" in outcome_line(found)
    flips = found.subjects[0].flips
    assert [flip.conv_id for flip in flips] == [f"conv-{place}" for place in range(20)]
    assert {(flip.old, flip.new, flip.left, flip.new_answer) for flip in flips} == {("label 1", "error", True, "oops")}


def test_end_of_a_fault_is_no_regression() -> None:
    found = _compared(told(CRASHING), told(GOOD))

    assert not found.regressions
    assert Direction.BETTER in {change.direction for change in found.changes}
    assert "the finding server-error is gone" in outcome_line(found)


def test_a_few_flips_are_told_and_are_no_change() -> None:
    restless = rows((said(NO), said(YES), 2), (said(YES), said(YES), 58))

    found = _compared(told(GOOD), told(restless))

    assert (found.changes, outcome_line(found)) == ((), "no change beyond chance.")
    assert len(found.subjects[0].flips) == 2


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (Judgement.CONFORMS, Judgement.DIFFERS, Direction.WORSE),
        (Judgement.NO_VERDICT, Judgement.DIFFERS, Direction.WORSE),
        (Judgement.DIFFERS, Judgement.CONFORMS, Direction.BETTER),
        (Judgement.DIFFERS, Judgement.NO_VERDICT, Direction.OTHER),
        (Judgement.CONFORMS, Judgement.NO_VERDICT, None),
        (Judgement.NO_VERDICT, Judgement.CONFORMS, None),
        (Judgement.DIFFERS, Judgement.DIFFERS, None),
    ],
)
def test_verdict_is_worse_where_it_became_differs(old: Judgement, new: Judgement, expected: Direction | None) -> None:
    found = _compared(_with(told(GOOD), verdict=old), _with(told(GOOD), verdict=new))

    assert [change.direction for change in found.changes] == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (TokenStanding.EQUIVALENT, TokenStanding.BEYOND, Direction.WORSE),
        (TokenStanding.BEYOND, TokenStanding.EQUIVALENT, Direction.BETTER),
        (TokenStanding.UNDECIDED, TokenStanding.BEYOND, Direction.OTHER),
        (TokenStanding.EQUIVALENT, TokenStanding.UNDECIDED, None),
        (None, TokenStanding.BEYOND, None),
    ],
)
def test_tokens_are_worse_where_they_left_the_model(
    old: TokenStanding | None, new: TokenStanding, expected: Direction | None
) -> None:
    found = _compared(_with(told(GOOD), tokens=old), _with(told(GOOD), tokens=new))

    assert [change.direction for change in found.changes] == ([] if expected is None else [expected])


def _findings(subject: ToldSubject, *findings: ToldFinding) -> Report:
    return replace(told(GOOD), subjects=(replace(subject, findings=findings),))


SHOWN = ToldFinding(id="other-model", examples=("toxicchat-0001",), candidates=("weights-quantised-4bit",))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ((), (SHOWN,), [Direction.WORSE]),
        ((SHOWN,), (SHOWN,), []),
        ((SHOWN,), (), [Direction.BETTER]),
        ((SHOWN,), (replace(SHOWN, id="weights-quantised-4bit", candidates=()),), []),
        ((), (replace(SHOWN, side="local"),), [Direction.OTHER]),
        ((), (ToldFinding(id="usage-wrong", checks=("test_x.py::test_y",)),), [Direction.OTHER]),
    ],
    ids=["new", "still", "gone", "by-another-name", "of-the-reference", "not-looked-at-before"],
)
def test_finding_is_worse_where_it_is_the_endpoints_and_new(
    old: tuple[ToldFinding, ...], new: tuple[ToldFinding, ...], expected: list[Direction]
) -> None:
    subject = told(GOOD).subjects[0]

    found = _compared(_findings(subject, *old), _findings(subject, *new))

    assert [change.direction for change in found.changes if change.kind is ChangeKind.FINDING] == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (CheckOutcome.KEPT, CheckOutcome.BROKEN, [Direction.WORSE]),
        (CheckOutcome.BROKEN, CheckOutcome.KEPT, [Direction.BETTER]),
        (CheckOutcome.UNANSWERED, CheckOutcome.BROKEN, []),
        (CheckOutcome.KEPT, CheckOutcome.UNANSWERED, []),
        (CheckOutcome.KNOWN_DIFFERENCE, CheckOutcome.BROKEN, []),
    ],
)
def test_check_is_worse_where_it_was_kept_and_is_broken(
    old: CheckOutcome, new: CheckOutcome, expected: list[Direction]
) -> None:
    found = _compared(told(GOOD, [check(old)]), told(GOOD, [check(new, message="seen")]))

    assert [change.direction for change in found.changes if change.kind is ChangeKind.CHECK] == expected


def test_fall_that_another_precision_explains_is_told_and_is_no_regression() -> None:
    rounded = [replace(row, decisive=0) for row in rows((said(NO), said(YES), 20), (said(YES), said(YES), 40))]
    new = _with(told(rounded), verdict=Judgement.CONFORMS, findings=(), tokens=TokenStanding.EQUIVALENT)

    found = _compared(told(GOOD), new)

    assert not found.regressions
    assert "label_agreement fell from 1.000 to 0.667" in outcome_line(found)
    assert "near-ties explain it" in outcome_line(found)
    undecided = _with(new, tokens=TokenStanding.UNDECIDED)
    assert {change.what for change in _compared(told(GOOD), undecided).regressions} >= {"label_agreement"}


def test_way_of_answering_that_moved_is_told_and_is_no_regression_by_itself() -> None:
    """Both runs' references refuse with the API: nothing says that the newer way is the worse one."""
    refusing = rows((said(REFUSAL), said(REFUSAL), 20), (said(YES), said(YES), 40))

    found = _compared(told(GOOD), told(refusing))

    assert {change.kind for change in found.changes} == {ChangeKind.SHIFT}
    assert not found.regressions
    assert "the API refuses 20 of 60 examples, in the older run 0" in outcome_line(found)


@pytest.mark.parametrize(
    ("model", "policy", "word"),
    [
        ("some/model", "toxic_detailed", "the policy: toxic_simple in the older report, toxic_detailed in the newer"),
        ("other/model", "toxic_simple", "the model: some/model in the older report, other/model in the newer"),
    ],
)
def test_other_questions_are_refused_with_what_differs(model: str, policy: str, word: str) -> None:
    with pytest.raises(NotComparableError, match=word):
        _compared(told(GOOD), told(GOOD, model=model, policy=policy))

    assert _compared(told(GOOD), told(GOOD, model=model, policy=policy), anyway=True).subjects[0].common == 60


def test_other_settings_that_the_requests_show_are_refused() -> None:
    def asked(effort: str) -> list[Any]:
        raw = f'{{"request": "{{\\"reasoning_effort\\": \\"{effort}\\", \\"temperature\\": 0}}", "status": 200}}'
        return rows((said(YES, raw=raw), said(YES), 30))

    with pytest.raises(NotComparableError, match=r"the settings \(reasoning effort\): low in the older report, high"):
        _compared(told(asked("low")), told(asked("high")))
    assert not _compared(told(asked("low")), told(asked("low"))).changes


def test_other_sample_is_refused_and_what_both_have_is_compared_anyway() -> None:
    sample = {"size": 40, "seed": 1, "stratify": "balanced", "sha256": "cd" * 32}
    part = told(CRASHING[:40], sample=sample)

    with pytest.raises(NotComparableError, match="the sample: 60 examples in the older report and 40 in the newer"):
        _compared(told(GOOD), part)

    found = _compared(told(GOOD), part, anyway=True)
    assert found.subjects[0].common == 40
    # The verdict is on other examples: only what is paired makes a regression.
    assert {change.kind for change in found.regressions} == {ChangeKind.CRITERION}


def test_part_of_the_sample_is_held_against_the_whole() -> None:
    whole = told(GOOD)
    part = _with(whole, rows=tuple(GOOD[:5]), missing=tuple(row.example_id for row in GOOD[5:]))

    assert _compared(whole, part).subjects[0].common == 5


def test_what_neither_report_tells_is_told_as_unknown() -> None:
    found = _compared(told(GOOD), told(GOOD))

    assert "the settings" in found.subjects[0].likeness.untold
    assert "the policy (its text)" in found.subjects[0].likeness.untold


def test_settings_that_the_reports_tell_count_more_than_requests() -> None:
    def with_settings(effort: str) -> Report:
        report = told(GOOD)
        data = {**report.subjects[0].told, "prompt": {"reasoning_effort": effort}}
        return _with(report, told=data)

    with pytest.raises(NotComparableError, match=r"the settings \(reasoning_effort\)"):
        _compared(with_settings("low"), with_settings("high"))


def test_subjects_are_paired_by_id_and_the_others_are_told() -> None:
    one, two = told(GOOD, name="a"), told(GOOD, name="b")
    twice = replace(two, subjects=(*two.subjects, replace(two.subjects[0], id="other")))

    assert _compared(one, twice).unpaired == (("other", "b"),)
    with pytest.raises(NotComparableError, match="a tells of small, and b of x, y"):
        _compared(one, replace(two, subjects=tuple(replace(two.subjects[0], id=name) for name in "xy")))


def test_more_reports_ask_for_more_of_each_test() -> None:
    falling = told(rows((said(NO), said(YES), 9), (said(YES), said(YES), 51)))

    alone = compare(told(GOOD), [falling])
    among = compare(told(GOOD), [falling] * 3)

    assert alone[0].subjects[0].criteria[0].corrected < among[0].subjects[0].criteria[0].corrected


def test_other_day_is_told_and_compares() -> None:
    def of_day(day: str) -> Report:
        report = told(GOOD)
        return _with(report, told={**report.subjects[0].told, "prompt": {"temperature": 0, "date": day}})

    found = _compared(of_day("2026-11-22"), of_day("2026-11-29"))

    assert [note.told for note in found.subjects[0].likeness.notes] == [
        "the day that the prompts print: 2026-11-22 in the older report, 2026-11-29 in the newer"
    ]


def test_policy_of_one_name_and_another_text_or_reading_is_another_policy() -> None:
    def with_policy(**policy: object) -> Report:
        report = told(GOOD)
        return _with(report, told={**report.subjects[0].told, "policy": {"name": "toxic_simple", **policy}})

    with pytest.raises(NotComparableError, match=r"the policy \(its text\): aa in the older report, bb in the newer"):
        _compared(with_policy(sha256="aa"), with_policy(sha256="bb"))
    with pytest.raises(NotComparableError, match="how answers are read"):
        _compared(with_policy(reading={}), with_policy(reading={"pointer": "/label"}))


def test_verdict_by_other_thresholds_is_told_and_is_no_regression() -> None:
    strict = _with(told(GOOD), verdict=Judgement.DIFFERS)
    criteria = [{"name": "label_agreement", "threshold": 1.0}]
    strict = _with(strict, told={**strict.subjects[0].told, "criteria": criteria})

    found = _compared(told(GOOD), strict)

    assert [change.direction for change in found.changes] == [Direction.OTHER]
    assert "the thresholds" in found.subjects[0].likeness.notes[0].told
