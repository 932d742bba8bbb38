"""Judges a subject: what the examples say, or the wire checks alone, then what else there is adds, step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reports.findings import Evidence
from reports.findings.evidence import no_counter
from reports.statistics.criteria import evaluate_all
from reports.statistics.disagreements import Disagreements, classify
from reports.statistics.noise import counting
from reports.verdict.audit_step import rule_on_audit
from reports.verdict.case import Case
from reports.verdict.checks_step import apply_checks
from reports.verdict.examples_step import rule_on_examples
from reports.verdict.findings_step import apply_findings, investigate, reference_drifted
from reports.verdict.judgement import Ground, Judgement, Ruling, VerdictKind
from reports.verdict.rendering_step import different_rendering
from reports.verdict.verdict import SubjectVerdict
from reports.verdict.wire_step import rule_on_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from backends.score import Score
    from reports.checks.check import Check
    from reports.checks.check_id import CheckId
    from reports.rows.row import Row
    from reports.statistics.noise import NoiseMeasurement
    from reports.statistics.token_evidence import TokenEvidence
    from reports.subject_info import SubjectInfo


def judge(
    subject: SubjectInfo,
    rows: Sequence[Row],
    thresholds: Mapping[str, float],
    *,
    confident: bool = False,
    lost: int = 0,
    checks: Sequence[Check] = (),
    not_run: int = 0,
    uncollected: Sequence[str] = (),
    unselected: Sequence[CheckId] = (),
    wire_alone: bool = False,
    noise: Sequence[NoiseMeasurement] = (),
    tokens: TokenEvidence | None = None,
    explanations: Mapping[str, Score] | None = None,
    counter: Callable[[], Callable[[str], int | None] | None] = no_counter,
) -> SubjectVerdict:
    """Returns the verdict on a subject.

    Args:
        subject: what is under test, with the ids of its whole sample.
        rows: the rows that arrived, in any order.
        thresholds: by criterion name; a missing one stands at the criterion's own.
        confident: True asks the interval's lower end to reach the thresholds. An estimate that does, with a lower end
            that does not, is thin evidence: no verdict.
        lost: conformance tests of the run whose process died under them.
        checks: what came of the subject's wire checks.
        not_run: wire checks of the subject that were selected and never came to an end.
        uncollected: conformance files that could not be collected.
        unselected: wire checks that were not selected, wholly or in part.
        wire_alone: True where no example was asked: the checks alone decide.
        noise: how far each side agrees with itself.
        tokens: what the API's tokens show under the local model; None where nobody looked.
        explanations: a few answers behind every rendering of their prompts.
        counter: brings what counts the tokens of a text.
    """
    ordered, missing = _in_order(subject, rows)
    if wire_alone:
        missing = ()
    counted = counting(noise, days_apart=subject.prompt_days is not None)
    evidence = Evidence(
        subject=subject,
        rows=ordered,
        checks=checks,
        noise=counted,
        tokens=tokens,
        explanations=explanations or {},
        counter=counter,
        wire_alone=wire_alone,
    )
    case = Case(
        evidence=evidence,
        standing=evidence,
        thresholds=thresholds,
        criteria=evaluate_all(ordered, thresholds, confident=confident, noise=counted, tokens=tokens),
        missing=missing,
        lost=lost,
        not_run=not_run,
        uncollected=uncollected,
        unselected=unselected,
        tokens=tokens,
    )
    kind = _kind(subject, wire_alone=wire_alone)
    ruling = _RULES[kind](case)
    case = investigate(case, ruling)
    for step in (different_rendering, reference_drifted, apply_checks, apply_findings, lost_tests):
        ruling = step(ruling, case)
    return SubjectVerdict(
        subject=subject,
        judgement=ruling.judgement,
        reason=ruling.reason,
        grounds=ruling.grounds,
        criteria=case.criteria,
        rows=ordered if tokens is None else tuple(_with_floor(row, tokens) for row in ordered),
        missing=missing,
        findings=case.findings,
        checks=tuple(checks),
        noise=tuple(noise),
        tokens=tokens,
        disagreements=Disagreements()
        if subject.audit
        else classify(ordered, case.criteria, counted, explained=bool(case.findings)),
        counter=counter,
        kind=kind,
        unselected=tuple(unselected),
        asymmetries=() if subject.audit else evidence.asymmetries,
    )


_RULES: Mapping[VerdictKind, Callable[[Case], Ruling]] = {
    VerdictKind.EXAMPLES: rule_on_examples,
    VerdictKind.AUDIT: rule_on_audit,
    VerdictKind.WIRE: rule_on_wire,
}


def _kind(subject: SubjectInfo, *, wire_alone: bool) -> VerdictKind:
    if wire_alone:
        return VerdictKind.WIRE
    return VerdictKind.AUDIT if subject.audit else VerdictKind.EXAMPLES


def _with_floor(row: Row, tokens: TokenEvidence) -> Row:
    """Returns the row with what the floor of the whole run says of it."""
    margins = None if tokens.floor is None else tokens.floor.margins.get(row.example_id)
    is_held = row.api_score is not None and tokens.near_tie is not None
    decisive = tokens.decisive.get(row.example_id, 0) if is_held else None
    return replace(row, near_tie=tokens.near_tie, decisive=decisive, floor_margins=margins)


def lost_tests(ruling: Ruling, case: Case) -> Ruling:
    """Returns `no-verdict` where tests were lost with their processes, whatever else happened."""
    if not case.lost:
        return ruling
    tests = (
        "1 test was lost with the process that ran it"
        if case.lost == 1
        else f"{case.lost} tests were lost with the processes that ran them"
    )
    return Ruling(Judgement.NO_VERDICT, f"{tests}: run it again.", (Ground.TESTS_LOST,))


def _in_order(subject: SubjectInfo, rows: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Returns the rows in the order of the sample, and the ids of the examples that have none."""
    order = {example: position for position, example in enumerate(subject.examples)}
    arrived = {row.example_id for row in rows}
    missing = tuple(example for example in order if example not in arrived)
    return tuple(sorted(rows, key=lambda row: order[row.example_id])), missing
