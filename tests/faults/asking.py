"""A client that shows what came over the wire, and scripted replies of the server behind the proxy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.backends.scripted_server import Reply
from tests.faults.chunks import joined, rechunk
from tests.faults.sse import DONE, Chunk, read_events, write_events

if TYPE_CHECKING:
    from email.message import Message

    from tests.faults.body import Json

CHAT = "/chat/completions"

HELLO: Json = {"model": "m", "messages": [{"role": "user", "content": "hello"}], "temperature": 0.0}

COMPLETION: Json = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "An answer.", "reasoning_content": "A thought."},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a client heard: the status, the headers and the body to the letter."""

    status: int
    headers: Message
    raw: bytes

    @property
    def json(self) -> Json:
        """The body, which must be a JSON object."""
        value: Json = json.loads(self.raw)
        return value

    @property
    def events(self) -> list[Chunk]:
        """The body, which must be a stream."""
        return read_events(self.raw)

    @property
    def completion(self) -> Json:
        """What the server said, in one piece or as a stream."""
        return joined(self.events) if self.raw.startswith(b"data:") else self.json


def address(base_url: str) -> tuple[str, int]:
    """Returns host and port."""
    parts = urlsplit(base_url)
    return parts.hostname or "", parts.port or 0


def ask(base_url: str, body: Json | bytes | None = HELLO, path: str = CHAT, **headers: str) -> Heard:
    """Posts `body`, or gets where there is none, and returns what came.

    Raises:
        http.client.RemoteDisconnected: the connection broke before the reply.
        http.client.IncompleteRead: it broke within the reply.
    """
    connection = HTTPConnection(*address(base_url), timeout=60)
    raw = json.dumps(body).encode() if isinstance(body, dict) else body
    told = {"content-type": "application/json"} if isinstance(body, dict) else {}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("GET" if raw is None else "POST", urlsplit(base_url).path + path, raw, told)
        response = connection.getresponse()
        return Heard(response.status, response.headers, response.read())
    finally:
        connection.close()


def whole(completion: Json = COMPLETION, **headers: str) -> Reply:
    """Returns a scripted reply that is `completion` in one piece."""
    return Reply(
        body=json.dumps(completion).encode(), headers={name.replace("_", "-"): headers[name] for name in headers}
    )


def stream(completion: Json = COMPLETION, *, done: bool = True) -> Reply:
    """Returns a scripted reply that is `completion` as a stream."""
    events = [*rechunk(completion), *([DONE] if done else [])]
    return Reply(body=write_events(events), headers={"content-type": "text/event-stream; charset=utf-8"})
