"""Fields that a user adds to every request: what a gateway wants to be told, such as OpenRouter's `provider`."""

from __future__ import annotations

import json

#: What the suite says itself, through either API: with other values a run would judge something else than it says.
OWN_FIELDS = frozenset(
    {
        "model",
        "messages",
        "input",
        "instructions",
        "prompt",
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "temperature",
        "top_p",
        "seed",
        "stream",
        "tools",
        "tool_choice",
        "reasoning",
        "reasoning_effort",
        "n",
        "stop",
    }
)


def read_extra_body(text: str) -> str:
    """Returns the fields that a JSON text adds to every request, as JSON text in one spelling.

    Raises:
        ValueError: it is no JSON object, or says what the suite says itself.
    """
    try:
        told = dict(json.loads(text).items())
        spelled = json.dumps(told, sort_keys=True, allow_nan=False)
    except (ValueError, AttributeError, RecursionError):
        raise ValueError('must be a JSON object, such as {"provider": {"order": ["groq"]}}.') from None
    if own := sorted(OWN_FIELDS & told.keys()):
        raise ValueError(f"says {', '.join(own)}, which the suite says itself: leave that out.")
    return spelled
