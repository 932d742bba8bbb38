"""Each fault's evidence leads to its name, and what is nobody's fault to none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reports.checks import CheckId, CheckOutcome, Facts
from reports.findings import FAULTS, find
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement
from tests.reports.material import PROSE, REFUSAL, YES, check, said

if TYPE_CHECKING:
    from backends.completion import Answer
from tests.reports.findings.shown import LIMIT, QUIET, SHOWN, THOUGHT, answered, evidence, shown

#: A fault that stands beside others as a candidate and is never accused alone: it is legitimate to round so.
NEVER_FIRST = {"weights-quantised-8bit"}


def test_every_fault_is_shown_here() -> None:
    assert set(SHOWN) | NEVER_FIRST == set(FAULTS)


@pytest.mark.parametrize("fault", SHOWN)
def test_evidence_of_a_fault_leads_to_its_name_alone(fault: str) -> None:
    findings = find(shown(fault))

    assert [finding.id for finding in findings] == [fault]
    told = findings[0].as_data()
    assert told["count"] >= 1
    assert told["reproduce"].startswith(("curl ", "pytest conformance "))
    assert told["cause"]
    assert told["resembles"]
    assert fault not in told["candidates"]
    assert bool(told["candidates"]) == bool(told["told_apart_by"])
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize("fault", SHOWN)
def test_finding_makes_the_verdict_differ_though_all_criteria_may_pass(fault: str) -> None:
    seen = shown(fault)

    got = judge(seen.subject, seen.rows, {}, checks=seen.checks, noise=QUIET, tokens=seen.tokens, counter=seen.counter)

    assert got.judgement is Judgement.DIFFERS
    assert got.reason.startswith(f"Found: {fault} (")


@pytest.mark.parametrize(
    "both",
    [
        pytest.param(said("<|channel|>final<|message|>1", None), id="markup"),
        pytest.param(said(None, None), id="nothing"),
        pytest.param(said(REFUSAL, None), id="refusals"),
        pytest.param(said(PROSE), id="no label"),
        pytest.param(said(YES, None), id="no reasoning"),
        pytest.param(said(THOUGHT, None, finish_reason=LIMIT), id="cut"),
    ],
)
def test_what_the_reference_does_too_is_nobodys_fault(both: Answer) -> None:
    assert find(evidence([(both, 10)], [], local=both)) == ()


@pytest.mark.parametrize("odd", [answered(None), answered("1<|channel|>"), answered(PROSE), answered(YES, None)])
def test_single_odd_answer_accuses_nobody(odd: Answer) -> None:
    assert find(evidence([(odd, 1)], [])) == ()


def test_known_difference_is_no_finding() -> None:
    known = check(
        CheckOutcome.KNOWN_DIFFERENCE,
        check_id=CheckId.STOP_STRING_LEFT_OUT,
        message="Known.",
        facts=Facts(stop_left=True),
    )

    assert find(evidence([], [known])) == ()


def test_faults_that_have_nothing_to_do_with_each_other_are_both_told() -> None:
    seen = [*SHOWN["stop-string-left"][1], *SHOWN["stream-bad-deltas"][1]]

    assert {finding.id for finding in find(evidence([], seen))} == {"stop-string-left", "stream-bad-deltas"}
