"""The rules about what requests say and simple clients do not: other forms of a message, and further parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.no_completion import NoCompletion, why_error
from backends.statuses import FIRST_ERROR
from reports.checks.check import CheckOutcome
from reports.checks.check_id import CheckId
from reports.checks.facts import Facts
from reports.findings import symptoms
from reports.findings.diagnosis import Diagnosis

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from reports.checks.check import Check
    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId

    Rule: TypeAlias = Callable[[Evidence], Diagnosis | None]

#: From this status on the server says that it fails.
_FAILS = 500

#: By the check of a form of a message: the fault where it is refused, and the one where some of it is lost.
_FORMS: Mapping[CheckId, tuple[FaultId, FaultId]] = {
    CheckId.DEVELOPER_ROLE_TAKEN: ("developer-role-refused", "developer-role-lost"),
    CheckId.TEXT_PARTS_JOINED: ("text-parts-refused", "text-parts-lost"),
    CheckId.SECOND_SYSTEM_MESSAGE_TAKEN: ("second-system-refused", "first-system-lost"),
}

#: By the fault: the checks that see a field of the request without effect, and the fields.
_IGNORED: Mapping[FaultId, tuple[tuple[CheckId, ...], frozenset[str]]] = {
    "tool-choice-ignored": (
        (CheckId.TOOL_CHOICE_NONE_HONOURED, CheckId.TOOL_CHOICE_REQUIRED_HONOURED),
        frozenset({"tool_choice"}),
    ),
    "response-format-ignored": ((CheckId.JSON_SCHEMA_HONOURED,), frozenset({"response_format"})),
    "parameter-ignored": (
        (CheckId.COMPLETION_LIMIT_HONOURED, CheckId.N_HONOURED, CheckId.LOGPROBS_OF_THE_TEXT),
        frozenset({"max_completion_tokens", "n", "logprobs"}),
    ),
}


def _refused(check_id: CheckId, fault: FaultId) -> Rule:
    """Shows that a form of a message is refused, for no reason that others tell: a context, or an effort."""

    def show(evidence: Evidence) -> Diagnosis | None:
        checks = [check for check in _broken(evidence, check_id) if _is_of_the_form(check)]
        return Diagnosis(ids=(fault,), checks=checks) if checks else None

    return show


def _is_of_the_form(check: Check) -> bool:
    """Returns whether a refusal is about the form, and not a guard's, or one about a context or an effort."""
    said = check.facts.said or ""
    if check.facts.refused_form is None or symptoms.speaks_of_context(said) or "effort" in said:
        return False
    return why_error(check.facts.status or FIRST_ERROR, said) in (NoCompletion.REFUSED, NoCompletion.FAILED)


def _lost(check_id: CheckId, fault: FaultId) -> Rule:
    """Shows that a part of a request never reaches the model, where the lengths that tell it hang on no cache."""

    def show(evidence: Evidence) -> Diagnosis | None:
        if evidence.broken(CheckId.USAGE_REPEATS):
            return None
        checks = [check for check in evidence.broken(check_id) if check.facts.offset is not None]
        return Diagnosis(ids=(fault,), checks=checks) if checks else None

    return show


def _ignored(fault: FaultId) -> Rule:
    check_ids, fields = _IGNORED[fault]

    def show(evidence: Evidence) -> Diagnosis | None:
        seen = [check for check_id in check_ids for check in evidence.broken(check_id)]
        checks = [check for check in seen if check.facts.ignored in fields]
        if fault == "response-format-ignored":
            checks += evidence.broken(CheckId.RESPONSE_FORMAT_HONOURED)
        lines = sorted({str(check.facts.ignored) for check in checks if check.facts.ignored})
        return Diagnosis(ids=(fault,), checks=checks, lines=lines) if checks else None

    return show


def _misplaced_logprobs(evidence: Evidence) -> Diagnosis | None:
    checks = evidence.broken(CheckId.LOGPROBS_OF_THE_TEXT, facts=Facts(misplaced=True))
    return Diagnosis(ids=("logprobs-misplaced",), checks=checks) if checks else None


def _cut_overflow(evidence: Evidence) -> Diagnosis | None:
    """Shows what becomes of a prompt beyond the context; a server that fails on examples too may fail on it so."""
    checks = [
        check
        for check in _broken(evidence, CheckId.OVERFLOW_REFUSED)
        if check.facts.offset is not None or not evidence.rows_with(symptoms.failed_inside)
    ]
    return Diagnosis(ids=("overflow-cut",), checks=checks) if checks else None


def _failing_effort(evidence: Evidence) -> Diagnosis | None:
    """Shows a server that fails on an unknown effort, where it does not fail on examples too."""
    checks = [
        check
        for check in _broken(evidence, CheckId.UNKNOWN_EFFORT_SURVIVED)
        if (check.facts.status or FIRST_ERROR) >= _FAILS
    ]
    if not checks or evidence.rows_with(symptoms.failed_inside):
        return None
    return Diagnosis(ids=("unknown-effort-fails",), checks=checks)


def _broken(evidence: Evidence, check_id: CheckId) -> list[Check]:
    """Returns the broken checks of this id, those whose request was refused among them."""
    return [check for check in evidence.checks if check.check_id is check_id and check.outcome is CheckOutcome.BROKEN]


REQUEST_RULES: tuple[Rule, ...] = (
    *(_refused(check_id, refused) for check_id, (refused, _) in _FORMS.items()),
    *(_lost(check_id, lost) for check_id, (_, lost) in _FORMS.items()),
    _lost(CheckId.REASONING_BETWEEN_CALLS_KEPT, "call-reasoning-lost"),
    *map(_ignored, _IGNORED),
    _misplaced_logprobs,
    _failing_effort,
    _cut_overflow,
)
