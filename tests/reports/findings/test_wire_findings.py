"""A run of wire checks alone names what it can: what examples would name, by what a check has seen."""

from __future__ import annotations

import pytest

from reports.checks import CheckId, CheckOutcome, Facts
from reports.verdict.judge import judge
from reports.verdict.judgement import Ground, Judgement, VerdictKind
from tests.reports.material import YES, about, check, checks, rows, said

#: What a check has seen, and what it shows: the fault that is named, and its candidates.
SHOWN: list[tuple[CheckId, Facts, str, tuple[str, ...]]] = [
    (CheckId.ANSWER_PRESENT, Facts(reasoned=True), "null-content", ("reasoning-only", "answer-in-reasoning")),
    (CheckId.ANSWER_PRESENT, Facts(reasoned=False), "null-everything", ()),
    (CheckId.REASONING_APART, Facts(other_fields=("thoughts",)), "reasoning-field-unknown", ()),
    (CheckId.REASONING_APART, Facts(other_fields=()), "reasoning-dropped", ()),
    (CheckId.TOOL_RESULT_ACCEPTED, Facts(status=500, said="CUDA out of memory"), "server-error", ()),
    (CheckId.TOOL_RESULT_ACCEPTED, Facts(status=500, said="oops"), "server-error", ("parser-500",)),
    (
        CheckId.TOOL_RESULT_ACCEPTED,
        Facts(status=500, said="HarmonyError: unexpected tokens remaining in message header"),
        "parser-500",
        (),
    ),
    (CheckId.NO_MARKUP, Facts(leaked="<|channel|>analysis<|message|>So."), "raw-harmony-in-content", ()),
    (CheckId.STREAM_HAS_LAST_CHUNK, Facts(problems=("none",)), "stream-bad-deltas", ()),
]


@pytest.mark.parametrize(("check_id", "facts", "fault", "others"), SHOWN, ids=[f"{one[0]}-{one[2]}" for one in SHOWN])
def test_run_of_wire_checks_alone_names_its_fault(
    check_id: CheckId, facts: Facts, fault: str, others: tuple[str, ...]
) -> None:
    broken = check(CheckOutcome.BROKEN, check_id=check_id, facts=facts, message="Seen.")

    got = judge(about(20), [], {}, checks=[broken, *checks(kept=3)], wire_alone=True)

    assert (got.kind, got.judgement) == (VerdictKind.WIRE, Judgement.DIFFERS)
    assert [(one.id, one.candidates, one.count) for one in got.findings] == [(fault, others, 1)]
    assert got.reason.startswith(f"Found: {fault} (")
    assert got.grounds == (Ground.FINDINGS, Ground.CHECKS_BROKEN)


@pytest.mark.parametrize(("check_id", "facts", "fault", "others"), SHOWN[:4], ids=[one[2] for one in SHOWN[:4]])
def test_beside_examples_the_examples_name_it(
    check_id: CheckId, facts: Facts, fault: str, others: tuple[str, ...]
) -> None:
    broken = check(CheckOutcome.BROKEN, check_id=check_id, facts=facts, message="Seen.")

    got = judge(about(20), rows((said(YES), said(YES), 20)), {}, checks=[broken, *checks(kept=3)])

    assert (got.kind, got.judgement, got.findings) == (VerdictKind.EXAMPLES, Judgement.DIFFERS, ())
    assert {fault, *others}


@pytest.mark.parametrize("status", [401, 404, 429, 502])
def test_what_is_not_the_servers_own_failure_is_not_named_so(status: int) -> None:
    broken = check(CheckOutcome.BROKEN, check_id=CheckId.TOOL_RESULT_ACCEPTED, facts=Facts(status=status, said="no"))

    assert judge(about(20), [], {}, checks=[broken, *checks(kept=3)], wire_alone=True).findings == ()
