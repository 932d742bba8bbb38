"""The rules of a run that asked no example: what examples would name, named by the wire checks alone.

Beside examples these faults are read off many answers, which show more than a check does: then no rule of this module
speaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.statuses import Meant, meant_by
from reports.checks.check import CheckOutcome, with_outcome
from reports.checks.check_id import CheckId
from reports.checks.facts import Facts
from reports.findings import symptoms
from reports.findings.diagnosis import Diagnosis
from reports.text import cut, one_line

if TYPE_CHECKING:
    from reports.checks.check import Check
    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId

#: Characters of the server's words that are told.
_TOLD = 200

_BILLED = "The examples tell them apart: where the text went, and the tokens that are billed for it."


def show_refused_inside(evidence: Evidence) -> Diagnosis | None:
    """Shows a server that fails on some of the legitimate calls, in its own words."""
    if not evidence.wire_alone or not with_outcome(evidence.checks, CheckOutcome.KEPT):
        return None
    checks = [check for check in with_outcome(evidence.checks, CheckOutcome.BROKEN) if _failed_inside(check)]
    if not checks:
        return None
    lines = [cut(one_line(f"HTTP {checks[0].facts.status}: {checks[0].facts.said}"), _TOLD)]
    if any(symptoms.speaks_of_the_parser(check.facts.said) for check in checks):
        return Diagnosis(ids=("parser-500", "server-error"), checks=checks, lines=lines)
    ids: tuple[FaultId, ...] = ("server-error",)
    if not all(symptoms.speaks_of_the_machine(check.facts.said) for check in checks):
        ids = (*ids, "parser-500")
    return Diagnosis(ids=ids, checks=checks, lines=lines, distinguished_by=_AGAIN if len(ids) > 1 else "")


_AGAIN = "Send such a request again: a parser fails on the same texts each time, and its words are in the server's log."


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


def _failed_inside(check: Check) -> bool:
    """Returns whether a legitimate call failed inside the server, for no reason of its context."""
    status = check.facts.status
    inside = status is not None and meant_by(status) is Meant.SERVER
    return inside and not symptoms.speaks_of_context(check.facts.said)
