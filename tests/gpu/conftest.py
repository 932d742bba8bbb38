"""The CUDA device of these tests: where there is none, the run has no verdict and says so with its exit status."""

from __future__ import annotations

import pytest

from backends.system.hardware import cuda_device_count
from reports.session.reporter import EXIT_NO_VERDICT

_MISSED = pytest.StashKey[bool]()


@pytest.fixture
def cuda(request: pytest.FixtureRequest) -> str:
    """The first CUDA device."""
    if cuda_device_count() == 0:
        request.config.stash[_MISSED] = True
        pytest.skip("needs a CUDA device, and this machine has none: run it on a GPU machine")
    return "cuda:0"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Lets no run pass whose GPU tests could not be run."""
    if session.config.stash.get(_MISSED, False) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = EXIT_NO_VERDICT
