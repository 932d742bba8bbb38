"""Raw exchanges as text for a page: JSON within JSON unfolded, and no longer than a page can bear."""

from __future__ import annotations

import json
from typing import Any, Final

from reports.page.shown import shortened

#: Characters of one exchange.
MOST: Final = 20_000

#: JSON within JSON within JSON is shown as JSON; what lies deeper is text.
_DEEPEST: Final = 3


def unfolded(value: object, depth: int = _DEEPEST) -> object:
    """Returns what a value stands for: texts that hold an object or a list of JSON are read."""
    if isinstance(value, dict):
        return {str(name): unfolded(one, depth) for name, one in value.items()}
    if isinstance(value, list):
        return [unfolded(one, depth) for one in value]
    if depth and isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return unfolded(json.loads(value), depth - 1)
        except (ValueError, RecursionError):
            return value
    return value


def as_text(value: object, most: int = MOST) -> str:
    """Returns a value as indented JSON, or a text that is none as it is; the rest of a long one is left out."""
    try:
        read: Any = unfolded(value)
        text = read if isinstance(read, str) else json.dumps(read, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = str(value)
    return shortened(text, most)
