"""Builds findings out of diagnoses: the best example, and a command that shows it again."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from backends.secrets import redact
from reports.findings.catalogue import FAULTS, REFERENCE_FAULTS
from reports.findings.finding import Finding
from reports.findings.rules import diagnose
from reports.findings.switches import software_of, switches_for, told
from reports.text import cut

if TYPE_CHECKING:
    from reports.findings.diagnosis import Diagnosis
    from reports.findings.evidence import Evidence
    from reports.rows.row import RowSide
    from reports.subject_info import SideInfo, SubjectInfo

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
        "finish_reason": side.told_finish_reason,
        "prompt_tokens": side.prompt_tokens,
        "completion_tokens": side.completion_tokens,
        "error": _excerpt(side.error),
    }


def _excerpt(text: str | None) -> str | None:
    return None if text is None else cut(redact(text), _EXCERPT)


def _command(diagnosis: Diagnosis, subject: SubjectInfo) -> str:
    """Returns one command: the requests themselves where the endpoint has an address, else the test that makes them."""
    endpoint = subject.api.endpoint
    if diagnosis.side == "api" and endpoint.startswith(("http://", "https://")):
        requests = _requests_of_check(diagnosis) if diagnosis.checks else []
        if not requests and diagnosis.rows and not _needs_others(diagnosis):
            requests = _requests_of_row(diagnosis)
        command = "; echo; ".join(curl_of(subject.api, request) for request in requests)
        if command and len(command) <= _LONGEST_CURL:
            return command
    return subject.rerun(diagnosis.checks[0].selector if diagnosis.checks else diagnosis.rows[0].example_id)


def _requests_of_check(diagnosis: Diagnosis) -> list[str]:
    """Returns the requests that show what the best check saw, no more than two: one for it, or one beside another."""
    check = diagnosis.checks[0]
    names = diagnosis.shown_by or check.shown_by
    requests = [_request(check.evidence[name]) for name in names if name in check.evidence]
    return [request for request in requests if request is not None][:_COMPARED]


def _requests_of_row(diagnosis: Diagnosis) -> list[str]:
    request = _request(diagnosis.rows[0].api.raw)
    return [] if request is None else [request] * diagnosis.times


def _needs_others(diagnosis: Diagnosis) -> bool:
    """Returns whether no request alone shows what the best check saw, as where many must run side by side."""
    return bool(diagnosis.checks and diagnosis.checks[0].evidence)


def curl_of(api: SideInfo, request: str, data: str | None = None) -> str:
    """Returns the command that makes a request, on the route that its body is for, as whoever ran the suite.

    Args:
        api: whom it asks.
        request: the body, an object as JSON text.
        data: what names the body to curl, such as `@request.json`; None for the body itself.
    """
    body = json.loads(request)
    route = next((route for name, route in _ROUTES.items() if name in body), _ROUTES["messages"])
    parts = urlsplit(api.endpoint)
    address = parts._replace(path=f"{parts.path.rstrip('/')}/{route}").geturl()
    options = "-sN" if body.get("stream") else "-s"
    headers = "".join(f' -H "{name}: {value}"' for name, value in api.request_headers)
    named = shlex.quote(request if data is None else data)
    return f"curl {options} {shlex.quote(address)} -H 'Content-Type: application/json'{headers} -d {named}"


#: What an exchange is compared with is one other.
_COMPARED = 2

#: By a field that stands in its requests alone: the route.
_ROUTES = {"messages": "chat/completions", "prompt": "completions", "input": "responses"}


def _request(raw: str | None) -> str | None:
    """Returns the body of the request in evidence, where it is an object of JSON in one line."""
    try:
        request = json.loads(raw or "")["request"]
        whole = isinstance(json.loads(request), dict)
    except (ValueError, TypeError, KeyError):
        return None
    return request if whole and "\n" not in request else None
