"""Where things lie: the checkout, what belongs to it, and what may lie beside it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: Real rows and recorded answers for trying things; no part of the project, and on most machines not there.
SHARED = ROOT.parent / "shared"


@cache
def _listed() -> tuple[Path, ...]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607 - any git
    return tuple(path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file())


def tracked_files() -> tuple[Path, ...]:
    """Returns the files that belong to the project; skips the test that asked where git cannot tell."""
    if not _listed():
        pytest.skip("git tells which files belong to the project, and it does not know this folder")
    return _listed()
