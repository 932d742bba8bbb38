"""Where no provider is named one is chosen at the start, and all requests go to that one."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from huggingface_hub import constants

from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.api.pinned import PinnedEndpoint
from backends.errors import BackendUnavailable, BackendUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "openai/gpt-oss-20b"


def serving(provider: str, status: str = "live", task: str = "conversational") -> dict[str, Any]:
    return {"provider": provider, "providerId": f"{provider}-id", "status": status, "task": task}


@contextmanager
def hub(*mapping: dict[str, Any]) -> Iterator[list[str]]:
    """Starts a Hub that tells who serves the model, and yields the paths that it is asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = json.dumps({"_id": "1", "id": MODEL, "inferenceProviderMapping": list(mapping)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        address = f"http://127.0.0.1:{server.server_port}"
        patch.setattr(constants, "ENDPOINT", address)
        patch.setattr("huggingface_hub.hf_api.constants.ENDPOINT", address)
        patch.setenv("HF_TOKEN", "hf_for-this-test")
        yield asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_first_provider_that_works_is_asked_throughout_and_told() -> None:
    pinned = PinnedEndpoint(Endpoint(model=MODEL))
    assert pinned.describe()["endpoint"] == "the first provider that the Hub tells"

    with hub(
        serving("down", "error"), serving("other", task="text-to-image"), serving("novita"), serving("groq")
    ) as asked:
        assert [pinned.resolve().provider for _ in range(3)] == ["novita"] * 3
        identity = pinned.identity

    assert sum("/models/" in path for path in asked) == 1
    assert identity == Endpoint(model=MODEL, provider="novita").identity
    assert (pinned.describe()["endpoint"], pinned.describe()["provider"]) == ("provider novita", "novita")


def test_endpoint_that_cannot_be_chosen_has_an_identity_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with hub() as asked:
        assert PinnedEndpoint(Endpoint(model=MODEL)).identity == Endpoint(model=MODEL).identity
        assert asked
        monkeypatch.delenv("HF_TOKEN")
        before = len(asked)
        assert PinnedEndpoint(Endpoint(model=MODEL)).identity == Endpoint(model=MODEL).identity
    assert len(asked) == before


def test_model_that_nobody_serves_is_told() -> None:
    with hub(), pytest.raises(BackendUnavailable, match="No provider serves openai/gpt-oss-20b now"):
        ApiBackend(PinnedEndpoint(Endpoint(model=MODEL))).check()


def test_without_a_token_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with hub(serving("groq")) as asked:
        monkeypatch.delenv("HF_TOKEN")
        for look in (ApiBackend.check, ApiBackend.check_token):
            with pytest.raises(BackendUnavailable, match="Inference Providers need a token"):
                look(ApiBackend(PinnedEndpoint(Endpoint(model=MODEL))))
    assert asked == []


def test_hub_that_cannot_be_reached_is_told_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(BackendUnreachable, match="name one with --provider"):
        PinnedEndpoint(Endpoint(model=MODEL)).resolve()
