"""The documentation of the findings names every fault in the words of the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fixtures.faults.staged import STAGED
from reports.findings import FAULTS
from reports.findings.switches import SWITCHES
from tests.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs" / "findings.md"
TROUBLESHOOTING = ROOT / "docs" / "troubleshooting.md"


def test_table_has_a_line_for_every_fault_with_its_title_cause_and_cases() -> None:
    lines = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]

    assert lines == [
        f"| `{fault.id}` | {fault.title}. | {fault.cause} | {', '.join(fault.resembles)} |" for fault in FAULTS.values()
    ]


def test_every_fault_that_can_be_named_is_staged_with_the_same_reports() -> None:
    assert set(FAULTS) == set(STAGED)


def test_troubleshooting_names_every_switch_beside_what_it_cures() -> None:
    sections = _sections(TROUBLESHOOTING)

    for fault, known in SWITCHES.items():
        for server, words in known.items():
            rows = [line for line in sections[server] if line.startswith(f"| {words} |")]
            assert [f"`{fault}`" in row for row in rows] == [True], f"{fault} at {server}"


def test_troubleshooting_names_faults_of_the_catalogue_alone() -> None:
    symptoms = TROUBLESHOOTING.read_text(encoding="utf-8").partition("## By server")[0]
    rows = [re.split(r"(?<!\\)\|", line) for line in symptoms.splitlines() if line.startswith("| ")]
    named = {name for row in rows for name in re.findall(r"`([a-z0-9-]+)`", row[2])}

    assert named
    assert named <= set(FAULTS)


def _sections(page: Path) -> dict[str, list[str]]:
    """Returns the lines below each heading of the third level, by the heading's words."""
    parts = re.split(r"^### (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {title: text.splitlines() for title, text in zip(parts[1::2], parts[2::2], strict=True)}
