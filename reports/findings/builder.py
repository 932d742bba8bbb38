"""Builds findings out of diagnoses: the best example, and a command that shows it again."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backends.secrets import redact
from reports.findings.catalogue import FAULTS, REFERENCE_FAULTS
from reports.findings.finding import Finding
from reports.findings.rules import diagnose
from reports.findings.switches import software_of, switches_for, told
from reports.text import cut

if TYPE_CHECKING:
    from reports.checks.check import Check
    from reports.findings.diagnosis import Diagnosis
    from reports.findings.evidence import Evidence
    from reports.rows.row import Row, RowSide
    from reports.subject_info import SubjectInfo

#: Characters of a text that a finding repeats; the files of the report hold all of it.
_EXCERPT = 400

#: Examples and checks that a finding lists by name.
_LISTED = 20

#: A request longer than this is no command to be copied by hand.
_LONGEST_CURL = 4000


def find(evidence: Evidence) -> tuple[Finding, ...]:
    """Returns the findings that the evidence supports, the one that explains most first."""
    found = [make_finding(diagnosis, evidence.subject) for diagnosis in diagnose(evidence)]
    # All raw replies are read for it, and only a finding tells it.
    software = software_of(evidence) if found else None
    return tuple(replace(one, switches=told(switches_for(one.id, software), software)) for one in found)


def make_finding(diagnosis: Diagnosis, subject: SubjectInfo) -> Finding:
    """Returns a diagnosis as a finding about a subject."""
    name, *others = diagnosis.ids
    known = FAULTS if diagnosis.side == "api" else REFERENCE_FAULTS
    tied = [known[one] for one in diagnosis.ids[: diagnosis.tied]]
    return Finding(
        id=name,
        # Where nothing tells several faults apart, none of them is stated alone.
        title=" - or: ".join(one.title for one in tied),
        count=len(diagnosis.rows) or len(diagnosis.checks),
        evidence=_evidence(diagnosis),
        cause=" Or: ".join(one.cause for one in tied),
        reproduce=_command(diagnosis, subject),
        resembles=tuple(case for one in tied for case in one.resembles),
        candidates=tuple(others),
        distinguished_by=diagnosis.distinguished_by,
        side=diagnosis.side,
    )


def _evidence(diagnosis: Diagnosis) -> dict[str, Any]:
    best: dict[str, Any] = {}
    if diagnosis.side != "api":
        best["side"] = diagnosis.side
    if diagnosis.lines:
        best["lines"] = [_excerpt(line) for line in diagnosis.lines]
    if diagnosis.checks:
        check = diagnosis.checks[0]
        best["check"] = {"id": check.id, "message": cut(check.message, _EXCERPT)}
    if diagnosis.rows:
        row = diagnosis.rows[0]
        best["example"] = {
            "example_id": row.example_id,
            "text": _excerpt(row.text),
            "api": _said(row.api),
            "local": None if row.audited else _said(row.local),
        }
    best["examples"] = [row.example_id for row in diagnosis.rows[:_LISTED]]
    best["checks"] = [check.id for check in diagnosis.checks[:_LISTED]]
    return best


def _said(side: RowSide) -> dict[str, Any]:
    return {
        "outcome": str(side.outcome),
        "reasoning": _excerpt(side.reasoning),
        "response": _excerpt(side.response),
        "finish_reason": None if side.finish_reason is None else str(side.finish_reason),
        "prompt_tokens": side.prompt_tokens,
        "completion_tokens": side.completion_tokens,
        "error": _excerpt(side.error),
    }


def _excerpt(text: str | None) -> str | None:
    return None if text is None else redact(cut(text, _EXCERPT))


def _command(diagnosis: Diagnosis, subject: SubjectInfo) -> str:
    """Returns one command: the request itself where the endpoint has an address, else the test that sends it."""
    endpoint = subject.api.endpoint
    if diagnosis.side == "api" and endpoint.startswith(("http://", "https://")):
        request = _request_of_check(diagnosis.checks[0]) if diagnosis.checks else None
        request = request or (_request_of_row(diagnosis.rows[0]) if diagnosis.rows else None)
        if request is not None and len(request) <= _LONGEST_CURL:
            address = f"{endpoint.rstrip('/')}/{_route(request)}"
            return (
                f"curl -s {shlex.quote(address)} -H 'Content-Type: application/json' "
                f'-H "Authorization: Bearer $HF_TOKEN" -d {shlex.quote(request)}'
            )
    selected = diagnosis.checks[0].selector if diagnosis.checks else diagnosis.rows[0].example_id
    return f"pytest conformance -k {selected}"


def _route(request: str) -> str:
    """Returns the route that takes a request, by what no other has: only the Responses API has an input."""
    try:
        said = json.loads(request)
    except ValueError:
        said = {}
    return "responses" if "input" in said else "completions" if "prompt" in said else "chat/completions"


def _request_of_check(check: Check) -> str | None:
    return next((_request(raw) for raw in check.evidence.values() if _request(raw)), None)


def _request_of_row(row: Row) -> str | None:
    return _request(row.api.raw)


def _request(raw: str | None) -> str | None:
    try:
        request = json.loads(raw or "")["request"]
    except (ValueError, TypeError, KeyError):
        return None
    return request if isinstance(request, str) and request.startswith("{") and "\n" not in request else None
