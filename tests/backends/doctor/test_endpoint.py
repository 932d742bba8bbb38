"""The doctor asks an endpoint of the user's whether anybody answers."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from backends.doctor.check_result import Status
from backends.doctor.endpoint import check_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def refusing() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Refusing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_answer_of_any_status_is_an_answer(refusing: str) -> None:
    line = check_endpoint(refusing)

    assert line.status is Status.OK, line
    assert line.text.endswith("answers")


def test_nobody_there_is_an_error_without_secrets() -> None:
    line = check_endpoint("http://user:hf_notarealtokenbutshapedlikeone@127.0.0.1:9/v1")

    assert line.status is Status.ERROR
    assert "cannot be reached" in line.text
    assert "hf_notareal" not in line.text


def test_silence_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        line = check_endpoint(f"http://127.0.0.1:{silent.getsockname()[1]}/v1", timeout_s=0.3)

    assert line.status is Status.ERROR


@pytest.mark.parametrize("text", ["127.0.0.1:8000", "file:///etc/hostname", ""])
def test_what_is_no_url_is_asked_of_nobody(text: str) -> None:
    assert (check_endpoint(text).status, check_endpoint(text).text) == (Status.ERROR, "no URL")
