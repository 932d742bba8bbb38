"""No server hangs whoever asks it: each way of never coming to an end costs its deadline, on each route."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends.api.endpoint import Endpoint
from backends.api.raw_backend import RawBackend
from backends.api.raw_call import COMPLETIONS_ROUTE, RawCall
from backends.api.transport import probe
from backends.errors import BackendError, FailureKind
from backends.prompt import make_prompt
from backends.raw_reply import RawReply
from fixtures.wire import OFFERED_TOOL
from tests.backends.asking import api_at, failed
from tests.backends.trickling_server import WAYS, TricklingServer, ended_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backends.completion import Answer

    Trickle = Callable[..., TricklingServer]

PROMPT = make_prompt("hello", "be brief")
SHORT_S = 0.4

#: Other work may hold the machine for seconds; a hang lasts for ever.
PATIENCE_S = 60.0

#: Ways in which a stream has come whole before it goes on: that is told of it, and it is no failure.
WHOLE = {"stream, open after its end", "stream, pings after its end"}

#: What the wire checks ask, a call of each type.
CALLS = {
    "plain": RawCall(name="a", prompt=PROMPT),
    "stream": RawCall(name="a", prompt=PROMPT, changes={"stream": True, "stream_options": {"include_usage": True}}),
    "tool": RawCall(name="a", prompt=PROMPT, changes={"tools": [OFFERED_TOOL]}),
    "streamed tool": RawCall(name="a", prompt=PROMPT, changes={"tools": [OFFERED_TOOL], "stream": True}),
    "raw route": RawCall(
        name="a", prompt=PROMPT, route=COMPLETIONS_ROUTE, changes={"messages": None, "prompt": "hello", "stop": ["x"]}
    ),
}


@pytest.fixture
def trickle() -> Iterator[Trickle]:
    """Starts servers that never come to an end."""
    servers: list[TricklingServer] = []

    def start(*ways: str, reads: bool = True) -> TricklingServer:
        servers.append(TricklingServer(*ways, reads=reads))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def raw(base_url: str, *calls: RawCall) -> list[Answer]:
    """Returns what came of raw calls, all made at once."""
    got: list[Answer] = []
    at_once = [replace(call, name=f"{at}", batch="all") for at, call in enumerate(calls)]
    backend = RawBackend(api_at(base_url, timeout_s=SHORT_S))
    backend.answer_all(at_once, lambda _, answer: got.append(answer), lambda: False)
    return got


@pytest.mark.parametrize("way", WAYS)
def test_request_about_an_example_costs_its_deadline(trickle: Trickle, way: str) -> None:
    server, started = trickle(way), time.monotonic()

    got = failed(api_at(server.base_url, timeout_s=SHORT_S).answer(PROMPT))

    assert got.kind is FailureKind.OVERDUE
    assert ended_within(PATIENCE_S, started)


@pytest.mark.parametrize("way", sorted(set(WAYS) - WHOLE))
def test_raw_call_of_each_type_costs_its_deadline(trickle: Trickle, way: str) -> None:
    server, started = trickle(way), time.monotonic()

    got = list(map(failed, raw(server.base_url, *CALLS.values())))

    # Where the machine is busy, the client's own time-out may come first, and the call is made again.
    assert [one.kind for one in got] == [FailureKind.OVERDUE] * len(CALLS)
    assert set(server.asked) <= {("POST", f"/v1/{call.route}") for call in CALLS.values()}
    assert ended_within(PATIENCE_S, started)


@pytest.mark.parametrize("way", sorted(WHOLE))
def test_raw_stream_that_stays_open_behind_its_end_costs_no_more_and_is_told(trickle: Trickle, way: str) -> None:
    server, started = trickle(way), time.monotonic()

    got = raw(server.base_url, CALLS["stream"])

    assert [isinstance(one, RawReply) and one.left_open for one in got] == [True]
    assert ended_within(PATIENCE_S, started)


@pytest.mark.parametrize("way", WAYS)
def test_look_at_the_list_of_models_costs_its_deadline(
    trickle: Trickle, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.api.transport._PROBE_TIMEOUT_S", SHORT_S)
    server, started = trickle(way), time.monotonic()

    try:
        probe(Endpoint(model="m", base_url=server.base_url))
    except BackendError as error:
        assert "Is the server running" in str(error)  # noqa: PT017 - a status that has come shows a server as well

    assert server.asked == [("GET", "/v1/models")]
    assert ended_within(PATIENCE_S, started)


def test_server_that_is_silent_where_a_handshake_is_due_costs_its_deadline(trickle: Trickle) -> None:
    server, started = trickle("says nothing", reads=False), time.monotonic()
    address = server.base_url.replace("http://", "https://")

    kinds = {
        failed(api_at(address, timeout_s=SHORT_S).answer(PROMPT)).kind,
        *(failed(one).kind for one in raw(address, CALLS["plain"])),
    }

    assert kinds <= {FailureKind.OVERDUE, FailureKind.UNREACHABLE}
    assert ended_within(PATIENCE_S, started)


def test_server_that_never_reads_the_request_costs_its_deadline(trickle: Trickle) -> None:
    server, started = trickle("says nothing", reads=False), time.monotonic()
    long = make_prompt("word " * 2_000_000, "be brief")

    assert failed(api_at(server.base_url, timeout_s=SHORT_S).answer(long)).kind is FailureKind.OVERDUE
    (got,) = raw(server.base_url, RawCall(name="a", prompt=long))
    assert failed(got).kind is FailureKind.OVERDUE
    assert ended_within(PATIENCE_S, started)


def test_redirect_to_a_server_that_never_comes_to_an_end_costs_one_deadline(trickle: Trickle) -> None:
    endless = trickle("body of new lines")
    away = b"HTTP/1.1 307 There\r\nlocation: %s/x\r\ncontent-length: 0\r\n\r\n" % endless.base_url.encode()
    server = TricklingServer(answers=lambda *_: away)
    started = time.monotonic()

    kinds = {failed(api_at(server.base_url, timeout_s=SHORT_S).answer(PROMPT)).kind}
    server.stop()

    assert kinds <= {FailureKind.OVERDUE, FailureKind.ACCOUNT}
    assert ended_within(PATIENCE_S, started)


def test_calls_that_trickle_in_all_ways_at_once_cost_one_deadline(trickle: Trickle) -> None:
    server = trickle()
    started = time.monotonic()

    got = raw(server.base_url, *(CALLS["plain"] for _ in WAYS))

    assert len(got) == len(WAYS)
    assert {failed(answer).kind for answer in got} <= {FailureKind.OVERDUE, FailureKind.NOT_ASKED}
    assert ended_within(PATIENCE_S, started)
