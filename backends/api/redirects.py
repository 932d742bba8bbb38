"""Redirects: within an origin they are followed, to another they are not.

A request holds a key, headers of the user's own and the text of an example: nobody but the server that the user named
may get them. Origins as in RFC 6454: scheme, host and port.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

from backends.errors import AccountRefused
from backends.plain_text import printable

#: Statuses whose `Location` an HTTP library follows.
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_PORTS = {"http": 80, "https": 443}


def refuse_foreign_redirect(response: Any) -> None:  # noqa: ANN401 - an httpx or a requests response
    """Raises AccountRefused where a response sends the request on to another origin."""
    location = response.headers.get("location")
    if response.status_code not in _REDIRECTS or not location:
        return
    asked = str(response.request.url)
    try:
        there, here = _origin(urljoin(asked, location)), _origin(asked)
    except ValueError:
        there, here = "an address that cannot be read", ""
    if there != here:
        refused = AccountRefused(
            f"The server sends requests on to another place, {printable(there)}, which gets neither them nor any key: "
            "if that is the server that you mean, name its address."
        )
        refused.status = response.status_code
        raise refused


def _origin(address: str) -> str:
    """Returns scheme, host and port, and nothing else: the rest of an address may repeat a credential."""
    parts = urlsplit(address)
    port = parts.port or _PORTS.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{port}"
