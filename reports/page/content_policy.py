"""What a page may do: wear its own style and run its own script, if any, whatever a model wrote into it."""

from __future__ import annotations

import base64
import hashlib


def content_policy(style: str, script: str | None = None) -> str:
    """Returns the Content-Security-Policy of a page with this one style sheet and, if any, this one script."""
    scripts = "" if script is None else f"script-src {_digest(script)}; "
    return f"default-src 'none'; {scripts}style-src {_digest(style)}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
