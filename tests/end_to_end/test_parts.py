"""A run about a part never takes the place of the report on the whole, and a fault that was found stays one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.recording import GOOD, ODD, write_recording
from tests.end_to_end.running import Finished, run_in

if TYPE_CHECKING:
    from pathlib import Path

_INTERRUPT = """
def pytest_runtest_call(item):
    if "row-0007" in item.name:
        raise KeyboardInterrupt
"""

_FAULT = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    if "row-0002" in item.name:
        raise RuntimeError("a fault")
    if "row-0007" in item.name:
        raise KeyboardInterrupt
"""


def _report(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "report").iterdir() if path.is_file()}


def test_part_of_a_run_goes_into_a_folder_beside_the_report_on_the_whole(tmp_path: Path) -> None:
    """By a word, by the id of a test, by what failed last, by the first failure, and by an interrupt."""
    (tmp_path / "interrupting.py").write_text(_INTERRUPT, encoding="utf-8")
    recording = write_recording(tmp_path / "recording.parquet", [GOOD] * 18 + [ODD] * 2)
    whole = run_in(tmp_path, "--replay", recording)
    before = _report(tmp_path)
    assert whole.verdict is not None
    assert whole.verdict["part"] is False

    for part in (("-k", "row-0003"), ("--lf",), ("-x",), ("-p", "interrupting"), ("-x", "-n", "2")):
        done = run_in(tmp_path, "--replay", recording, *part)

        assert _report(tmp_path) == before, part
        assert f"this run was about a part: the report of the whole in {tmp_path / 'report'} stays" in done.text
        assert f"wrote {tmp_path / 'report' / 'partial' / 'verdict.json'}" in done.text
        assert '"part": true' in (tmp_path / "report" / "partial" / "verdict.json").read_text(encoding="utf-8")

    again = run_in(tmp_path, "--replay", recording)

    assert _but_the_run(again) == _but_the_run(whole)
    assert not (tmp_path / "report" / "partial").exists()


@pytest.mark.parametrize("more", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=["plain", "xdist"])
def test_fault_that_was_found_before_an_interrupt_stays_status_1(tmp_path: Path, more: tuple[str, ...]) -> None:
    (tmp_path / "faulty.py").write_text(_FAULT, encoding="utf-8")
    recording = write_recording(tmp_path / "recording.parquet", [GOOD] * 20)

    done = run_in(tmp_path, "--replay", recording, "-p", "faulty", *more)

    assert done.status == 1, done.text


def _but_the_run(done: Finished) -> dict[str, object]:
    """Returns the verdict without when it was made, and by which run."""
    assert done.verdict is not None
    return {name: told for name, told in done.verdict.items() if name != "run"}
