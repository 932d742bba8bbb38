"""An interrupt ends a run also where what the handler raises is dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.running import run_in

if TYPE_CHECKING:
    from pathlib import Path

#: A plugin that drops the interrupt, as Python itself does where it arrives while an object is cleared up.
LOSING = """
import contextlib, os, signal, time

def pytest_runtest_logfinish(nodeid):
    if "well_formed" in nodeid:
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.Signals[{name!r}])
            time.sleep(1)
"""


@pytest.mark.embedded
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_interrupt_that_is_lost_ends_the_run_at_the_next_test(tmp_path: Path, name: str) -> None:
    (tmp_path / "losing.py").write_text(LOSING.format(name=name), encoding="utf-8")

    done = run_in(
        tmp_path,
        *("-p", "losing", "-k", "well_formed and not wire", "-m", "not wire", "--sample-size", "4"),
        env={"PYTHONPATH": str(tmp_path)},
    )

    assert done.status in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.TESTS_FAILED)
    assert "interrupted: the same command goes on from here, for a day" in done.text
    assert "1 passed" in done.text
