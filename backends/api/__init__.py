"""Requests over HTTP: how an endpoint is asked, and what its answer says.

`ApiBackend` sends `Prompt`s to an `Endpoint` through huggingface_hub's client, several side by side. `transport` makes
one request, `exchange` keeps the bytes behind the client's objects, `retries` tries transport again and never an
answer, and `chat_response` reads a body, telling absent, null and empty apart. `RawBackend` makes `RawCall`s, in which
each field of the request is chosen; a `ParsedReply` shows what came back, streams included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.lazy_face import lazy_face

if TYPE_CHECKING:
    from backends.api.backend import ApiBackend
    from backends.api.endpoint import Endpoint
    from backends.api.parsed_reply import ParsedReply
    from backends.api.raw_backend import RawBackend
    from backends.api.raw_call import RawCall
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "backend": ("ApiBackend",),
            "endpoint": ("Endpoint",),
            "parsed_reply": ("ParsedReply",),
            "raw_backend": ("RawBackend",),
            "raw_call": ("RawCall",),
        },
    )

__all__ = [
    "ApiBackend",
    "Endpoint",
    "ParsedReply",
    "RawBackend",
    "RawCall",
]
