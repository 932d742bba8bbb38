"""When the first token of a stream came: the earliest that a person could have begun to read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from backends.api.chat_response import REASONING_FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Where a chunk of a chat completion holds text; a tool call has its own place beside them.
_TEXTS: Final = ("content", *REASONING_FIELDS, "tool_calls")

_DATA: Final = b"data:"


def first_token_s(body: bytes, pieces: Sequence[tuple[int, float]]) -> float | None:
    """Returns the seconds from the request to the first text in a stream; None where none came.

    What a server sends before it has written anything, a role or a comment, is no token.

    Args:
        body: of the stream, as it came.
        pieces: how many bytes had come by how many seconds after the request was sent.
    """
    place = 0
    for line in body.splitlines(keepends=True):
        place += len(line)
        if line.startswith(_DATA) and _holds_text(line[len(_DATA) :]):
            # Without the end of the line, which may come with the next piece.
            end = place - (len(line) - len(line.rstrip(b"\r\n")))
            return next((seconds for size, seconds in pieces if size >= end), None)
    return None


def _holds_text(data: bytes) -> bool:
    try:
        event: Any = json.loads(data)
        if str(event.get("type", "")).endswith(".delta"):
            return bool(event.get("delta"))
        return any(choice["delta"].get(name) for choice in event.get("choices") or () for name in _TEXTS)
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return False
