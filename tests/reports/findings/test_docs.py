"""The documentation of the findings names every fault in the words of the code."""

from __future__ import annotations

from fixtures.faults.staged import STAGED
from reports.findings import FAULTS
from tests.places import ROOT

DOCS = ROOT / "docs" / "findings.md"


def test_table_has_a_line_for_every_fault_with_its_title_cause_and_cases() -> None:
    lines = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]

    assert lines == [
        f"| `{fault.id}` | {fault.title}. | {fault.cause} | {', '.join(fault.resembles)} |" for fault in FAULTS.values()
    ]


def test_every_fault_that_can_be_named_is_staged_with_the_same_reports() -> None:
    assert set(FAULTS) == set(STAGED)
