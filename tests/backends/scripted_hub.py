"""A Hub of one repository on loopback, as far as huggingface_hub asks it when it fetches a model.

Source of the protocol: huggingface_hub's `hf_api.py` and `file_download.py`: the API tells a revision's commit and
files, `/resolve/` gives a file with its commit and ETag, and refusals carry `X-Error-Code`.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(slots=True)
class ScriptedHub:
    """Serves the files of a folder as the repository `name`.

    Attributes:
        folder: its files.
        name: owner and name.
        refusal: status and `X-Error-Code` of every answer, where all is refused; of files alone, where `files_only`.
        cut: file name to the number of its bytes after which the connection breaks.
        requests: method, path and `Range` of each request, in order.
    """

    folder: Path
    name: str = "someone/tiny"
    refusal: tuple[int, str] | None = None
    files_only: bool = False
    cut: dict[str, int] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> str:
        """Starts the server and returns its URL."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.answer(self)

            def do_HEAD(self) -> None:
                hub.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = urllib.parse.unquote(urllib.parse.urlsplit(request.path).path)
        self.requests.append((request.command, path, request.headers.get("Range")))
        is_file = "/resolve/" in path
        if self.refusal is not None and (is_file or not self.files_only):
            return self._refuse(request, *self.refusal)
        if not path.removeprefix("/api/models").startswith(f"/{self.name}/"):
            return self._refuse(request, 404, "RepoNotFound")
        revision = path.partition("/resolve/" if is_file else "/revision/" if "/revision/" in path else "/tree/")[2]
        if revision.partition("/")[0] not in ("main", COMMIT):
            return self._refuse(request, 404, "RevisionNotFound")
        if is_file:
            return self._give_file(request, path.rpartition("/")[2])
        return self._give_json(request, self._tree() if "/tree/" in path else self._info())

    def _info(self) -> dict[str, Any]:
        siblings = [{"rfilename": file["path"], "size": file["size"]} for file in self._tree()]
        return {"id": self.name, "modelId": self.name, "sha": COMMIT, "siblings": siblings, "private": False}

    def _tree(self) -> list[dict[str, Any]]:
        return [
            {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": _etag(file)}
            for file in sorted(self.folder.iterdir())
        ]

    def _give_file(self, request: BaseHTTPRequestHandler, name: str) -> None:
        file = self.folder / name
        if not file.is_file():
            return self._refuse(request, 404, "EntryNotFound")
        body = file.read_bytes()
        start = 0
        if (wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range") or "")) is not None:
            start = int(wanted[1])
            body = body[start : int(wanted[2]) + 1 if wanted[2] else None]
        request.send_response(206 if start else 200)
        size = file.stat().st_size
        if start:
            request.send_header("Content-Range", f"bytes {start}-{start + len(body) - 1}/{size}")
        request.send_header("Content-Length", str(len(body)))
        request.send_header("ETag", f'"{_etag(file)}"')
        request.send_header("X-Repo-Commit", COMMIT)
        request.send_header("Accept-Ranges", "bytes")
        request.end_headers()
        if request.command == "HEAD":
            return None
        limit = self.cut.get(name, size)
        request.wfile.write(body[: max(0, limit - start)])
        if start + len(body) > limit:
            request.wfile.flush()
            request.close_connection = True
            request.connection.close()
        return None

    def _give_json(self, request: BaseHTTPRequestHandler, data: object) -> None:
        self._send(request, 200, {"Content-Type": "application/json"}, json.dumps(data).encode())

    def _refuse(self, request: BaseHTTPRequestHandler, status: int, code: str) -> None:
        self._send(request, status, {"X-Error-Code": code, "X-Error-Message": f"scripted: {code}"}, b"{}")

    def _send(self, request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)


def _etag(file: Path) -> str:
    return hashlib.sha1(file.read_bytes()).hexdigest()  # noqa: S324 - git's own kind of name
