"""One embedded server for all claims about the wire checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.servers import EmbeddedServer


@pytest.fixture(scope="session")
def upstream(embedded_server: EmbeddedServer) -> str:
    """The base URL of a running embedded server."""
    return embedded_server.base_url
