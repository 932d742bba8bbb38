"""The rules of a run that asked no example: what examples would name, named by the wire checks alone.

Beside examples these faults are read off many answers, which show more than a check does: then no rule of this module
speaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.checks.check_id import CheckId
from reports.checks.facts import Facts
from reports.findings.diagnosis import Diagnosis

if TYPE_CHECKING:
    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId

#: Characters of the server's words that are told.
_TOLD = 200

_BILLED = "The examples tell them apart: where the text went, and the tokens that are billed for it."


def show_missing_answer(evidence: Evidence) -> Diagnosis | None:
    """Shows answers that ended by themselves and are not there."""
    checks = evidence.broken(CheckId.ANSWER_PRESENT) if evidence.wire_alone else []
    if not checks:
        return None
    thought = [check for check in checks if check.facts.reasoned]
    ids: tuple[FaultId, ...] = ("null-content", "reasoning-only", "answer-in-reasoning")
    if not thought:
        return Diagnosis(ids=("null-everything",), checks=checks)
    return Diagnosis(ids=ids, checks=thought, distinguished_by=_BILLED)


def show_unknown_field(evidence: Evidence) -> Diagnosis | None:
    """Shows a reasoning under a name that no client reads."""
    apart = evidence.broken(CheckId.REASONING_APART) if evidence.wire_alone else []
    checks = [check for check in apart if check.facts.other_fields]
    return Diagnosis(ids=("reasoning-field-unknown",), checks=checks) if checks else None


def show_dropped_reasoning(evidence: Evidence) -> Diagnosis | None:
    """Shows a reasoning that was billed and is nowhere."""
    nowhere = Facts(other_fields=())
    checks = evidence.broken(CheckId.REASONING_APART, facts=nowhere) if evidence.wire_alone else []
    return Diagnosis(ids=("reasoning-dropped",), checks=checks) if checks else None
