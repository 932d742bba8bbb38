"""A worker that dies costs its own test and the verdict, and nothing else; nobody is accused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.recording import GOOD, ODD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import Replay

_PLUGIN = """
import os

def pytest_runtest_{phase}(item):
    if hasattr(item.config, "workerinput") and {victim!r} in item.nodeid:
        os._exit(1)
"""

ROW_TEST, SIDE_TEST = "matches_local[replay-row-0003]", "well_formed[replay-api-row-0003]"


def _kill(folder: Path, phase: str, victim: str) -> None:
    (folder / "killing.py").write_text(_PLUGIN.format(phase=phase, victim=victim), encoding="utf-8")


def test_killed_worker_loses_its_row_and_the_run_has_no_verdict(replay: Replay, tmp_path: Path) -> None:
    _kill(tmp_path, "setup", ROW_TEST)

    done = replay([ODD] * 20, "-n", "2", "-p", "killing", rows=19)

    assert done.status == 6, done.text
    assert done.verdict is not None
    assert (done.verdict["complete"], done.verdict["subjects"][0]["missing"]) == (False, ["row-0003"])
    assert done.closing == "verdict: no-verdict. 1 test was lost with the process that ran it: run it again."


@pytest.mark.slow
@pytest.mark.parametrize(("phase", "victim"), [("call", ROW_TEST), ("setup", SIDE_TEST)])
def test_killed_worker_leaves_no_verdict_though_every_row_arrived(
    replay: Replay, tmp_path: Path, phase: str, victim: str
) -> None:
    _kill(tmp_path, phase, victim)

    done = replay([GOOD] * 20, "-n", "2", "-p", "killing")

    assert done.status == 6, done.text
    assert done.verdict is not None
    assert (done.verdict["complete"], done.verdict["verdict"]) == (True, "no-verdict")


@pytest.mark.slow
def test_worker_that_dies_in_another_test_fails_the_run(replay: Replay, tmp_path: Path) -> None:
    _kill(tmp_path, "call", "test_other")
    other = tmp_path / "test_other.py"
    other.write_text("def test_other():\n    pass\n", encoding="utf-8")

    done = replay([GOOD] * 20, other, "-n", "2", "-p", "killing")

    assert done.status == 1, done.text
    assert done.closing.startswith("verdict: conforms. ")
