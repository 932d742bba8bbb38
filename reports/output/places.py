"""Where a report goes: a run that asked less never overwrites the report of one that asked more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reports.verdict.judgement import VerdictKind

if TYPE_CHECKING:
    from pathlib import Path

    from reports.verdict.verdict import Verdict

#: The folder, within another run's report, of a run of wire checks alone.
WIRE = "wire"

#: The folder, within the report of all wire checks, of a run of some.
PARTIAL = "partial"


def place_of(verdict: Verdict, folder: Path) -> Path:
    """Returns the folder for the report on a run of wire checks: `folder`, or one within it where more lies there.

    Any other report goes into `folder` itself.
    """
    if verdict.kind is not VerdictKind.WIRE:
        return folder
    there = _earlier(folder)
    if there and there.get("kind") != VerdictKind.WIRE:
        return place_of(verdict, folder / WIRE)
    return folder / PARTIAL if there.get("complete") is True and not verdict.complete else folder


def _earlier(folder: Path) -> dict[str, object]:
    """Returns the verdict that lies in a folder as plain data; empty where there is none that can be read."""
    try:
        told = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
