"""A reply on its way through the proxy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from starlette.datastructures import MutableHeaders

from tests.faults.body import Json, read_object, write_object
from tests.faults.sse import CONTENT_TYPE, Chunk, read_events, write_events

#: Where a connection breaks: `before` the first byte, `within` the body, or at its `end`, which the client cannot know.
Break: TypeAlias = Literal["before", "within", "end"]

#: Statuses that have no body and no length.
_BODILESS = frozenset({204, 304})


@dataclass(slots=True, kw_only=True)
class ProxiedReply:
    """What the client is sent.

    Attributes:
        status: the HTTP status.
        body: a JSON object, the events of a stream, or anything else as bytes. Alterations may edit or replace it.
        headers: beside the length, which follows from the body.
        breaks: where the connection breaks, or None.
    """

    status: int = 200
    body: Json | list[Chunk] | bytes = b""
    headers: MutableHeaders = field(default_factory=MutableHeaders, repr=False)
    breaks: Break | None = None
    _raw: bytes = field(default=b"", init=False, repr=False)
    _as_read: bytes | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.body, dict):
            self.headers.setdefault("content-type", "application/json")
        elif isinstance(self.body, list):
            self.headers.setdefault("content-type", CONTENT_TYPE)

    def read(self, raw: bytes, *, stream: bool) -> None:
        """Takes the server's body, as events where it is a stream, else as JSON where it is that."""
        body = read_events(raw) if stream else read_object(raw)
        self.body = raw if body is None else body
        self._raw, self._as_read = raw, _written(self.body)

    def payload(self) -> bytes:
        """Returns the body: to the letter the server's, unless an alteration changed it."""
        written = _written(self.body)
        return self._raw if written == self._as_read else written

    def length(self, payload: bytes) -> int | None:
        """Returns the length to announce for `payload`; None where the client learns the end in another way."""
        if isinstance(self.body, list) or self.status in _BODILESS:
            return None
        return len(payload) + (self.breaks == "end")


def _written(body: Json | list[Chunk] | bytes) -> bytes:
    if isinstance(body, list):
        return write_events(body)
    return body if isinstance(body, bytes) else write_object(body).encode()
