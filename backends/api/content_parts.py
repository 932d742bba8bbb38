"""An answer that comes as a list of typed parts, where the protocol has a text.

The protocol knows such lists in requests alone (OpenAI API reference, "Create chat completion"). Some hosts answer in
them all the same: Databricks' gpt-oss puts the reasoning there too, as a part with a summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What a part is called that holds no piece of the answer but of the reasoning.
_OF_THE_REASONING = frozenset({"reasoning", "reasoning_text", "summary_text", "thinking"})

#: Where a part has its text.
_NAMES = ("text", "thinking", "reasoning", "content", "refusal", "summary")


def is_in_parts(content: object) -> bool:
    """Returns whether what stands in the place of a text is a list of parts, or one of them."""
    return isinstance(content, list | dict)


def read_parts(content: Any) -> tuple[str, str] | None:  # noqa: ANN401 - whatever a server sent
    """Returns answer and reasoning of a list of parts; None where there is none, or one of them has no text."""
    answer: list[str] = []
    reasoning: list[str] = []
    parts = content if isinstance(content, list) else [content]
    if not parts:
        return None
    for part in parts:
        text = _text_of(part)
        if text is None:
            return None
        thought = isinstance(part, dict) and part.get("type") in _OF_THE_REASONING
        (reasoning if thought else answer).append(text)
    return "".join(answer), "".join(reasoning)


def _text_of(part: Any) -> str | None:  # noqa: ANN401 - as above
    held = [part[name] for name in _NAMES if name in part] if isinstance(part, dict) else []
    return next((text for value in held if (text := _joined(value)) is not None), None)


def _joined(value: Any) -> str | None:  # noqa: ANN401 - as above
    """Returns a text, or the texts of parts within a part."""
    if not isinstance(value, list):
        return value if isinstance(value, str) else None
    inner: Sequence[str | None] = [_text_of(one) for one in value]
    return "".join(text for text in inner if text) if any(text is not None for text in inner) else None
