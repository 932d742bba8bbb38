"""The error that stands in a body in the place of an answer, and what it says of itself.

What a guard is known by: Azure OpenAI's "Content filtering" (`content_filter`, `ResponsibleAIPolicyViolation`, the
results of its filters), OpenAI's error codes, Alibaba Model Studio's "Error codes" (`data_inspection_failed`),
OpenRouter's "Errors" (403 with `flagged_input` among its metadata), Volcengine's error codes and LiteLLM's exceptions.
What a call that nobody offered is known by: Groq's "Error codes" (`tool_use_failed`) and the words that come with it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: How the protocol says that a filter ended a text.
FILTERED = "content_filter"

#: What stands in the codes, types, names and words of a guard's error, in lower case.
_OF_A_GUARD = (
    FILTERED,
    "content_policy",
    "content_moderation",
    "contentpolicyviolation",
    "content management policy",
    "content safety",
    "data_inspection_failed",
    "flagged_input",
    "input was flagged",
    "prompt was flagged",
    "guardrail",
    "inappropriate content",
    "moderation_blocked",
    "prompt blocked",
    "responsibleaipolicyviolation",
    "sensitivecontentdetected",
)

#: The same of an error about a tool that was called.
_OF_A_CALL = (
    "tool_use_failed",
    "tool_called",
    "called a tool",
    "call a tool",
    "calls a tool",
    "tool was called",
    "attempted to call tool",
)

#: Fields of an error that say what it is.
_TELLING = frozenset({"code", "type", "message", "msg", "reason", "detail", "error"})

#: Errors wrap each other no deeper than this.
_DEEPEST = 5


def error_in(body: bytes | str | None) -> Mapping[str, object]:
    """Returns the error that stands in a body in the place of an answer; an empty one where none does."""
    try:
        told = json.loads(body or b"")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict) or told.get("choices"):
        return {}
    error = told.get("error")
    return error if isinstance(error, dict) else told if "message" in told else {}


def is_of_a_guard(error: Mapping[str, object] | str) -> bool:
    """Returns whether an error, or the text that stands in its place, is that of a guard in front of the model."""
    return _says(error, _OF_A_GUARD)


def is_of_a_call(error: Mapping[str, object] | str) -> bool:
    """Returns whether an error says that the request fails since a tool was called."""
    return _says(error, _OF_A_CALL)


def _says(error: Mapping[str, object] | str, marks: tuple[str, ...]) -> bool:
    said = " ".join(_words(error)).lower()
    return any(mark in said for mark in marks)


def _words(error: object, name: str = "error", depth: int = 0) -> Iterator[str]:
    """Yields what an error says of itself: its codes and words, and the names of its fields, however deep."""
    if isinstance(error, str) and name in _TELLING:
        yield error
    if not isinstance(error, dict) or depth > _DEEPEST:
        return
    for key, value in error.items():
        yield str(key)
        yield from _words(value, str(key), depth + 1)
