"""The real server behind the proxy."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self

from starlette.datastructures import MutableHeaders

try:
    import httpx2 as httpx
except ImportError:  # the same client before its second edition, which earlier releases of huggingface_hub bring along
    import httpx  # type: ignore[import-not-found, no-redef]

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from tests.faults.request import ProxiedRequest

#: Headers that belong to one connection (RFC 9110, section 7.6.1), and those that follow from the body.
_OWN_HEADERS = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

_CONNECT_TIMEOUT_S = 5.0


class UpstreamUnreachable(Exception):  # noqa: N818 - it says what is the case
    """Nobody listens there; the message is a sentence for the client."""


class UpstreamBroke(Exception):  # noqa: N818 - as above
    """The server broke the connection, in front of its reply or within it."""


class Upstream:
    """Asks the server. To be used as an asynchronous context, on one event loop.

    Environment variables that name a proxy are not heeded: a server on loopback is asked directly.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._client = httpx.AsyncClient(
            trust_env=False,
            verify=base_url.startswith("https:"),  # elsewhere there is nothing to verify, and certificates load slowly
            timeout=httpx.Timeout(None, connect=_CONNECT_TIMEOUT_S),
            # A connection that was kept may be closed by the server just as it is used again: an error of nobody's.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def ask(self, request: ProxiedRequest) -> AsyncIterator[Answer]:
        """Sends `request`; gives the answer when its head is there, and lets go of it afterwards.

        Raises:
            UpstreamUnreachable: nobody listens there.
            UpstreamBroke: the connection broke before the head came.
        """
        response = await self._send(request)
        try:
            yield Answer(response)
        finally:
            await response.aclose()

    async def _send(self, request: ProxiedRequest) -> httpx.Response:
        url = httpx.URL(self.base_url.removesuffix("/v1") + request.path + (request.query and f"?{request.query}"))
        # Alterations read bodies, so no reply may come compressed.
        headers = [*kept(request.headers.raw), (b"accept-encoding", b"identity")]
        asked = httpx.Request(request.method, url, headers=headers, content=request.payload())
        try:
            return await self._client.send(asked, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            reason = str(error) or type(error).__name__
            raise UpstreamUnreachable(f"The proxy could not reach the server at {self.base_url}: {reason}.") from error
        except httpx.TransportError as error:
            raise UpstreamBroke(str(error)) from error


class Answer:
    """The server's answer, as far as it has come."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status: int = response.status_code
        self.headers = MutableHeaders(raw=kept(response.headers.raw))

    @property
    def streams(self) -> bool:
        """True for a stream of events."""
        return self.headers.get("content-type", "").startswith("text/event-stream")

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yields the body as it comes.

        Raises:
            UpstreamBroke: the connection broke within it.
        """
        try:
            async for piece in self._response.aiter_bytes():
                yield piece
        except httpx.TransportError as error:
            raise UpstreamBroke(str(error)) from error


def kept(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Returns the headers that a proxy passes on, with names in lower case."""
    lower = [(name.lower(), value) for name, value in headers]
    return [(name, value) for name, value in lower if name.decode("latin-1") not in _OWN_HEADERS]
