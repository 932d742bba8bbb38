"""The script in the docs makes its five plots of a run's report."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from backends.errors import FailureKind
from reports.rows.parquet import write_parquet
from tests.places import ROOT
from tests.reports.material import NO, REFUSAL, YES, failed, rows, said

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["1-outcomes.png", "2-lengths.png", "3-margins.png", "4-latency.png", "5-agreement.png"]

#: Rows with all there is, and rows with nothing but errors.
MADE = {
    "usual": ((said(YES, "Toxic."), said(YES, "Toxic."), 6), (said(REFUSAL), said(NO), 4)),
    "silent": ((failed(FailureKind.OVERDUE), failed(FailureKind.OVERDUE), 3),),
}


def _run(*arguments: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "docs" / "plots.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("made", MADE.values(), ids=MADE.keys())
def test_five_plots_are_made_of_any_run(tmp_path: Path, made: tuple[tuple[object, object, int], ...]) -> None:
    write_parquet(rows(*made), tmp_path / "results.parquet")  # type: ignore[arg-type]

    done = _run(tmp_path, tmp_path / "plots")

    assert done.stderr == ""
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == NAMES
    for name in NAMES:
        with Image.open(tmp_path / "plots" / name) as image:
            shades = image.convert("L").getextrema()
        assert shades == (0, 255), name


def test_folder_without_a_report_is_one_sentence(tmp_path: Path) -> None:
    done = _run(tmp_path, tmp_path / "plots")

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
