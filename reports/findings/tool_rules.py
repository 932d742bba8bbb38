"""The rules about tool calls that come back otherwise than they were written: in part, in another place or as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.checks.arguments_form import ArgumentsForm
from reports.checks.check_id import CheckId
from reports.checks.facts import ANY_FACTS
from reports.findings import symptoms
from reports.findings.diagnosis import Diagnosis

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.checks.check import Check
    from reports.checks.facts import Facts
    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId

#: Above this share of other texts the model may well have called otherwise, or not at all.
OTHER_MIND = 0.25

_CALLS = (CheckId.OFFERED_TOOL_CALLED, CheckId.STREAMED_TOOL_CALL_ALIKE)
_ARGUMENTS = (CheckId.TOOL_ARGUMENTS_ARE_JSON, CheckId.STREAMED_TOOL_CALL_ALIKE)


def show_prefixed_name(evidence: Evidence) -> Diagnosis | None:
    """Shows names of tools that keep words of the header, which is no special token: `functions.get_weather`."""
    return _shown("tool-name-prefixed", evidence, _CALLS, lambda facts: facts.header_in_name is not None)


def show_malformed_arguments(evidence: Evidence) -> Diagnosis | None:
    """Shows arguments that are not the text of a JSON object. What is text, the model may have written so."""
    own = _may_be_the_models_own(evidence) or evidence.has_other_tokens
    forms = {ArgumentsForm.OTHER_TEXT} if own else set()
    return _shown(
        "tool-arguments-malformed",
        evidence,
        _ARGUMENTS,
        lambda facts: facts.arguments is not None and facts.arguments not in forms and facts.in_reasoning is None,
    )


def show_call_in_reasoning(evidence: Evidence) -> Diagnosis | None:
    """Shows a call, or its arguments, at the end of the reasoning."""
    return _shown(
        "tool-call-in-reasoning", evidence, (*_CALLS, *_ARGUMENTS), lambda facts: facts.in_reasoning is not None
    )


def show_glued_call(evidence: Evidence) -> Diagnosis | None:
    """Shows a call in the answer's text, its header without special tokens glued to its arguments."""
    return _shown(
        "tool-call-glued",
        evidence,
        (*_CALLS, CheckId.TOOL_CALL_NOT_IN_CONTENT),
        lambda facts: symptoms.holds_glued_channels(facts.leaked or ""),
    )


def show_call_in_content(evidence: Evidence) -> Diagnosis | None:
    """Shows a call that is told twice: as a call, and in the answer's text."""
    return _shown(
        "tool-call-in-content",
        evidence,
        (CheckId.TOOL_CALL_NOT_IN_CONTENT,),
        lambda facts: facts.in_content is not None,
    )


def show_lost_call(evidence: Evidence) -> Diagnosis | None:
    """Shows that a call did not come back, or without its name.

    Not where the model says other things anyway: then it may not have called.
    """
    if _may_be_the_models_own(evidence):
        return None
    return _shown("tool-call-lost", evidence, _CALLS, lambda facts: facts.called is not None and not any(facts.called))


def _may_be_the_models_own(evidence: Evidence) -> bool:
    return evidence.has_same_prompts and evidence.share_of_other_texts > OTHER_MIND


def _shown(
    fault: FaultId, evidence: Evidence, check_ids: tuple[CheckId, ...], shows: Callable[[Facts], bool]
) -> Diagnosis | None:
    checks: dict[str, Check] = {
        check.id: check
        for check_id in check_ids
        for check in evidence.broken(check_id, facts=ANY_FACTS)
        if shows(check.facts)
    }
    return Diagnosis(ids=(fault,), checks=list(checks.values())) if checks else None
