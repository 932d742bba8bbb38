"""A request on its way through the proxy."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.faults.body import Json, read_object, write_object

if TYPE_CHECKING:
    from starlette.datastructures import MutableHeaders

_CHAT = "/chat/completions"


@dataclass(slots=True, kw_only=True, eq=False)
class ProxiedRequest:
    """What the client sent, and what the server is sent in its place.

    Attributes:
        method: such as `POST`.
        path: such as `/v1/chat/completions`.
        query: what stands behind the question mark, else empty.
        headers: the server is sent; alterations may edit them in place.
        raw: the client's body to the letter.
        body: the server is sent, None where the client's is no JSON object; alterations may edit it in place.
        index: how many requests came before.
        repeat: how many requests with the very same method, path and body came before.
        underway: how many requests were under way when it came, itself included.
        underway_peak: the most requests that were under way at once during its life, itself included. A life lasts
            from the last byte of the request to the moment before the last byte of the reply.
        forwarded: True once the server was asked.
    """

    method: str
    path: str
    query: str = ""
    headers: MutableHeaders = field(repr=False)
    raw: bytes = field(repr=False)
    body: Json | None = field(init=False)
    index: int = 0
    repeat: int = 0
    underway: int = 1
    underway_peak: int = 1
    forwarded: bool = False
    _as_read: str | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.body = read_object(self.raw)
        self._as_read = None if self.body is None else write_object(self.body)

    @property
    def is_chat(self) -> bool:
        """True for a request for a chat completion."""
        return self.method == "POST" and self.path.endswith(_CHAT) and self.body is not None

    @property
    def original(self) -> Json:
        """The client's body as it was, anew at each call; empty where it is no JSON object."""
        return read_object(self.raw) or {}

    @property
    def sent(self) -> Json | None:
        """What the server was sent; None where it was not asked, or was sent no JSON object."""
        return self.body if self.forwarded else None

    @property
    def streams(self) -> bool:
        """True where the client asked for a stream."""
        return self.original.get("stream") is True

    @property
    def digest(self) -> str:
        """Stands for method, path and the client's body, whatever the order of its fields."""
        body = self.raw.hex() if self._as_read is None else json.dumps(self.original, sort_keys=True)
        return hashlib.sha256(f"{self.method} {self.path} {body}".encode()).hexdigest()

    def random(self, seed: int) -> random.Random:
        """Returns a generator that depends on `seed`, the client's body and `repeat`, not on the order of requests."""
        return random.Random(f"{seed} {self.repeat} {self.digest}")  # noqa: S311 - drawn to be reproducible

    def payload(self) -> bytes:
        """Returns the body for the server: to the letter the client's, unless an alteration changed it."""
        if self.body is None or write_object(self.body) == self._as_read:
            return self.raw
        return write_object(self.body).encode()
