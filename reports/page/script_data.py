"""Data as it stands in a script element: JSON that nothing in it can lead out of there."""

from __future__ import annotations

import json
from typing import Final

#: What ends a script element or a line of JavaScript, wherever it stands in the data.
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def as_script_data(data: object) -> str:
    """Returns data as JSON for a script element."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)
