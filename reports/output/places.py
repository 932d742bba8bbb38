"""Where a report goes: a run that asked less never overwrites the report of one that asked more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reports.report_folder import VERDICT
from reports.verdict.judgement import VerdictKind

if TYPE_CHECKING:
    from pathlib import Path

    from reports.verdict.verdict import Verdict

#: The folder, within another run's report, of a run of wire checks alone.
WIRE = "wire"

#: The folder, within the report of a whole run, of a run about a part.
PARTIAL = "partial"


def place_of(verdict: Verdict, folder: Path) -> Path:
    """Returns the folder for a report: `folder`, or one within it where a report on more lies there.

    A run of wire checks alone asks less than one that asks about examples, and a part of a run less than the whole.
    """
    there = _earlier(folder)
    if verdict.kind is VerdictKind.WIRE and there and there.get("kind") != VerdictKind.WIRE:
        return place_of(verdict, folder / WIRE)
    asks_less = verdict.is_part or not verdict.complete
    return folder / PARTIAL if asks_less and _is_whole(there, verdict) else folder


def _is_whole(there: dict[str, object], verdict: Verdict) -> bool:
    """Returns whether an earlier verdict is of a whole run; one of wire checks alone is, where all of them were asked.

    A whole run that lost rows to a lost process takes the place of another whole one.
    """
    if not there or (verdict.kind is not VerdictKind.WIRE and not verdict.is_part):
        return False
    complete = there.get("complete") is True
    return complete if there.get("kind") == VerdictKind.WIRE else there.get("part", not complete) is False


def _earlier(folder: Path) -> dict[str, object]:
    """Returns the verdict that lies in a folder as plain data; empty where there is none that can be read."""
    try:
        told = json.loads((folder / VERDICT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
