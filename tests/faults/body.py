"""JSON bodies, and how they are read and written."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

#: A JSON object. What lies in it is whatever the other side put there.
Json: TypeAlias = dict[str, Any]


def read_object(raw: bytes | str) -> Json | None:
    """Returns the JSON object that `raw` holds, or None where it holds anything else."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def write_object(value: Json) -> str:
    """Returns `value` as JSON text that tells 0, 0.0 and false apart, which a comparison of objects does not."""
    return json.dumps(value)
