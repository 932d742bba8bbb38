"""One embedded server for all claims about the wire checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.servers import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    """The base URL of a running embedded server."""
    server = EmbeddedServer()
    yield server.start()
    server.stop()
