"""Reads off pytest's report of a wire check what came of it.

A wire check is a test with the marker `wire`, parametrized over `subject` and perhaps over a case. Its docstring begins
with its claim; the marker `exchanges` names what it looks at; the marker `known_difference`, beside a strict `xfail`,
says that its endpoint is known to fail it.
"""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any

from backends.secrets import redact
from reports.checks.check import NO_LONGER_DIFFERS, Check, CheckOutcome
from reports.checks.check_violation import CheckViolation
from reports.session.collector import CONFORMANCE
from reports.session.statuses import NOTE_PROPERTY, ExampleMismatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

#: A full stop before a capital ends a sentence; one in "e.g. this" or "/v1/models" does not.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`'\"(])")


def check_of(item: pytest.Item, report: pytest.TestReport, error: BaseException | None) -> Check | None:
    """Returns what came of a wire check, where this is the report that tells it.

    Args:
        item: the test.
        report: of one of its phases, as pytest's own `xfail` handling left it.
        error: what the phase raised.

    Returns:
        The check, or None where the test is no wire check of a subject or another phase tells.
    """
    subject = subject_of(item)
    tells = report.when == "call" or (report.when == "setup" and not report.passed)
    if subject is None or not tells or item.get_closest_marker("wire") is None:
        return None
    known = _known_difference(item)
    outcome, message = _outcome(report, error, known)
    if outcome is CheckOutcome.KEPT:
        message = " ".join(str(text) for name, text in item.user_properties if name == NOTE_PROPERTY)
    exchanges = dict.fromkeys(str(name) for marker in item.iter_markers("exchanges") for name in marker.args)
    return Check(
        id=_id_of(item, subject),
        subject=subject,
        claim=claim_of(item),
        outcome=outcome,
        message=redact(message),
        exchanges=tuple(exchanges),
        link=str(known.get("link", "")) if outcome is CheckOutcome.KNOWN_DIFFERENCE else "",
        evidence=_evidence(error) if outcome is CheckOutcome.BROKEN else {},
        facts=_facts(error) if outcome is CheckOutcome.BROKEN else {},
    )


def claim_of(item: pytest.Item) -> str:
    """Returns the first sentence of a test's docstring without line breaks; without docstring, the name in words."""
    text = inspect.getdoc(getattr(item, "function", None)) or ""
    sentence = _SENTENCE_END.split(" ".join(text.partition("\n\n")[0].split()), maxsplit=1)[0]
    return sentence or item.name.partition("[")[0].replace("_", " ")


def subject_of(item: pytest.Item) -> str | None:
    """Returns the id of the subject that a test is parametrized with, or None where it has none."""
    subject = getattr(getattr(item, "callspec", None), "params", {}).get("subject")
    name = getattr(subject, "id", None)
    return None if name is None else str(name)


def _id_of(item: pytest.Item, subject: str) -> str:
    parameters = str(item.callspec.id) if hasattr(item, "callspec") else ""
    test = item.nodeid.removesuffix(f"[{parameters}]").removeprefix(CONFORMANCE)
    case = parameters.removeprefix(subject).removeprefix("-")
    return f"{test}[{case}]" if case else test


def _known_difference(item: pytest.Item) -> Mapping[str, object]:
    marker = item.get_closest_marker("known_difference")
    return {} if marker is None else marker.kwargs


def _outcome(
    report: pytest.TestReport, error: BaseException | None, known: Mapping[str, object]
) -> tuple[CheckOutcome, str]:
    """Returns how the check ended, and the message that goes with it."""
    expected = getattr(report, "wasxfail", None)
    if isinstance(error, ExampleMismatch):
        return CheckOutcome.UNANSWERED, str(error)
    if isinstance(error, CheckViolation):
        known_reason = CheckOutcome.KNOWN_DIFFERENCE, str(known.get("reason", expected))
        return (CheckOutcome.BROKEN, str(error)) if expected is None else known_reason
    if report.skipped:
        return CheckOutcome.SKIPPED, str(expected or error)
    if error is not None:
        return CheckOutcome.ERROR, f"{type(error).__name__}: {error}"
    return (CheckOutcome.KEPT, "") if report.passed else (CheckOutcome.STALE, _stale(known))


def _stale(known: Mapping[str, object]) -> str:
    """Returns what is wrong where a check passes that was strictly expected to fail."""
    return f"{NO_LONGER_DIFFERS}: remove " + (
        f"its entry from {known['file']}" if "file" in known else "its xfail mark"
    )


def _evidence(error: BaseException | None) -> dict[str, str]:
    raw = error.evidence if isinstance(error, CheckViolation) else {}
    return {name: redact(text) for name, text in raw.items()}


def _facts(error: BaseException | None) -> dict[str, Any]:
    facts = error.facts if isinstance(error, CheckViolation) else {}
    cleared: dict[str, Any] = json.loads(redact(json.dumps(facts)))
    return cleared
