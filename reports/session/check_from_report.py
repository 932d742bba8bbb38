"""Reads off pytest's report of a wire check what came of it.

A wire check is a test with the marker `wire(CheckId)`, parametrized over `subject` and perhaps over a case. Its
docstring begins with its claim; the marker `exchanges` names what it looks at; the marker `known_difference`, beside a
strict `xfail`, says that its endpoint is known to fail it.
"""

from __future__ import annotations

import inspect
import json
import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backends.secrets import redact
from reports.checks.check import NO_LONGER_DIFFERS, Check, CheckOutcome
from reports.checks.check_id import CheckId
from reports.checks.check_violation import CheckViolation
from reports.checks.facts import Facts
from reports.session.collector import CONFORMANCE
from reports.session.statuses import FACTS_PROPERTY, NOTE_PROPERTY, ExampleMismatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    check_id = check_id_of(item)
    if subject is None or not tells or check_id is None:
        return None
    known = _known_difference(item)
    outcome, message = _outcome(report, error, known)
    if outcome is CheckOutcome.KEPT:
        message = " ".join(_told(item, NOTE_PROPERTY))
    exchanges = dict.fromkeys(str(name) for marker in item.iter_markers("exchanges") for name in marker.args)
    return Check(
        check_id=check_id,
        id=_id_of(item, subject),
        subject=subject,
        claim=claim_of(item),
        outcome=outcome,
        message=redact(message),
        exchanges=tuple(exchanges),
        link=str(known.get("link", "")) if outcome is CheckOutcome.KNOWN_DIFFERENCE else "",
        evidence=_evidence(error) if outcome is CheckOutcome.BROKEN else {},
        shown_by=error.shown_by if outcome is CheckOutcome.BROKEN and isinstance(error, CheckViolation) else (),
        facts=_facts(item, error, outcome),
    )


def check_id_of(item: pytest.Item) -> CheckId | None:
    """Returns which wire check a test is, or None where it is none.

    Raises:
        UsageError: its marker `wire` does not say it.
    """
    marker = item.get_closest_marker("wire")
    if marker is None:
        return None
    try:
        (named,) = marker.args
        return CheckId(named)
    except ValueError:
        given = ", ".join(map(repr, marker.args)) or "nothing"
        raise pytest.UsageError(
            f"{item.nodeid}: the marker wire takes the check's id, a member of reports.checks.check_id.CheckId, and is "
            f"given {given}."
        ) from None


def require_check_ids(items: Iterable[pytest.Item]) -> None:
    """Refuses wire checks without an id of their own.

    Raises:
        UsageError: a wire check has no id, one that is no `CheckId`, or that of another test.
    """
    tests: dict[CheckId, str] = {}
    for item in items:
        check_id, test = check_id_of(item), item.nodeid.partition("[")[0]
        if check_id is not None and tests.setdefault(check_id, test) != test:
            raise pytest.UsageError(f"{tests[check_id]} and {test} are both the wire check {str(check_id)!r}.")


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
        return CheckOutcome.ERROR, f"{type(error).__name__}: {error}{_place_of(error)}"
    return (CheckOutcome.KEPT, "") if report.passed else (CheckOutcome.STALE, _stale(known))


def _place_of(error: BaseException) -> str:
    """Returns where an error was raised that is none of the claim's: its traceback is not always printed."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""


def _stale(known: Mapping[str, object]) -> str:
    """Returns what is wrong where a check passes that was strictly expected to fail."""
    return f"{NO_LONGER_DIFFERS}: remove " + (
        f"its entry from {known['file']}" if "file" in known else "its xfail mark"
    )


def _evidence(error: BaseException | None) -> dict[str, str]:
    raw = error.evidence if isinstance(error, CheckViolation) else {}
    return {name: redact(text) for name, text in raw.items()}


def _facts(item: pytest.Item, error: BaseException | None, outcome: CheckOutcome) -> Facts:
    """Returns what the check told of itself: with its error where it is broken, else before its end."""
    if outcome is CheckOutcome.BROKEN and isinstance(error, CheckViolation):
        told = [error.facts.as_json()]
    else:
        told = _told(item, FACTS_PROPERTY) if outcome is CheckOutcome.KEPT else []
    return Facts.from_data({name: value for text in told for name, value in json.loads(redact(text)).items()})


def _told(item: pytest.Item, kind: str) -> list[str]:
    return [str(text) for name, text in item.user_properties if name == kind]
