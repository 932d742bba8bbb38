"""A file that cannot be collected ends the run, or fails it alone where pytest goes on: no example pays for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.recording import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import Replay

_PLUGIN = """
import pytest

class Broken(pytest.Module):
    def collect(self):
        raise self.CollectError("broken on purpose")

def pytest_pycollect_makemodule(module_path, parent):
    if module_path.name == "test_noise.py":
        return Broken.from_parent(parent, path=module_path)
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A test file that cannot be imported."""
    path = tmp_path / "test_broken.py"
    path.write_text("import no_such_module\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("goes_on", [("-n", "2"), ("--continue-on-collection-errors",)], ids=["xdist", "continue"])
def test_run_that_goes_on_is_judged_and_fails_by_the_file_alone(
    replay: Replay, broken: Path, goes_on: tuple[str, ...]
) -> None:
    done = replay([GOOD] * 20, broken, *goes_on)

    assert done.status == 1, done.text
    assert "No module named 'no_such_module'" in done.text
    assert done.counts == "60 passed, 1 error"
    assert done.closing.startswith("verdict: conforms. ")


def test_run_that_ends_there_names_the_file_and_has_no_verdict(replay: Replay, broken: Path) -> None:
    done = replay([GOOD] * 20, broken, rows=0)

    assert done.status == pytest.ExitCode.INTERRUPTED, done.text
    assert "No module named 'no_such_module'" in done.text
    assert not done.closing.startswith("verdict: conforms")


def test_conformance_file_that_cannot_be_collected_leaves_no_verdict(replay: Replay, tmp_path: Path) -> None:
    (tmp_path / "breaking.py").write_text(_PLUGIN, encoding="utf-8")

    done = replay([GOOD] * 20, "-p", "breaking", "-n", "2")

    assert done.status == 1, done.text
    assert "broken on purpose" in done.text
    assert done.closing == (
        "verdict: no-verdict. conformance/test_noise.py could not be collected, so none of its tests ran: see pytest's "
        "errors."
    )
