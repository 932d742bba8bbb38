"""Token, Hub and data set are told without a secret and without waiting long."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import constants

from backends.doctor.cached import CacheEntry, Stored
from backends.doctor.check_result import Status
from backends.doctor.hub import (
    DatasetPin,
    HubAnswer,
    ask_hub,
    check_hub,
    check_token,
    judge_dataset,
    judge_hub,
    judge_token,
    read_pin,
)
from backends.installation import ROOT
from fixtures.toxicchat import hub as loader

if TYPE_CHECKING:
    from collections.abc import Iterator

PIN = DatasetPin(repository="lmsys/toxic-chat", configuration="toxicchat0124", revision="c" * 40)


def test_token_is_told_by_its_place_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefghijklmnopqrstuvwxyz")
    line = check_token()

    assert (line.status, line.text) == (Status.OK, "present, from HF_TOKEN")


@pytest.mark.parametrize("stored", [True, False])
def test_token_that_is_not_in_the_environment_is_missing(stored: bool) -> None:  # noqa: FBT001 - one of two cases
    line = judge_token(in_environment=False, stored=stored)

    assert line.status is Status.NOTE
    assert ("stored login" in line.text) is stored
    assert "export HF_TOKEN" in line.remedy


def test_blank_token_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("HF_TOKEN", " ")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", f"{tmp_path}/token")

    assert check_token().status is Status.NOTE


def test_hub_that_answers_is_good() -> None:
    assert judge_hub(HubAnswer(place="https://hub.example")).status is Status.OK


def test_hub_that_does_not_answer_is_told_with_the_reason() -> None:
    line = judge_hub(HubAnswer(place="https://hub.example", error="ConnectError: no route"))

    assert (line.status, line.text) == (Status.NOTE, "https://hub.example is of no use (ConnectError: no route)")
    assert "HF_HUB_OFFLINE=1" in line.remedy


def test_offline_setting_is_explained() -> None:
    line = judge_hub(HubAnswer(place="https://hub.example", offline_by="TRANSFORMERS_OFFLINE"))

    assert line.status is Status.NOTE
    assert "not asked: TRANSFORMERS_OFFLINE is set" in line.text
    assert "unset TRANSFORMERS_OFFLINE" in line.remedy


def test_offline_mode_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("backends.doctor.hub.ask_hub", lambda _: pytest.fail("the Hub was asked"))

    assert "not asked: HF_HUB_OFFLINE is set" in check_hub(PIN).text


class _Answer(http.server.BaseHTTPRequestHandler):
    """A Hub that knows one data set at one commit."""

    def do_GET(self) -> None:
        known = self.path.startswith(f"/api/datasets/{PIN.repository}/revision/{PIN.revision}")
        body = json.dumps({"id": PIN.repository, "sha": PIN.revision} if known else {"error": "not found"}).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def small_hub() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


def _ask_at(place: str, monkeypatch: pytest.MonkeyPatch, pin: DatasetPin, timeout_s: float) -> str | None:
    monkeypatch.setattr(constants, "ENDPOINT", place)
    monkeypatch.setattr("huggingface_hub.hf_api.constants.ENDPOINT", place)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return ask_hub(pin, timeout_s)


def test_hub_is_asked_for_the_pinned_revision(small_hub: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = DatasetPin(repository=PIN.repository, configuration=PIN.configuration, revision="d" * 40)

    assert _ask_at(small_hub, monkeypatch, PIN, 10) is None
    assert "404" in (_ask_at(small_hub, monkeypatch, other, 10) or "")


def test_hub_that_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        said = _ask_at(f"http://127.0.0.1:{closed.getsockname()[1]}", monkeypatch, PIN, 10)

    assert said is not None
    assert "Connect" in said


def test_silent_hub_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        said = _ask_at(f"http://127.0.0.1:{silent.getsockname()[1]}", monkeypatch, PIN, 0.5)

    assert said is not None
    assert time.monotonic() - started < 5


def test_name_that_is_looked_up_for_ever_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr("backends.doctor.hub._ask", lambda *_: str(answered.wait(30)))
    said = ask_hub(PIN, 0.05)
    answered.set()

    assert said == "silent for 0.05 s"


def test_dataset_in_the_cache_is_good() -> None:
    line = judge_dataset(PIN, CacheEntry(Stored.WHOLE))

    assert (line.status, line.text) == (Status.OK, "lmsys/toxic-chat@cccccccc: in the cache")


@pytest.mark.parametrize("stored", [Stored.PART, Stored.NOTHING])
def test_dataset_that_is_not_whole_is_to_be_fetched(stored: Stored) -> None:
    line = judge_dataset(PIN, CacheEntry(stored))

    assert line.status is Status.NOTE
    assert "--dataset hub" in line.remedy


def test_pin_is_the_one_that_the_loader_uses() -> None:
    pin = read_pin(ROOT)

    assert (pin.repository, pin.configuration, pin.revision) == (
        loader.REPOSITORY,
        loader.CONFIGURATION,
        loader.REVISION,
    )
