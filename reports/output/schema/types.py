"""Types of a JSON Schema, as plain data (https://json-schema.org/draft/2020-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from enum import StrEnum

Schema: TypeAlias = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
SOME_OBJECT: Schema = {"type": "object"}


def texts() -> Schema:
    """Returns a list of texts."""
    return {"type": "array", "items": TEXT}


def array(items: Schema) -> Schema:
    """Returns a list of what `items` says."""
    return {"type": "array", "items": items}


def interval() -> Schema:
    """Returns the ends of an interval, low and high."""
    return {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}


def one_of(vocabulary: type[StrEnum] | Iterable[str]) -> Schema:
    """Returns a word of a closed vocabulary."""
    return {"enum": [str(word) for word in vocabulary]}


def nullable(schema: Schema) -> Schema:
    """Returns the same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def closed(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    """Returns an object with these fields and no others."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def described(schema: Schema, words: str) -> Schema:
    """Returns the same with a description."""
    return {**schema, "description": words}
