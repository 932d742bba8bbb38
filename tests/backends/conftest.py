"""Wiring of these tests: scripted servers, and an environment in which nothing leaks in from the machine."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from backends.secrets import SECRET_VARIABLES
from tests.backends.scripted_server import Script, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in SECRET_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    for learnt in ("_variables", "_values"):
        monkeypatch.setattr(f"backends.secrets.{learnt}", set())
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)  # read once, when it was imported
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def serve() -> Iterator[Callable[[Script], ScriptedServer]]:
    """Starts scripted servers; at the end of the test they stop, and complain about calls outside their scripts."""
    servers: list[ScriptedServer] = []

    def start(script: Script) -> ScriptedServer:
        servers.append(ScriptedServer(script))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
    assert [surprise for server in servers for surprise in server.surprises] == []


@pytest.fixture
def dead_url() -> str:
    """An address at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}/v1"
