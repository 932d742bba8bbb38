"""One import at a time of the libraries that take seconds, whichever thread comes first.

transformers resolves its names lazily while it is imported: a second thread that asks at that moment is told that a
name does not exist.
"""

from __future__ import annotations

import threading
from typing import Any

_IMPORTING = threading.Lock()


def import_transformers() -> Any:  # noqa: ANN401 - transformers is not typed
    """Returns the module `transformers`, with the names that this room uses resolved.

    Raises:
        ImportError: it is not installed.
    """
    with _IMPORTING:
        import transformers  # noqa: PLC0415 - several seconds that API-only callers never pay

        _ = transformers.AutoTokenizer
        return transformers
