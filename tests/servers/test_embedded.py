"""The embedded server starts on loopback, answers, and is gone afterwards, whatever happens to whoever started it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from backends.errors import BackendUnavailable
from backends.models import MINIATURE
from fixtures.servers import EmbeddedServer, embedded
from fixtures.servers.embedded import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """A server for the claims that leave it running."""
    made = EmbeddedServer()
    made.start()
    yield made
    made.stop()


def _get(url: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"content-type": "application/json"})  # noqa: S310 - loopback
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as response:
        return response.status, json.loads(response.read())


def _ends(pid: int, within_s: float = 10.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


# Without starting a server --------------------------------------------------------------------------------------------


def test_free_port_is_one_that_can_be_listened_on() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))


def test_server_that_was_never_started_can_be_stopped() -> None:
    idle = EmbeddedServer()

    idle.stop()
    idle.stop()

    assert idle.pid is None


def test_missing_libraries_are_told_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_LIBRARIES", ("pytest", "no_such_module"))

    with pytest.raises(
        BackendUnavailable, match=r"needs no_such_module: pip install 'harmony-conformance\[embedded\]'"
    ):
        EmbeddedServer().start()


def test_server_that_cannot_start_ends_with_its_last_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "failing.py"
    program.write_text("import sys\nsys.exit('the last words of it')\n", encoding="utf-8")
    monkeypatch.setattr(embedded, "_SERVE", program)
    broken = EmbeddedServer()

    with pytest.raises(BackendUnavailable, match=r"did not come up\. Its last words: the last words of it"):
        broken.start()

    assert broken.pid is None


def test_server_that_never_gets_healthy_is_ended_and_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "idling.py"
    program.write_text(
        f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    )
    monkeypatch.setattr(embedded, "_SERVE", program)
    monkeypatch.setattr(embedded, "START_TIMEOUT_S", 1.0)

    with pytest.raises(BackendUnavailable, match=r"did not come up\. Its last words: none"):
        EmbeddedServer().start()

    assert _ends(int((tmp_path / "pid").read_text()))


def test_server_gets_no_secret_and_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")

    given = embedded._environment()

    assert "secret" not in given.values()
    assert given["HF_HUB_OFFLINE"] == "1"


# With a server --------------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_health_answers_on_loopback_and_nowhere_else(server: EmbeddedServer) -> None:
    assert server.pid is not None
    status, _ = _get(server.base_url.removesuffix("/v1") + "/health")
    listening = {
        connection.laddr.ip
        for connection in psutil.Process(server.pid).net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert status == 200
    assert listening == {"127.0.0.1"}


@pytest.mark.embedded
def test_start_gives_the_same_server_to_everyone(server: EmbeddedServer) -> None:
    pid = server.pid

    with ThreadPoolExecutor(8) as pool:
        urls = set(pool.map(lambda _: server.start(), range(8)))

    assert urls == {server.base_url}
    assert server.pid == pid


@pytest.mark.embedded
def test_two_servers_run_side_by_side(server: EmbeddedServer) -> None:
    other = EmbeddedServer()
    try:
        assert other.start() != server.base_url
    finally:
        other.stop()

    assert _get(server.base_url.removesuffix("/v1") + "/health")[0] == 200


@pytest.mark.embedded
def test_miniature_is_served_as_chat_completions(server: EmbeddedServer) -> None:
    body = {
        "model": MINIATURE,
        "messages": [{"role": "user", "content": "Hello"}],
        "max_tokens": 24,
        "temperature": 0.0,
    }

    status, answer = _get(f"{server.base_url}/chat/completions", body)

    assert status == 200
    assert answer["choices"][0]["message"]["role"] == "assistant"
    assert 0 < answer["usage"]["completion_tokens"] <= 24


@pytest.mark.embedded
def test_stopped_server_is_gone_for_good() -> None:
    own = EmbeddedServer()
    own.start()
    pid, log = own.pid, own._log
    assert pid is not None
    assert log is not None

    own.stop()

    assert _ends(pid)
    assert own.pid is None
    assert not log.exists()
    with pytest.raises(BackendUnavailable, match="was stopped"):
        own.start()


@pytest.mark.embedded
def test_server_that_died_is_started_again() -> None:
    own = EmbeddedServer()
    own.start()
    process, first = own._process, own.pid
    assert process is not None
    process.kill()
    process.wait(10)

    try:
        own.start()
        assert own.pid not in (None, first)
        assert _get(own.base_url.removesuffix("/v1") + "/health")[0] == 200
    finally:
        own.stop()


@pytest.mark.embedded
def test_server_ends_with_a_parent_that_is_killed_outright() -> None:
    program = (
        "from fixtures.servers import EmbeddedServer\n"
        "import time\n"
        "server = EmbeddedServer()\n"
        "server.start()\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(300)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        watch = threading.Timer(150, parent.kill)
        watch.start()
        pid = int(parent.stdout.readline())
        watch.cancel()
        assert psutil.pid_exists(pid)

        parent.send_signal(signal.SIGKILL)

    assert _ends(pid)
