"""Tells what the rules have shown: the best example, and a command that shows it again."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from backends.secrets import redact
from reports.findings.catalogue import FAULTS, REFERENCE_FAULTS
from reports.findings.finding import Finding
from reports.findings.rules import shown_faults
from reports.text import cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.checks.check import Check
    from reports.findings.diagnosis import Shown
    from reports.findings.evidence import Evidence

#: Characters of a text that a finding repeats; the files of the report hold all of it.
_EXCERPT = 400

#: Examples and checks that a finding lists by name.
_LISTED = 20

#: A request longer than this is no command to be copied by hand.
_LONGEST_CURL = 4000


def find(evidence: Evidence) -> tuple[Finding, ...]:
    """Returns the findings that the evidence supports, the one that explains most first."""
    return tuple(tell(shown, evidence.about) for shown in shown_faults(evidence))


def tell(shown: Shown, about: Mapping[str, Any]) -> Finding:
    """Returns what a rule has shown as a finding about a subject."""
    name, *others = shown.ids
    fault = (FAULTS if shown.side == "api" else REFERENCE_FAULTS)[name]
    return Finding(
        id=name,
        title=fault.title,
        count=len(shown.rows) or len(shown.checks),
        evidence=_evidence(shown),
        cause=fault.cause,
        reproduce=_command(shown, about),
        resembles=fault.resembles,
        candidates=tuple(others),
        apart=shown.apart,
        side=shown.side,
    )


def _evidence(shown: Shown) -> dict[str, Any]:
    best: dict[str, Any] = {}
    if shown.side != "api":
        best["side"] = shown.side
    if shown.lines:
        best["lines"] = [_excerpt(line) for line in shown.lines]
    if shown.checks:
        check = shown.checks[0]
        best["check"] = {"id": check.id, "message": cut(check.message, _EXCERPT)}
    if shown.rows:
        row = shown.rows[0]
        best["example"] = {
            "example_id": row["example_id"],
            "text": _excerpt(row["text"]),
            "api": _said(row, "api"),
            "local": _said(row, "local"),
        }
    best["examples"] = [row["example_id"] for row in shown.rows[:_LISTED]]
    best["checks"] = [check.id for check in shown.checks[:_LISTED]]
    return best


def _said(row: Mapping[str, Any], side: str) -> dict[str, Any]:
    return {
        "outcome": row[f"{side}_outcome"],
        "reasoning": _excerpt(row[f"{side}_reasoning"]),
        "response": _excerpt(row[f"{side}_response"]),
        "finish_reason": row[f"{side}_finish_reason"],
        "prompt_tokens": row[f"{side}_prompt_tokens"],
        "completion_tokens": row[f"{side}_completion_tokens"],
        "error": _excerpt(row[f"{side}_error"]),
    }


def _excerpt(text: str | None) -> str | None:
    return None if text is None else redact(cut(text, _EXCERPT))


def _command(shown: Shown, about: Mapping[str, Any]) -> str:
    """Returns one command: the request itself where the endpoint has an address, else the test that sends it."""
    endpoint = str(about["api"].get("endpoint", ""))
    if shown.side == "api" and endpoint.startswith(("http://", "https://")):
        request = _request_of_check(shown.checks[0]) if shown.checks else None
        request = request or (_request_of_row(shown.rows[0]) if shown.rows else None)
        if request is not None and len(request) <= _LONGEST_CURL:
            address = f"{endpoint.rstrip('/')}/chat/completions"
            return (
                f"curl -s {shlex.quote(address)} -H 'Content-Type: application/json' "
                f'-H "Authorization: Bearer $HF_TOKEN" -d {shlex.quote(request)}'
            )
    selected = shown.checks[0].selector if shown.checks else shown.rows[0]["example_id"]
    return f"pytest conformance -k {selected}"


def _request_of_check(check: Check) -> str | None:
    return next((_request(raw) for raw in check.evidence.values() if _request(raw)), None)


def _request_of_row(row: Mapping[str, Any]) -> str | None:
    return _request(row["api_raw"])


def _request(raw: str | None) -> str | None:
    try:
        request = json.loads(raw or "")["request"]
    except (ValueError, TypeError, KeyError):
        return None
    return request if isinstance(request, str) and request.startswith("{") and "\n" not in request else None
