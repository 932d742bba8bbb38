"""Fixtures of tests that run pytest on a project of wire checks."""

from __future__ import annotations

from importlib import import_module

import pytest


@pytest.fixture(scope="session")
def end_of_run_is_loaded() -> None:
    """Loads what the end of a run loads: an inner run forgets what it loaded, and numpy cannot be loaded twice."""
    import_module("scipy.stats")
    import_module("pyarrow.parquet")


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps from an inner run that the outer one may be a worker."""
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)
