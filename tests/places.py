"""Where things lie: the checkout, and what may lie beside it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: Real rows and recorded answers for trying things; no part of the project, and on most machines not there.
SHARED = ROOT.parent / "shared"
