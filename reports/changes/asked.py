"""What the rows themselves show of how their answers were asked for: the requests that they keep."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports.changes.report import mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reports.rows.row import Row

#: What a request says, by the field's names in both HTTP APIs.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "temperature": ("temperature",),
    "top_p": ("top_p",),
    "seed": ("seed",),
    "token limit": ("max_tokens", "max_completion_tokens", "max_output_tokens"),
    "reasoning effort": ("reasoning_effort",),
}

#: The roles whose messages are the policy's text.
_INSTRUCTING = frozenset({"system", "developer"})

#: What stands for a field in which the requests of one run differ.
_SEVERAL = "several"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How answers were asked for, as far as kept requests show it.

    Attributes:
        policy: digest of the instructions; None where no request is kept, or they are not one.
        settings: by name, what the requests say.
    """

    policy: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)


def asked_of(rows: Iterable[Row]) -> Asked:
    """Returns how the API's answers were asked for."""
    requests = [row.api.request for row in rows if row.api.request]
    if not requests:
        return Asked()
    instructions = {_instructions(request) for request in requests}
    texts = {name: {json.dumps(_field(one, name)) for one in requests} for name in _FIELDS}
    settings = {name: json.loads(next(iter(found))) if len(found) == 1 else _SEVERAL for name, found in texts.items()}
    policy = next(iter(instructions)) if len(instructions) == 1 else None
    return Asked(
        policy=None if policy is None else hashlib.sha256(policy.encode("utf-8", "surrogatepass")).hexdigest(),
        settings={name: value for name, value in settings.items() if value is not None},
    )


def _field(request: Mapping[str, Any], name: str) -> object:
    told = next((request[one] for one in _FIELDS[name] if one in request), None)
    if told is None and name == "reasoning effort":
        return mapping(request.get("reasoning")).get("effort")
    return told


def _instructions(request: Mapping[str, Any]) -> str | None:
    """Returns the policy's text, white space at its ends left out."""
    told = request.get("instructions")
    messages = request.get("messages", request.get("input"))
    asked = [mapping(one) for one in messages] if isinstance(messages, list) else []
    texts = [told] if isinstance(told, str) else []
    texts += [str(one.get("content")) for one in asked if one.get("role") in _INSTRUCTING]
    return "\n".join(text.strip() for text in texts) if texts else None
