"""Offered tools as the TypeScript that Harmony's developer message describes them in.

Source: openai-harmony 0.0.8 and the published chat template, where they agree: scalars, choices among words and lists
of scalars. What goes beyond is not covered.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SCALARS = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean"}

#: What a parameter's description may hold here.
_COVERED = frozenset({"type", "description", "enum", "default", "items"})


def functions_section(tools: Sequence[Mapping[str, Any]]) -> str | None:
    """Returns the namespace that holds the offered tools; None where one of them is not covered."""
    functions = [_function(tool["function"]) for tool in tools]
    covered = [function for function in functions if function is not None]
    if len(covered) < len(functions):
        return None
    return f"## functions\n\nnamespace functions {{\n\n{''.join(covered)}}} // namespace functions"


def _function(function: Mapping[str, Any]) -> str | None:
    parameters = function.get("parameters") or {}
    required = parameters.get("required") or []
    lines = [_parameter(name, schema, required) for name, schema in (parameters.get("properties") or {}).items()]
    known = [line for line in lines if line is not None]
    if len(known) < len(lines) or not function.get("description"):
        return None
    taken = f"_: {{\n{''.join(known)}}}" if known else ""
    return f"// {function['description']}\ntype {function['name']} = ({taken}) => any;\n\n"


def _parameter(name: str, schema: Mapping[str, Any], required: Sequence[str]) -> str | None:
    kind = _type(schema)
    if kind is None:
        return None
    told = f"// {schema['description']}\n" if schema.get("description") else ""
    line = f"{told}{name}{'' if name in required else '?'}: {kind}"
    if "default" in schema:
        line += f", // default: {schema['default'] if 'enum' in schema else json.dumps(schema['default'])}"
    return f"{line},\n"


def _type(schema: Mapping[str, Any]) -> str | None:
    if not set(schema) <= _COVERED:
        return None
    kind = schema.get("type")
    if kind == "array":
        item = schema.get("items") or {}
        scalar = _SCALARS.get(str(item.get("type"))) if set(item) <= {"type", "description"} else None
        return f"{scalar}[]" if scalar else None
    if schema.get("enum"):
        return " | ".join(f'"{word}"' for word in schema["enum"]) if kind == "string" else None
    return _SCALARS.get(str(kind))
