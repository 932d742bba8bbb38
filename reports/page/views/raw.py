"""The raw exchanges of an example: the lines of what was sent, fed, said and written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from backends.raw_fields import exchange_raw, local_raw
from reports.page.shown import shortened, shown
from reports.page.views.exchanges import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where a rendered prompt begins a new message; the messages of many examples are the same.
_MESSAGE: Final = re.compile(r"(?=<\|start\|>)")


def raw_texts(row: Mapping[str, Any], most: int) -> list[tuple[str, list[str]]]:
    """Returns the raw exchanges of a row, each with its name and its text in pieces that others may share.

    Args:
        row: of the results.
        most: characters of each.
    """
    told = []
    if sent := exchange_raw(row.get("api_raw")):
        told.append(("API: request and response as sent", _lines(as_text(sent, most))))
    told += [(name, pieces) for name, pieces in _local(local_raw(row.get("local_raw")), most) if pieces]
    return told


def _local(raw: str | None, most: int) -> list[tuple[str, list[str]]]:
    if not raw:
        return []
    try:
        kept = json.loads(raw)
        texts = {name: kept[name] for name in ("prompt", "text") if isinstance(kept[name], str)}
    except (ValueError, TypeError, KeyError, RecursionError):
        return [("LOCAL: as kept", _lines(as_text(raw, most)))]
    names = {"prompt": "LOCAL: prompt as fed", "text": "LOCAL: text as written"}
    return [(names[name], _messages(shortened(text, most))) for name, text in texts.items()]


def _lines(text: str) -> list[str]:
    return shown(text).splitlines(keepends=True)


def _messages(text: str) -> list[str]:
    return [piece for piece in _MESSAGE.split(shown(text)) if piece]
