"""The server that the proxy's clients talk to: uvicorn, which the proxy must be able to leave and to cut short."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import uvicorn

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from starlette.types import ASGIApp, Scope
    from uvicorn.protocols.http.h11_impl import H11Protocol

#: Longer than any client keeps an idle connection: one closed here just as it is used again would look like a fault.
_KEEP_ALIVE_S = 75

#: Seconds between two looks at whether everybody has left.
_TURN_S = 0.002


class Server(uvicorn.Server):
    """uvicorn's server, which tells when it is ready, waits for nobody at its end, and can close a connection."""

    def __init__(self, application: ASGIApp, ready: Callable[[], None]) -> None:
        super().__init__(_config(application))
        self._ready = ready
        self.over = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to listen, and tells."""
        await super().startup(sockets)
        self._ready()

    async def main_loop(self) -> None:
        """Serves until it is `over`, which uvicorn itself would look for ten times a second."""
        await self.over.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - the starter's own
        """Ends at once: the port first, so that nobody new comes, then whoever is there, served or not.

        uvicorn's own shutdown waits for replies, which a server that hangs would never give.
        """
        for server in self.servers:
            server.close()
        while self.server_state.connections or self.server_state.tasks:
            for held in list(self.server_state.connections):
                held.transport.abort()
            await asyncio.sleep(_TURN_S)

    def hang_up(self, scope: Scope) -> None:
        """Closes a client's connection, which ASGI keeps to itself, once all that was sent has left."""
        for held in cast("set[H11Protocol]", self.server_state.connections):
            if held.client == scope["client"]:
                held.transport.close()


def _config(application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        interface="asgi3",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        # The client's address must stay the connection's, and the headers the server's.
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
    )
