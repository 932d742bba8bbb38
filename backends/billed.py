"""The tokens that an endpoint reports for one reply, read from the evidence of the exchange: what it bills by."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How a line of a stream begins that holds data (WHATWG, "Server-sent events").
_DATA = "data:"


@dataclass(frozen=True, slots=True)
class Billed:
    """Token counts as reported.

    Attributes:
        prompt: tokens of the prompt, those that were cached among them.
        completion: tokens of the answer, reasoning included.
        cached: tokens of the prompt that lay in the endpoint's cache.
    """

    prompt: int
    completion: int
    cached: int = 0


def billed_in(evidence: str) -> Billed | None:
    """Returns what an exchange's response reports; None where it reports nothing that can be read."""
    try:
        told = json.loads(evidence)
        return billed_in_body(told["response"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def billed_in_body(body: object) -> Billed | None:
    """Returns what the body of a response reports: of a chat completion or a response, whole or streamed."""
    if not isinstance(body, str):
        return None
    found = [read for told in _objects_in(body) if (read := _read(told)) is not None]
    return found[-1] if found else None


def _objects_in(body: str) -> Iterator[Any]:
    """Yields the JSON objects of a body; of a stream, those in which a usage may stand."""
    lines = (line for line in body.splitlines() if line.startswith(_DATA) and '"usage"' in line)
    for text in (body,) if body.lstrip().startswith("{") else (line.removeprefix(_DATA) for line in lines):
        with contextlib.suppress(ValueError, RecursionError):
            yield json.loads(text)


def _read(told: object) -> Billed | None:
    if not isinstance(told, dict):
        return None
    # An event of the Responses API holds the response that it is about.
    within = told.get("response")
    usage = told.get("usage") or (within.get("usage") if isinstance(within, dict) else None)
    if not isinstance(usage, dict):
        return None
    prompt, completion = (
        _count(usage, "prompt_tokens", "input_tokens"),
        _count(usage, "completion_tokens", "output_tokens"),
    )
    if prompt is None or completion is None:
        return None
    details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details")
    cached = _count(details, "cached_tokens") if isinstance(details, dict) else None
    return Billed(prompt=prompt, completion=completion, cached=cached or 0)


def _count(counts: dict[str, Any], *names: str) -> int | None:
    return next((counts[name] for name in names if type(counts.get(name)) is int and counts[name] >= 0), None)
