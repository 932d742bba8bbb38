"""Redirects are followed to the same origin alone: whoever is named elsewhere was not asked for, and gets no token.

Law: RFC 9110, section 15.4; what an origin is, RFC 6454, section 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

#: Statuses that lead elsewhere; the other ones of 300 name no new place for a request.
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

#: Those of them with which a request keeps its method and its body.
_KEEPING = frozenset({307, 308})

_PORTS = {"http": 80, "https": 443}


class NotFollowed(Exception):  # noqa: N818 - it says what is the case
    """A response leads to where this request must not go, or would not arrive whole; nothing was sent there.

    Attributes:
        status: of the response.
        target: where it leads to, without what may hold credentials.
        is_elsewhere: True where that is another origin.
    """

    def __init__(self, status: int, target: str, *, is_elsewhere: bool) -> None:
        super().__init__(f"{status} leads to {target}")
        self.status = status
        self.target = target
        self.is_elsewhere = is_elsewhere


def refuse_redirect(response: Any) -> None:  # noqa: ANN401 - an httpx or a requests response
    """Raises where a response leads to another origin than that of its request, or would strip a request of its body.

    Raises:
        NotFollowed: it does.
    """
    location = response.headers.get("location")
    if response.status_code not in _REDIRECTS or not location:
        return
    asked = str(response.request.url)
    origin, path = _place(asked, location)
    if origin is None or origin != _place(asked, "")[0]:
        raise NotFollowed(response.status_code, origin or "an address that cannot be read", is_elsewhere=True)
    if response.request.method == "POST" and response.status_code not in _KEEPING:
        raise NotFollowed(response.status_code, f"{origin}{path}", is_elsewhere=False)


def _place(asked: str, location: str) -> tuple[str | None, str]:
    """Returns the origin and the path of a location; no origin where it is none of HTTP."""
    try:
        parts = urlsplit(urljoin(asked, location))
        origin = f"{parts.scheme}://{_host(parts)}:{parts.port or _PORTS[parts.scheme]}"
    except (ValueError, KeyError):
        return None, ""
    return _printable(origin), _printable(parts.path)


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character.isprintable())
