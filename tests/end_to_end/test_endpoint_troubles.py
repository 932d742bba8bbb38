"""What account, network and gateway do, and servers that never come to an end, accuse nobody and hang nothing."""

from __future__ import annotations

import itertools
import json
import threading
from typing import TYPE_CHECKING

import pytest

from fixtures.faults import ProxiedReply, ProxiedRequest, Proxy, answer
from fixtures.faults.edits.corrections import CORRECTIONS
from tests.backends.scripted_server import Reply, ScriptedServer, message
from tests.backends.trickling_server import TricklingServer, whole
from tests.end_to_end.running import MODES, run_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.backends.scripted_server import Call

STREAM = b'data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "1"}}]}\n\ndata: [DONE]\n\n'


@pytest.fixture
def nobody() -> Iterator[ScriptedServer]:
    """A server that lets no account in, and says so otherwise each time."""
    lock = threading.Lock()

    def refuse(_: Call) -> Reply:
        with lock:
            return Reply(status=401, body=f'{{"error": {{"id": {len(server.calls)}}}}}'.encode())

    server = ScriptedServer(refuse)
    yield server
    server.stop()


@pytest.fixture
def endless() -> Iterator[ScriptedServer]:
    """A server none of whose responses ends: streams go on with comments, bodies with white space."""

    def drip(call: Call) -> Reply:
        if call.body.get("stream"):
            return Reply(body=STREAM, headers={"content-type": "text/event-stream"}, drips=b": ping\n\n")
        return Reply(drips=b"\n")

    server = ScriptedServer(drip)
    server.models = Reply(drips=b"\n")
    yield server
    server.stop()


@pytest.mark.embedded
def test_run_of_wire_checks_that_gets_nothing_but_401_keeps_none_and_says_so_once(
    tmp_path: Path, nobody: ScriptedServer
) -> None:
    done = run_in(tmp_path, "-m", "wire", "--base-url", nobody.base_url, "--model", "MINIATURE")

    assert done.status == 6, done.text
    (counts,) = [line for line in done.text.splitlines() if line.startswith("wire ")]
    assert "kept" not in counts
    assert "unanswered" in counts
    assert sum(line.startswith("unanswered: ") for line in done.text.splitlines()) == 1
    assert len(nobody.calls) < 10


@pytest.mark.embedded
@pytest.mark.slow
@pytest.mark.parametrize(
    "status", [401, 429, 530, *(pytest.param(one, marks=pytest.mark.thorough) for one in (402, 403, 520))]
)
def test_status_that_is_nobodys_fault_never_makes_the_verdict_differ(
    tmp_path: Path, upstream: str, status: int
) -> None:
    served: list[str] = []

    def spent(request: ProxiedRequest) -> ProxiedReply | None:
        if request.digest in served or len(served) < 14:
            served.append(request.digest)
            return None
        return ProxiedReply(status=status, body={"error": {"message": "no more"}})

    with Proxy(upstream, [*CORRECTIONS.values(), answer(spent)]) as proxy:
        done = run_in(
            tmp_path,
            *("--base-url", proxy.base_url, "--model", "MINIATURE", "--sample-size", "20", "--noise-size", "0"),
            *("-m", "not wire and not noise"),
        )

    assert done.status == 6, done.text
    assert done.verdict is not None
    assert done.verdict["verdict"] == "no-verdict"
    assert done.verdict["subjects"][0]["findings"] == []
    assert "What failed is not the endpoint's: 6 of 20 requests got no answer" in done.closing, done.text
    assert str(status) in done.closing


@pytest.mark.embedded
def test_run_against_a_server_that_never_comes_to_an_end_ends_without_a_verdict(
    tmp_path: Path, endless: ScriptedServer
) -> None:
    done = run_in(
        tmp_path,
        *("--base-url", endless.base_url, "--model", "MINIATURE", "--sample-size", "4", "--noise-size", "0"),
        *("--response-timeout", "0.5"),
        timeout_s=120,
    )

    assert done.status == 6, done.text
    assert done.closing.startswith("verdict: no-verdict. The API side never answered"), done.text
    assert "after 0.5 seconds" in done.closing


@pytest.mark.embedded
def test_run_ends_with_its_time_budget(tmp_path: Path, endless: ScriptedServer) -> None:
    done = run_in(
        tmp_path,
        *("--base-url", endless.base_url, "--model", "MINIATURE", "--sample-size", "4", "--noise-size", "0"),
        *("--time-budget", "1"),
        timeout_s=120,
    )

    assert done.status == 6, done.text
    assert done.verdict is not None
    assert done.verdict["verdict"] == "no-verdict"
    assert "--time-budget gives more" in done.text


@pytest.fixture
def trickling() -> Iterator[TricklingServer]:
    """A server that lists its models, answers each third question, and trickles for ever otherwise, each way by turns.

    Three questions in a row or more without an answer would make it count as gone.
    """
    asked = itertools.count()

    def answer(method: str, _: str) -> bytes | None:
        if method == "GET":
            return whole(b'{"object": "list", "data": []}')
        return whole(message(content="0").body) if next(asked) % 3 == 0 else None

    server = TricklingServer(answers=answer)
    yield server
    server.stop()


@pytest.mark.embedded
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["plain", pytest.param("xdist", marks=pytest.mark.thorough)])
def test_run_of_wire_checks_against_a_server_that_trickles_in_every_way_ends(
    tmp_path: Path, trickling: TricklingServer, mode: str
) -> None:
    done = run_in(
        tmp_path,
        *("-m", "wire", "--base-url", trickling.base_url, "--model", "MINIATURE", "--response-timeout", "0.5"),
        *MODES[mode],
        timeout_s=240,
    )

    assert done.verdict is not None, done.text
    assert (done.verdict["kind"], done.status) in {("wire", 1), ("wire", 6)}
    outcomes = {check["outcome"] for check in done.verdict["subjects"][0]["checks"]}
    assert "unanswered" in outcomes
    assert "error" not in outcomes, done.text
    kept = json.loads((tmp_path / "report" / "exchanges.json").read_text(encoding="utf-8"))
    (made,) = {name: told["exchanges"] for name, told in kept.items()}.values()
    failures = [exchange["failure"]["kind"] for exchange in made.values() if "failure" in exchange]
    assert failures
    assert set(failures) == {"overdue"}
