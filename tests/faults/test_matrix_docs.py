"""The published matrix tells of the faults as the catalogue names them, and of no false accusation."""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.catalogue import BY_ID
from tests.faults.matrix import Result

PAGE = (Path(__file__).parents[2] / "docs" / "fault-matrix.md").read_text(encoding="utf-8")

#: How many faults must be found, and how many of them named first.
FOUND, NAMED = 38, 34

#: How many runs against faithful servers there must be.
FAITHFUL = 100

#: Of a row: the id, and the result in whatever column.
ROWS = {
    found["id"]: next(cell.strip("* ") for cell in found["cells"].split(" | ") if cell.strip("* ") in set(Result))
    for found in re.finditer(r"^\| `(?P<id>[\w-]+)` \| (?P<cells>.+) \|$", PAGE, re.MULTILINE)
}


def test_faults_are_found_and_named() -> None:
    results = {name: result for name, result in ROWS.items() if not name.startswith("faithful-")}

    assert set(results) == set(BY_ID)
    found = [result for result in results.values() if result not in {Result.MISSED, Result.FAILED}]
    assert len(found) >= FOUND
    assert list(results.values()).count(Result.NAMED) >= NAMED
    assert f"{len(found)} of {len(results)} faults found" in PAGE


def test_faithful_servers_are_accused_of_nothing() -> None:
    results = [result for name, result in ROWS.items() if name.startswith("faithful-")]

    assert len(results) == FAITHFUL
    assert set(results) <= {Result.CLEARED, Result.UNJUDGED}
    assert f"False accusations: 0 of {len(results)} faithful servers." in PAGE


def test_page_gives_its_command() -> None:
    assert "python -m tests.faults matrix --faithful 100" in PAGE
