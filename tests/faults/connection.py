"""The client's side: its request, its reply, and the end of its connection."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from tests.faults.request import ProxiedRequest
from tests.faults.upstream import UpstreamBroke, kept

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from starlette.types import Receive, Scope, Send

    from tests.faults.reply import ProxiedReply


class ClientConnection:
    """One request of a client.

    Args:
        scope: of ASGI, like the two that follow.
        receive: gives the request's body.
        send: takes the reply.
        hang_up: closes the client's connection once all that was sent has left.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, hang_up: Callable[[], None]) -> None:
        self._scope, self._receive, self._send, self.hang_up = scope, receive, send, hang_up
        self.started = False

    async def request(self) -> ProxiedRequest | None:
        """Returns the request once it is whole; None where the client went away before."""
        raw, more = b"", True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            raw += message.get("body", b"")
            more = message.get("more_body", False)
        return ProxiedRequest(
            method=self._scope["method"],
            path=self._scope["raw_path"].decode("latin-1"),
            query=self._scope["query_string"].decode("latin-1"),
            headers=_request_headers(self._scope),
            raw=raw,
        )

    async def gone(self) -> None:
        """Returns when the reply is complete or the client is gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def deliver(self, reply: ProxiedReply) -> None:
        """Sends a whole reply, or breaks the connection as it says."""
        if reply.breaks == "before":
            return self.hang_up()
        payload = reply.payload()
        await self._start(reply, reply.length(payload))
        if reply.breaks is None:
            return await self._write(payload, more=False)
        await self._write(payload[: len(payload) // 2] if reply.breaks == "within" else payload)
        return self.hang_up()

    async def pass_on(self, reply: ProxiedReply, pieces: AsyncGenerator[bytes], ended: Callable[[], None]) -> None:
        """Sends a stream as it comes, and breaks where it breaks; calls `ended` before the client can see the end."""
        await self._start(reply, None)
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    await self._write(piece)
        except UpstreamBroke:
            ended()
            return self.hang_up()
        ended()
        return await self._write(b"", more=False)

    async def _start(self, reply: ProxiedReply, length: int | None) -> None:
        headers = reply.headers.raw + ([] if length is None else [(b"content-length", str(length).encode())])
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})
        self.started = True

    async def _write(self, body: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


def _request_headers(scope: Scope) -> MutableHeaders:
    headers = kept(scope["headers"])
    return MutableHeaders(raw=[(name, value) for name, value in headers if name != b"accept-encoding"])
