"""What a page may do: run its own script and wear its own style, and nothing else, whatever a model wrote into it."""

from __future__ import annotations

import base64
import hashlib


def content_policy(script: str, style: str) -> str:
    """Returns the Content-Security-Policy of a page with this one script and this one style sheet."""
    return (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
