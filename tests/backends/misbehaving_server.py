"""A server on loopback that fails in every way in which servers fail, on the socket, below any library.

Each way is a function that writes to a connection and returns whether it may go on. A `MisbehavingServer` takes the
share of attempts that fail from a seed, so that the same attempts fail in each run; whatever it serves besides is
whole.
"""

from __future__ import annotations

import gzip
import json
import random
import socket
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from time import time
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tests.backends.socket_server import SocketServer

if TYPE_CHECKING:
    import ssl
    import threading

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a way of failing has to do with.

    Attributes:
        connection: to be written to.
        good: the body that a faithful server would send.
        stopped: is set when the server stops: nobody waits longer.
        elsewhere: an address of another origin.
    """

    connection: socket.socket
    good: bytes
    stopped: threading.Event
    elsewhere: str


Way: TypeAlias = Callable[[Asked], bool]


def head(status: int = 200, kind: str = _JSON, length: int | None = None, **headers: str) -> bytes:
    """Returns the head of a response; no length leaves its end to the connection."""
    lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}"]
    lines += [] if length is None else [f"content-length: {length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def whole(body: bytes, status: int = 200, kind: str = _JSON, **headers: str) -> bytes:
    """Returns a response that ends."""
    return head(status, kind, len(body), **headers) + body


def completion(content: object, **more: object) -> bytes:
    """Returns the body of a chat completion."""
    message = {"role": "assistant", "content": content, "reasoning": "Because."}
    return json.dumps(
        {
            "id": "c1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
            **more,
        }
    ).encode()


def _says(response: Callable[[Asked], bytes]) -> Way:
    def way(asked: Asked) -> bool:
        asked.connection.sendall(response(asked))
        return True

    return way


def _ends(response: Callable[[Asked], bytes]) -> Way:
    def way(asked: Asked) -> bool:
        asked.connection.sendall(response(asked))
        return False

    return way


def _hangs(response: Callable[[Asked], bytes]) -> Way:
    def way(asked: Asked) -> bool:
        asked.connection.sendall(response(asked))
        asked.stopped.wait()
        return False

    return way


def _drip(asked: Asked) -> bool:
    asked.connection.sendall(head(length=len(asked.good)))
    for byte in asked.good:
        if asked.stopped.wait(0.05):
            break
        asked.connection.sendall(bytes([byte]))
    return False


def _reset(asked: Asked) -> bool:
    asked.connection.sendall(head(length=len(asked.good)) + asked.good[: len(asked.good) // 2])
    asked.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _endless(asked: Asked) -> bool:
    asked.connection.sendall(head())
    while not asked.stopped.is_set():
        asked.connection.sendall(b" " * 65536)
    return False


def _long(megabytes: int) -> Way:
    def way(asked: Asked) -> bool:
        first, last = completion("x|x").split(b"|")
        asked.connection.sendall(head(length=len(first) + len(last) + megabytes * 2**20) + first)
        for _ in range(megabytes):
            asked.connection.sendall(b"a" * 2**20)
        asked.connection.sendall(last)
        return True

    return way


def bomb(megabytes: int = 1024, level: int = 9) -> bytes:
    """Returns a completion, labelled by its end, compressed with so much white space in it."""
    packer = zlib.compressobj(level, wbits=31)
    first, last = completion("|1").split(b"|")
    pieces = [packer.compress(first), *(packer.compress(b" " * 2**20) for _ in range(megabytes))]
    return b"".join((*pieces, packer.compress(last), packer.flush()))


_BOMB: Final = bomb(256)


def _broken_json(asked: Asked) -> bytes:
    return asked.good[: len(asked.good) // 2]


#: Ways that pass when the request is sent again, at once or when all has been asked.
WAYS: Final[Mapping[str, Way]] = {
    "429, seconds": _says(lambda _: whole(b"{}", 429, retry_after="0.05")),
    "429, a date": _says(lambda _: whole(b"{}", 429, retry_after=formatdate(time() + 1, usegmt=True))),
    "408": _says(lambda _: whole(b"", 408)),
    "409": _says(lambda _: whole(b"{}", 409)),
    "425": _says(lambda _: whole(b"", 425)),
    "500": _says(lambda _: whole(b'{"error": {"message": "oh"}}', 500)),
    "502 in HTML": _says(lambda _: whole(b"<html><h1>Bad Gateway</h1></html>", 502, "text/html")),
    "503": _says(lambda _: whole(b"busy", 503, "text/plain")),
    "504": _says(lambda _: whole(b"", 504)),
    "slow drip": _drip,
    "hang before headers": _hangs(lambda _: b""),
    "hang in the body": _hangs(lambda asked: head(length=len(asked.good)) + asked.good[:40]),
    "reset in the body": _reset,
    "body that ends early": _ends(lambda asked: head(length=len(asked.good)) + asked.good[:60]),
    "truncated JSON": _says(lambda asked: whole(_broken_json(asked))),
    "truncated JSON, open end": _ends(lambda asked: head() + _broken_json(asked)),
    "truncated gzip": _ends(lambda asked: head(content_encoding="gzip") + gzip.compress(asked.good)[:-20]),
    "HTML with 200": _says(lambda _: whole(b"<html>Please log in</html>", 200, "text/html")),
    "gzip bomb": _says(lambda _: whole(_BOMB, content_encoding="gzip")),
    "redirect elsewhere": _says(lambda asked: whole(b"", 307, location=f"{asked.elsewhere}/v1/chat/completions")),
    "empty choices": _says(lambda _: whole(b'{"choices": []}')),
    "null message": _says(lambda _: whole(b'{"choices": [{"message": null}]}')),
    "deep nesting": _says(lambda _: whole(b'{"choices": ' + b"[" * 200_000)),
    "10 MB": _long(10),
    "100 MB": _long(100),
    "endless body": _endless,
    "closed without a word": _ends(lambda _: b""),
    "closed under reuse": _ends(lambda asked: whole(asked.good)),
}

#: Ways that are answers all the same.
ODD: Final[Mapping[str, Way]] = {
    "another content type": _says(lambda asked: whole(asked.good, 200, "text/plain")),
    "duplicate keys": _says(lambda asked: whole(b'{"choices": [],' + asked.good[1:])),
    "invalid UTF-8": _says(lambda asked: whole(asked.good.replace(b"Because", b"Bec\xffuse"))),
}


class MisbehavingServer(SocketServer):
    """Answers as it is told, and fails a share of the attempts in all ways by turns.

    Attributes:
        answer: returns the body of a faithful response to a request's body.
        share: of attempts that fail.
        failed: how often each way was taken.
        attempts: by the last message's text, how often it was asked.
    """

    def __init__(
        self,
        answer: Callable[[Mapping[str, Any]], bytes] = lambda _: completion("0"),
        *,
        share: float = 0.0,
        ways: Mapping[str, Way] | None = None,
        seed: int = 1,
        elsewhere: str = "http://localhost:9",
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self._context = context
        self._answer, self._share, self._elsewhere = answer, share, elsewhere
        self._ways = dict(ways or {**WAYS, **ODD})
        self._random = random.Random(seed)  # noqa: S311
        self._turn = 0
        self.failed: Counter[str] = Counter()
        self.attempts: Counter[str] = Counter()
        self.heads: list[bytes] = []
        self._begin()

    @property
    def _scheme(self) -> str:
        return "http" if self._context is None else "https"

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, self._secured(connection) as secured:
            while (request := read_request(secured)) is not None and self._reply(secured, *request):
                pass

    def _secured(self, plain: socket.socket) -> socket.socket:
        return plain if self._context is None else self._context.wrap_socket(plain, server_side=True)

    def _reply(self, connection: socket.socket, first: bytes, body: bytes) -> bool:
        with self._lock:
            self.heads.append(first)
        if first.startswith(b"GET"):
            connection.sendall(whole(b'{"object": "list", "data": []}'))
            return True
        asked = json.loads(body)
        good = self._answer(asked)
        way = self._way(str(asked["messages"][-1]["content"]))
        if way is None:
            connection.sendall(whole(good))
            return True
        return way(Asked(connection, good, self._stopped, self._elsewhere))

    def _way(self, text: str) -> Way | None:
        """Returns how an attempt fails; None for one that does not."""
        with self._lock:
            self.attempts[text] += 1
            if self._random.random() >= self._share:
                return None
            name = list(self._ways)[self._turn % len(self._ways)]
            self._turn += 1
            self.failed[name] += 1
            return self._ways[name]


def read_request(connection: socket.socket) -> tuple[bytes, bytes] | None:
    """Reads one request and returns its head and its body; None where the client has left."""
    head_read = b""
    while b"\r\n\r\n" not in head_read:
        piece = connection.recv(65536)
        if not piece:
            return None
        head_read += piece
    first, _, body = head_read.partition(b"\r\n\r\n")
    length = next(
        (int(line.partition(b":")[2]) for line in first.split(b"\r\n") if line.lower().startswith(b"content-length:")),
        0,
    )
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            return None
        body += piece
    return first, body
