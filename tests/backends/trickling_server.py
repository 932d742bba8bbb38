"""A server on loopback that never comes to an end, in each way in which one can: on the socket, below any library."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Final, TypeAlias

from tests.backends.socket_server import SocketServer

#: What is sent, piece by piece; the last piece comes again and again.
Pieces: TypeAlias = Iterator[bytes]

#: Returns the whole response to a request, by its method and path; None for one that gets pieces for ever.
Answers: TypeAlias = Callable[[str, str], bytes | None]

_PAUSE_S = 0.02

_OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
_STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_EVENT = b'data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "1"}}]}\n\n'


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _then_for_ever(*first: bytes, again: bytes) -> Callable[[], Pieces]:
    return lambda: itertools.chain(first, itertools.repeat(again))


#: By what it does: the pieces of each response. None sends nothing at all.
WAYS: Final[Mapping[str, Callable[[], Pieces] | None]] = {
    "says nothing": None,
    "status line, letter by letter": _then_for_ever(b"HTTP/1.1 200 ", again=b"O"),
    "interim responses": _then_for_ever(again=b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "header lines": _then_for_ever(_OK, again=b"x-wait: on\r\n"),
    "one header, letter by letter": _then_for_ever(_OK + b"x-wait: ", again=b"a"),
    "body that never begins": _then_for_ever(_OK + b"content-length: 100\r\n\r\n", again=b""),
    "body that stops in its middle": _then_for_ever(_OK + b'content-length: 100\r\n\r\n{"choices": ', again=b""),
    "body of new lines": _then_for_ever(_OK + b"\r\n", again=b"\n"),
    "body of spaces, with a length": _then_for_ever(_OK + b"content-length: 100000000\r\n\r\n", again=b" "),
    "chunks of new lines": _then_for_ever(_OK + b"transfer-encoding: chunked\r\n\r\n", again=_chunk(b"\n")),
    "size of a chunk": _then_for_ever(_OK + b"transfer-encoding: chunked\r\n\r\n1; ", again=b"x"),
    "trailers": _then_for_ever(
        _OK + b"transfer-encoding: chunked\r\n\r\n" + _chunk(b"{}") + b"0\r\n", again=b"a: b\r\n"
    ),
    "stream of pings": _then_for_ever(_STREAM, again=_chunk(b": ping\n\n")),
    "stream of deltas": _then_for_ever(_STREAM, again=_chunk(_EVENT)),
    "stream, open after its end": _then_for_ever(_STREAM, _chunk(_EVENT), _chunk(b"data: [DONE]\n\n"), again=b""),
    "stream, pings after its end": _then_for_ever(
        _STREAM, _chunk(_EVENT), _chunk(b"data: [DONE]\n\n"), again=_chunk(b": ping\n\n")
    ),
    "error that goes on": _then_for_ever(b"HTTP/1.1 500 Oh\r\ncontent-type: text/plain\r\n\r\n", again=b"."),
    "redirect that goes on": _then_for_ever(b"HTTP/1.1 307 There\r\nlocation: /v1/x\r\n\r\n", again=b"."),
}


class TricklingServer(SocketServer):
    """Accepts connections and answers each in a way of `WAYS`, or in all of them by turns.

    Attributes:
        asked: method and path of each request that was read.
    """

    def __init__(self, *ways: str, answers: Answers | None = None, reads: bool = True) -> None:
        super().__init__()
        self._ways = itertools.cycle(ways or tuple(WAYS))
        self._answers, self._reads = answers, reads
        if not reads:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.asked: list[tuple[str, str]] = []
        self._begin()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if not self._reads:
                self._stopped.wait()
                return
            while (request := _read_request(connection)) is not None:
                with self._lock:
                    self.asked.append(request)
                    answer = self._answers(*request) if self._answers else None
                    way = None if answer is not None else WAYS[next(self._ways)]
                if answer is not None:
                    connection.sendall(answer)
                elif way is None:
                    self._stopped.wait()
                    return
                else:
                    self._trickle(connection, way())

    def _trickle(self, connection: socket.socket, pieces: Pieces) -> None:
        for piece in pieces:
            if self._stopped.wait(_PAUSE_S):
                return
            connection.sendall(piece)


def whole(body: bytes) -> bytes:
    """Returns a response that ends."""
    return _OK + f"content-length: {len(body)}\r\n\r\n".encode() + body


def _read_request(connection: socket.socket) -> tuple[str, str] | None:
    """Reads one request to its end and returns its method and path; None where the client has left."""
    with connection.makefile("rb") as file:
        first = file.readline().split()
        if len(first) < 2:
            return None
        length = 0
        while (line := file.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        file.read(length)
        return first[0].decode(), first[1].decode()


def ended_within(seconds: float, started: float) -> bool:
    """Returns whether no more than so many seconds have passed; generous, since other work may hold the machine."""
    return time.monotonic() - started < seconds
