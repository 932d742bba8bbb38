"""Reads the events out of a stream: what lines carry data, and which event of which name they belong to.

Law: https://html.spec.whatwg.org/multipage/server-sent-events.html. Comments, `id` and `retry` tell a client nothing
about an answer. One byte order mark in front is no part of the stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The literal data of the event after the last chunk.
DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event.

    Attributes:
        data: its lines of data, joined by line feeds.
        name: as its field `event` says; empty where it has none.
    """

    data: str
    name: str = ""


def read_server_events(text: str) -> Iterator[ServerEvent]:
    """Yields the events that have data. An end of the text ends the last event too."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for block in lines.split("\n\n"):
        fields = [line.partition(":") for line in block.split("\n")]
        data = [value.removeprefix(" ") for name, _, value in fields if name == "data"]
        names = [value.removeprefix(" ") for name, _, value in fields if name == "event"]
        if data:
            yield ServerEvent("\n".join(data), names[-1] if names else "")
