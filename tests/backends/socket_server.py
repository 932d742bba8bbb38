"""A server of plain sockets on a free loopback port, with a thread for each connection."""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress


class SocketServer(ABC):
    """Accepts connections from `_begin` on, until it is stopped."""

    def __init__(self) -> None:
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)

    @property
    def base_url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    @property
    def _scheme(self) -> str:
        return "http"

    def stop(self) -> None:
        """Closes the port, and every connection within a moment."""
        self._stopped.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _begin(self) -> None:
        """Accepts connections from now on; what serves them is there."""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._stopped.is_set():
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    @abstractmethod
    def _serve(self, connection: socket.socket) -> None:
        """Serves one connection to its end."""
