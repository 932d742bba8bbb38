"""The events of a stream, with their names.

Law: WHATWG HTML, "Server-sent events": lines end in a line feed, a carriage return or both, an empty line ends an
event, and the data lines of one event are joined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event that has data.

    Attributes:
        name: what its `event` line says; empty where it has none.
        data: its data lines, joined.
    """

    name: str
    data: str


def read_sent_events(text: str) -> Iterator[SentEvent]:
    """Yields the events of a stream; those without data, such as comments that keep a connection open, are none."""
    name, data = "", list[str]()
    for line in [*_LINE_END.split(text.removeprefix("\ufeff")), ""]:
        field, _, value = line.partition(":")
        if not line:
            if data:
                yield SentEvent(name, "\n".join(data))
            name, data = "", []
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif field == "event":
            name = value.removeprefix(" ")
