"""A chat completions server on loopback that answers from a script, remembers what it was asked, and fails loudly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, TypeAlias

#: The status of a call that the script has no reply for; no client retries it.
OUT_OF_SCRIPT = 418


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it arrived: headers in lower case, the body as JSON."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """What the last message says."""
        return str(self.body["messages"][-1]["content"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One response.

    Attributes:
        status: the HTTP status.
        body: to the letter.
        headers: beside content type and length.
        after: what must be set before the reply is given.
        breaks: `before` closes the connection instead of replying, `within` closes it in the middle of the body.
        drips: sent behind the body again and again, twenty times a second, until the client leaves; `head` drips header
            lines without end in front of everything.
        later: the rest of the body, each piece after so many seconds more.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    after: threading.Event | None = None
    breaks: str | None = None
    drips: bytes | Literal["head"] | None = None
    later: tuple[tuple[float, bytes], ...] = ()


Script: TypeAlias = Iterable[Reply] | Callable[[Call], Reply]


def message(**fields: object) -> Reply:
    """Returns a chat completion whose message has these fields, such as `content="1"`."""
    choice = {"index": 0, "message": {"role": "assistant", **fields}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return Reply(body=json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}).encode())


class ScriptedServer:
    """Serves `POST /v1/chat/completions` by the script, and `GET /v1/models` without asking it."""

    def __init__(self, script: Script) -> None:
        self._next = script if callable(script) else _in_order(script)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.calls: list[Call] = []
        self.finished: list[tuple[float, Call]] = []
        self.surprises: list[str] = []
        self.stopped = threading.Event()
        self.left = 0
        self.models = Reply(body=b'{"object": "list", "data": []}')
        self.underway = self.most_at_once = 0
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def reply_to(self, call: Call) -> Reply:
        """Returns the script's reply; the call enters the history."""
        with self._lock:
            self.calls.append(call)
            try:
                return self._next(call)
            except Exception as error:  # noqa: BLE001 - a script's fault must reach the test, not a server thread
                self.surprises.append(f"call {len(self.calls)}: {error}")
                return Reply(status=OUT_OF_SCRIPT, body=f"out of script: {error}".encode())

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts the requests that are under way."""
        with self._lock:
            self.underway += 1
            self.most_at_once = max(self.most_at_once, self.underway)
        try:
            yield
        finally:
            with self._lock:
                self.underway -= 1

    def stop(self) -> None:
        """Closes the port. Replies still held back are never given, and what drips drips no more."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _in_order(replies: Iterable[Reply]) -> Callable[[Call], Reply]:
    left = iter(replies)

    def reply(_: Call) -> Reply:
        following = next(left, None)
        if following is None:
            raise LookupError("the script ran out of replies")
        return following

    return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: ScriptedServer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._write(self.server.owner.models)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["content-length"]))
        if not sent.endswith(b"}"):  # the client was killed while it wrote
            return
        body = json.loads(sent)
        headers = {name.lower(): value for name, value in self.headers.items()}
        # Counted until the reply is about to go out: a client that has read it may ask again at once.
        call = Call(self.path, headers, body)
        with self.server.owner.counted():
            reply = self.server.owner.reply_to(call)
            if reply.after is not None:
                reply.after.wait(60)
        self._write(reply)
        self.server.owner.finished.append((time.monotonic(), call))

    def _write(self, reply: Reply) -> None:
        if reply.breaks == "before":
            self.close_connection = True
            return
        self.send_response(reply.status)
        if reply.drips == "head":
            self.flush_headers()
            self._drip(b"x-wait: on\r\n")
            return
        for name, value in {"content-type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        if reply.drips is None:
            whole = len(reply.body) + sum(len(piece) for _, piece in reply.later)
            self.send_header("content-length", str(whole + (reply.breaks == "within")))
        self.end_headers()
        try:
            self.wfile.write(reply.body)
            for seconds, piece in reply.later:
                self.server.owner.stopped.wait(seconds)
                self.wfile.write(piece)
        except OSError:
            self.close_connection = True  # the client went away, which is its right
        if isinstance(reply.drips, bytes):
            self._drip(reply.drips)

    def _drip(self, piece: bytes) -> None:
        self.close_connection = True
        try:
            while not self.server.owner.stopped.is_set():
                self.wfile.write(piece)
                time.sleep(0.05)
        except OSError:
            self.server.owner.left += 1

    def log_message(self, *_: object) -> None:
        """Says nothing: the history is in `calls`."""
