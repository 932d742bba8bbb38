"""What a run must remember until its end: rows, expected subjects, and which failures count."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports.marks import MARK_PROPERTY, MARKS, ROW_PROPERTY, Mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

#: How the ids of the tests that count towards a verdict begin; in brackets they name subject and example.
CONFORMANCE = "conformance/"

#: What xdist puts in the place of a phase on the report of a test whose worker died.
_CRASHED = "???"


@dataclass(slots=True)
class Ledger:
    """Collects, on the controller, what the reports of all processes carry.

    Attributes:
        rows: by subject and example; a rerun replaces.
        expected: ids of subjects of which at least one conformance test was selected.
        other_failures: tests that failed for another reason than an odd example.
        lost: conformance tests whose process died under them.
    """

    rows: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    expected: set[str] = field(default_factory=set)
    other_failures: int = 0
    lost: int = 0

    def expect(self, node_ids: Iterable[str], subjects: Iterable[str]) -> None:
        """Notes which subjects the selected tests are about. Where none of them makes rows, the run is not complete."""
        known = sorted(subjects, key=len, reverse=True)
        for node_id in node_ids:
            test, _, parameters = node_id.partition("[")
            if test.startswith(CONFORMANCE):
                self.expected.update([name for name in known if parameters.startswith(f"{name}-")][:1])

    def note(self, report: pytest.TestReport) -> None:
        """Takes the row off a report, and counts a failure that is not an odd example's."""
        for name, value in report.user_properties:
            if name == ROW_PROPERTY:
                row = json.loads(str(value))
                self.rows[row["subject"], row["example_id"]] = row
        if report.failed and mark_of(report) is None:
            if report.when == _CRASHED and report.nodeid.startswith(CONFORMANCE):
                self.lost += 1
            else:
                self.other_failures += 1

    def rows_of(self, subject: str) -> list[dict[str, Any]]:
        """Returns the rows of one subject."""
        return [row for (owner, _), row in self.rows.items() if owner == subject]


def mark_of(report: pytest.TestReport) -> Mark | None:
    """Returns how a report is marked, or None where it is an ordinary one."""
    for name, value in report.user_properties:
        if name == MARK_PROPERTY:
            return MARKS[str(value)]
    return None
