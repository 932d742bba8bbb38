"""Server-sent events: the stream of a chat completion as a list, and back.

Law: https://html.spec.whatwg.org/multipage/server-sent-events.html, of which chat completions use `data` alone.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from tests.faults.body import Json, read_object, write_object

#: The data of the event that ends a stream by convention; some servers leave it out.
DONE = "[DONE]"

CONTENT_TYPE = "text/event-stream"

#: The data of one event: a JSON object, or the text of anything else, such as `DONE`.
Chunk: TypeAlias = Json | str

_LINE_ENDS = re.compile(r"\r\n|\r|\n")


def read_events(raw: bytes) -> list[Chunk]:
    """Returns the data of each event; comments and events without data are left out."""
    lines = _LINE_ENDS.split(raw.decode("utf-8", "replace"))
    events: list[Chunk] = []
    data: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and data:
            text = "\n".join(data)
            events.append(_read(text))
            data = []
    return events


def write_events(chunks: list[Chunk]) -> bytes:
    """Returns the stream of these events; `read_events` is its inverse."""
    texts = [chunk if isinstance(chunk, str) else write_object(chunk) for chunk in chunks]
    events = ["".join(f"data: {line}\n" for line in text.split("\n")) for text in texts]
    return "".join(f"{event}\n" for event in events).encode("utf-8", "replace")


def _read(text: str) -> Chunk:
    value = read_object(text)
    return text if value is None else value
