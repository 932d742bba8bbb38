"""Answers that end in the middle of what they say, where no length had told how long they would be.

A body whose end is only that of the connection (RFC 9112, section 6.3) looks whole wherever it breaks off: there JSON
alone can tell. One whose length was told is whole, and whatever is wrong with it was said so.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from backends.statuses import FIRST_ERROR

if TYPE_CHECKING:
    from backends.api.exchange import Exchange

#: The longest piece of JSON that cannot be told from a wrong one where it breaks off: half an escaped character.
_LONGEST_PIECE = 6

#: How the message of Python's JSON reader begins where a string has no end.
_NO_END = "Unterminated string"


def is_cut(exchange: Exchange) -> bool:
    """Returns whether a good answer in JSON broke off with its connection."""
    if not exchange.is_open_ended or exchange.status is None or exchange.status >= FIRST_ERROR:
        return False
    return "json" in exchange.headers.get("content-type", "") and _ends_early(exchange.response_body or b"")


def _ends_early(body: bytes) -> bool:
    """Returns whether a text begins as an object of JSON does and could go on where it ends."""
    text = body.decode("utf-8", "ignore").strip()
    if not text.startswith("{"):
        return False
    try:
        json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        return error.pos >= len(text) - _LONGEST_PIECE or error.msg.startswith(_NO_END)
    except RecursionError:
        return False
    return False
