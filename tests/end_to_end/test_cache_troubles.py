"""Whatever happens to the cache is said once, and costs a run nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.dispatch.text_store import DATABASE
from tests.end_to_end.recording import GOOD, write_recording
from tests.end_to_end.running import run_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("trouble", ["damaged", "takes nothing"])
def test_trouble_with_the_cache_is_said_once_and_costs_nothing_else(tmp_path: Path, trouble: str) -> None:
    """In two workers and the process that leads them, each of which meets it."""
    folder = tmp_path / "answers"
    folder.mkdir()
    if trouble == "damaged":
        (folder / DATABASE).write_bytes(b"no database")
    else:
        (folder / DATABASE).mkdir()
    recording = write_recording(tmp_path / "recording.parquet", [GOOD] * 20)

    done = run_in(tmp_path, "--replay", recording, "-n", "2")

    assert done.status == 0, done.text
    assert len(done.rows) == 20
    assert [trouble in line for line in done.text.splitlines() if str(folder) in line] == [True], done.text
