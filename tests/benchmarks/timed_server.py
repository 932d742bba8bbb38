"""A server of chat completions that takes the same time for each answer, however many it is asked at once."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_CHOICE = {"index": 0, "message": {"role": "assistant", "content": "1"}, "finish_reason": "stop"}
_USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
_BODY = json.dumps({"object": "chat.completion", "choices": [_CHOICE], "usage": _USAGE}).encode()


class TimedServer:
    """Listens on a free port of loopback until it is stopped."""

    def __init__(self, seconds: float) -> None:
        handler = type("Handler", (_Handler,), {"seconds": seconds})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seconds = 0.0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        time.sleep(self.seconds)
        self._reply(_BODY)

    def do_GET(self) -> None:
        self._reply(b'{"object": "list", "data": []}')

    def _reply(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
