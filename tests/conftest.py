"""What all of the suite's own tests share: warnings are errors, and one hypothesis profile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from fixtures.servers import EmbeddedServer
from reports.session.statuses import ExampleMismatch

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

#: How many examples each property is tried on, where it does not say so itself. `PROPERTY_EXAMPLES=5000` digs deeper.
EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "100"))

settings.register_profile(
    "harmony-conformance", max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("harmony-conformance")

# Many tests start this suite in processes of their own, each of which would compile it again without bytecode.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[EmbeddedServer]:
    """A running `transformers serve` for all tests that leave it as it is: its start takes ten seconds."""
    server = EmbeddedServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def upstream(embedded_server: EmbeddedServer) -> str:
    """Its base URL, in front of which proxies stand."""
    return embedded_server.base_url


@pytest.fixture(autouse=True)
def _of_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps a run that a test starts from telling the job, in which the tests themselves may be run, of its verdict."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Lets a test fail that ends as an example or a check may end without failing a run: `unanswered` and its kin."""
    try:
        yield
    except ExampleMismatch as error:
        raise AssertionError(f"a check ended without breaking or keeping its claim: {error}") from error


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Makes warnings errors here alone: a library's deprecation must never decide about somebody's endpoint."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.filterwarnings("error"), append=False)
