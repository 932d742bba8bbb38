"""The one place where text is cleared of credentials before it is written down.

Credentials come from the environment only. Whatever goes into a file, a log, a report or an error message passes
`redact`.
"""

from __future__ import annotations

import os
import re

#: Environment variables that hold credentials which this suite or its libraries may send.
SECRET_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACEHUB_API_TOKEN", "OPENAI_API_KEY")

#: Shapes of tokens that must not be written down even where they did not come from our environment. English words
#: after "bearer" are shorter.
_TOKEN_SHAPES = re.compile(r"\bhf_[A-Za-z0-9]{20,}|\bsk-[A-Za-z0-9_-]{20,}|(?<=[Bb]earer )[A-Za-z0-9._~+/=-]{16,}")

_MARK = "[redacted]"

#: Shorter values are not credentials, and replacing them would garble ordinary text.
_SHORTEST_SECRET = 8


def access_token() -> str | None:
    """Returns the value of `HF_TOKEN`, or None where it is unset or blank."""
    return os.environ.get("HF_TOKEN", "").strip() or None


def redact(text: str) -> str:
    """Returns `text` with all credentials of the environment, and all that is shaped like one, made `[redacted]`."""
    return _TOKEN_SHAPES.sub(_MARK, without_secrets(text))


def without_secrets(text: str) -> str:
    """Returns `text` with the credentials of the environment made `[redacted]` and nothing else touched.

    For a model's own words, in which whatever is merely shaped like a credential belongs to the answer.
    """
    for variable in SECRET_VARIABLES:
        value = os.environ.get(variable, "").strip()
        if len(value) >= _SHORTEST_SECRET:
            text = text.replace(value, _MARK)
    return text
