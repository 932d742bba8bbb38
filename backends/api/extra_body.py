"""Fields that a user adds to every request: what a gateway wants to be told, such as OpenRouter's `provider`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from backends.secrets import keep_value_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How the name of a field ends whose text is a credential, and what such a name holds where it is none: special
#: tokens, and keys of caches.
_CREDENTIAL = re.compile(r"(key|token|secret|password|credentials?|authori[sz]ation)$", re.IGNORECASE)
_NO_CREDENTIAL = re.compile(r"cache|stop|end|eos|bos|pad|unk", re.IGNORECASE)

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

    The texts of fields that are called as credentials are, count as such for the rest of the process.

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
    for credential in _credentials(told):
        keep_value_secret(credential)
    return spelled


def _names_credential(name: str) -> bool:
    return _CREDENTIAL.search(name) is not None and _NO_CREDENTIAL.search(name) is None


def _credentials(told: Any, *, named: bool = False) -> Iterator[str]:  # noqa: ANN401 - plain data
    """Yields the texts that stand under a credential's name."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield from _credentials(value, named=named or _names_credential(name))
    elif isinstance(told, list):
        for value in told:
            yield from _credentials(value, named=named)
    elif isinstance(told, str) and named:
        yield told
