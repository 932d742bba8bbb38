"""A reverse proxy that keeps every promise of the server behind it, except those that its alterations break."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Self

import anyio
from anyio.from_thread import start_blocking_portal

from tests.faults.census import Census
from tests.faults.connection import ClientConnection
from tests.faults.reply import ProxiedReply
from tests.faults.server import Server
from tests.faults.upstream import Answer, Upstream, UpstreamBroke, UpstreamUnreachable
from tests.faults.way import Way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anyio.abc import TaskStatus
    from starlette.types import Receive, Scope, Send

    from tests.faults.alteration import Alteration
    from tests.faults.request import ProxiedRequest

_BAD_GATEWAY, _OWN_FAILURE = 502, 500


class AlterationError(RuntimeError):
    """An alteration raised, so that what the client saw was not the fault that it was meant to be."""


class Proxy:
    """Serves on a loopback port, from a thread of its own, between `start` and `stop` or in a `with` block.

    Args:
        upstream_base_url: of the real server, such as `http://127.0.0.1:8000/v1`.
        alterations: act in this order. A list put in their place acts on the requests that come after.
        port: to listen on; 0 is any free one.

    Raises:
        ValueError: the address does not end in `/v1`.
        AlterationError: at the end of a `with` block, if an alteration raised.
    """

    def __init__(self, upstream_base_url: str, alterations: Sequence[Alteration] = (), *, port: int = 0) -> None:
        if not upstream_base_url.rstrip("/").endswith("/v1"):
            raise ValueError(f"The address of the server must end in /v1, unlike {upstream_base_url}.")
        self.upstream_base_url = upstream_base_url.rstrip("/")
        self.alterations = alterations
        self.failures: list[Exception] = []
        self._port = port
        self._census = Census()
        self._running: ExitStack | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.stop()
        if kind is None and self.failures:
            raise AlterationError(f"An alteration raised {self.failures[0]!r}.") from self.failures[0]

    @property
    def base_url(self) -> str:
        """The address under which `/chat/completions` lies, once started."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def requests(self) -> list[ProxiedRequest]:
        """All requests so far, in the order in which they came."""
        return self._census.seen()

    def start(self) -> str:
        """Starts the proxy and returns its base URL.

        Raises:
            OSError: the port is taken.
        """
        if self._running is not None:
            return self.base_url
        with ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", self._port)))
            self._port = listener.getsockname()[1]
            portal = stack.enter_context(start_blocking_portal(name="fault-proxy"))
            served, _ = portal.start_task(self._serve, listener)
            stack.callback(served.result)
            stack.callback(portal.call, self._server.over.set)
            self._running = stack.pop_all()
        return self.base_url

    def stop(self) -> None:
        """Breaks the connections that are open, closes the port and ends the thread; again changes nothing."""
        if self._running is not None:
            running, self._running = self._running, None
            running.close()

    async def _serve(self, listener: socket.socket, *, task_status: TaskStatus[None]) -> None:
        self._server = Server(self._handle, task_status.started)
        async with Upstream(self.upstream_base_url) as self._upstream:
            await self._server.serve(sockets=[listener])

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, and drops it as soon as the client is gone. The ASGI application."""
        connection = ClientConnection(scope, receive, send, partial(self._server.hang_up, scope))
        request = await connection.request()
        if request is None:
            return
        self._census.enter(request)
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._answer_or_tell, request, connection)
                await connection.gone()
                group.cancel_scope.cancel()
        finally:
            self._census.leave(request)

    async def _answer_or_tell(self, request: ProxiedRequest, connection: ClientConnection) -> None:
        try:
            await self._answer(Way(request, tuple(self.alterations)), connection)
        except Exception as error:  # noqa: BLE001 - an alteration's fault must reach the test, not the loop
            self.failures.append(error)
            self._census.leave(request)
            if connection.started:
                connection.hang_up()
            else:
                await connection.deliver(_error(_OWN_FAILURE, f"An alteration of the proxy raised {error!r}."))

    async def _answer(self, way: Way, connection: ClientConnection) -> None:
        reply = way.out() or await self._ask(way, connection)
        if reply is not None:
            way.back(reply)
            # A client that has read its reply may ask again at once, and must not meet itself.
            self._census.leave(way.request)
            await connection.deliver(reply)

    async def _ask(self, way: Way, connection: ClientConnection) -> ProxiedReply | None:
        """Returns the server's reply, with its head edited; None where it was passed on as it came."""
        way.request.forwarded = True
        try:
            async with self._upstream.ask(way.request) as answer:
                reply = ProxiedReply(status=answer.status, headers=answer.headers)
                streams = answer.streams
                way.head(reply)
                if streams and reply.breaks is None and not way.edits_chunks:
                    await connection.pass_on(reply, answer.pieces(), lambda: self._census.leave(way.request))
                    return None
                await _read(answer, reply, stream=streams)
                return reply
        except UpstreamUnreachable as error:
            return _error(_BAD_GATEWAY, str(error))
        except UpstreamBroke:
            return ProxiedReply(breaks="before")


async def _read(answer: Answer, reply: ProxiedReply, *, stream: bool) -> None:
    """Reads the body to its end, or to where the server broke it: so will the client's."""
    raw = b""
    try:
        async for piece in answer.pieces():
            raw += piece
    except UpstreamBroke:
        reply.breaks = reply.breaks or "end"
    reply.read(raw, stream=stream)


def _error(status: int, message: str) -> ProxiedReply:
    return ProxiedReply(status=status, body={"error": {"message": message, "type": "proxy", "code": status}})
