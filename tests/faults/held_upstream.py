"""A server of one connection that says bytes, not HTTP: what no server library says, or only when told to."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self


class HeldUpstream:
    """Hears one request, says `first`, and says `rest` once `release` is set; then it closes the connection.

    Attributes:
        heard: the requests to the letter, as far as they came in one go.
        asked: set when a request came.
        left: set when the other side closed the connection before `release`.
    """

    def __init__(self, first: bytes, rest: bytes = b"") -> None:
        self._first, self._rest = first, rest
        self.heard: list[bytes] = []
        self.asked, self.release, self.left = threading.Event(), threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread where nobody came
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            with connection:
                self.heard.append(_request(connection))
                self.asked.set()
                connection.sendall(self._first)
                self._hold(connection)
                connection.sendall(self._rest)

    def _hold(self, connection: socket.socket) -> None:
        connection.settimeout(0.05)
        while not self.release.is_set():
            with suppress(TimeoutError):
                if not connection.recv(1024):
                    self.left.set()
                    return


def _request(connection: socket.socket) -> bytes:
    """Reads a request to its end, as its length tells it."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += connection.recv(65536)
    head, _, body = heard.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().splitlines() if line.startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
