"""A response has its time from the request to its last byte, and a run has its own; no server outlasts either."""

from __future__ import annotations

import json
import threading
import time
import zlib
from typing import TYPE_CHECKING

import pytest

from backends.api import watched_body
from backends.api.deadline import DeadlinePassed, TimeBudget, call_within
from backends.api.gone import GIVE_UP_AFTER
from backends.api.raw_backend import RawBackend
from backends.api.raw_call import RawCall
from backends.errors import FailureKind, TimeSpent
from backends.prompt import make_prompt
from backends.raw_reply import RawReply
from tests.backends.asking import api_at, completed, failed
from tests.backends.scripted_server import Reply, Script, ScriptedServer, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.api.backend import ApiBackend
    from backends.completion import Answer

    Serve = Callable[[Script], ScriptedServer]

PROMPT = make_prompt("hello", "be brief")
SHORT_S = 0.5

STREAM = b'data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "1"}}]}\n\ndata: [DONE]\n\n'

_packer = zlib.compressobj(wbits=31)
BEGUN = _packer.compress(b"{") + _packer.flush(zlib.Z_SYNC_FLUSH)

#: Each of them would go on for ever.
ENDLESS = {
    "white space in front": Reply(drips=b"\n"),
    "white space behind": Reply(body=message(content="1").body, drips=b"\n"),
    "a stream that goes on": Reply(body=STREAM, headers={"content-type": "text/event-stream"}, drips=b": ping\n\n"),
    "header lines": Reply(drips="head"),
    # What drips is an empty block of deflate (RFC 1951, section 3.2.4).
    "compressed": Reply(body=BEGUN, headers={"content-encoding": "gzip"}, drips=b"\x00\x00\x00\xff\xff"),
    "an error": Reply(status=500, body=b"no", drips=b"\n"),
}

#: Those of which no whole answer has come, whoever asks.
UNANSWERED = {name: reply for name, reply in ENDLESS.items() if name != "a stream that goes on"}

ONCE = {"max_attempts": 4, "timeout_s": SHORT_S}


def made(api: ApiBackend, *calls: RawCall) -> dict[str, Answer]:
    """Returns the answers to raw calls, by name."""
    got: dict[str, Answer] = {}
    RawBackend(api).answer_all(calls, lambda at, answer: got.update({calls[at].name: answer}), lambda: False)
    return got


@pytest.mark.parametrize("reply", ENDLESS.values(), ids=ENDLESS)
def test_endless_response_costs_its_time_once_and_is_told(serve: Serve, reply: Reply) -> None:
    server = serve([reply])
    started = time.monotonic()

    got = failed(api_at(server.base_url, **ONCE).answer(PROMPT))

    assert SHORT_S <= time.monotonic() - started < SHORT_S + 2
    assert (got.kind, got.attempts, got.status, len(server.calls)) == (FailureKind.OVERDUE, 1, None, 1)
    assert f"after {SHORT_S:g} seconds" in got.message
    assert "\n" not in got.message


@pytest.mark.parametrize("reply", UNANSWERED.values(), ids=UNANSWERED)
def test_endless_response_to_a_raw_call_costs_its_time_once_and_is_told(serve: Serve, reply: Reply) -> None:
    server = serve([reply])
    call = RawCall(name="a", prompt=PROMPT, changes={"stream": True})

    got = failed(made(api_at(server.base_url, **ONCE), call)["a"])

    assert (got.kind, got.attempts, len(server.calls)) == (FailureKind.OVERDUE, 1, 1)


def streamed(api: ApiBackend) -> RawReply:
    answer = made(api, RawCall(name="a", prompt=PROMPT, changes={"stream": True}))["a"]
    assert isinstance(answer, RawReply), answer
    return answer


def of_events(body: bytes, drips: bytes | None = b": ping\n\n") -> Reply:
    return Reply(body=body, headers={"content-type": "text/event-stream"}, drips=drips)


@pytest.mark.parametrize("patience", [0.2, 30.0], ids=["a while", "as long as it takes"])
def test_stream_that_stays_open_behind_its_last_event_is_whole(
    serve: Serve, patience: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.api.transport.PATIENCE_S", patience)
    server = serve([of_events(STREAM)])
    started = time.monotonic()

    got = streamed(api_at(server.base_url, timeout_s=2.0))

    assert time.monotonic() - started < (1.5 if patience < 1 else 4)
    assert (got.status, got.left_open, (got.body or "").startswith(STREAM.decode())) == (200, True, True)
    assert RawReply.from_evidence(got.evidence).left_open


def test_stream_that_ends_is_not_left_open(serve: Serve) -> None:
    got = streamed(api_at(serve([of_events(STREAM, None)]).base_url))

    assert not got.left_open
    assert "left_open" not in got.evidence


def test_stream_that_goes_on_before_its_last_event_is_not_whole(serve: Serve) -> None:
    quoted = json.dumps({"choices": [{"index": 0, "delta": {"content": "data: [DONE]"}}]})
    server = serve([of_events(f"data: {quoted}\n\n".encode())])
    call = RawCall(name="a", prompt=PROMPT, changes={"stream": True})

    assert failed(made(api_at(server.base_url, **ONCE), call)["a"]).kind is FailureKind.OVERDUE


def test_what_had_arrived_stands_in_the_evidence_and_gives_it_no_status(serve: Serve) -> None:
    server = serve([Reply(body=STREAM, drips=b": ping\n\n")])

    raw = json.loads(failed(api_at(server.base_url, **ONCE).answer(PROMPT)).raw)

    assert raw["response"].startswith(STREAM.decode())
    assert raw["status"] is None
    assert json.loads(raw["request"]) == server.calls[0].body


def test_server_that_says_nothing_has_no_more_time_than_one_that_drips(serve: Serve) -> None:
    server = serve([Reply(after=threading.Event())])

    got = failed(api_at(server.base_url, **ONCE).answer(PROMPT))

    assert (got.kind, len(server.calls)) == (FailureKind.OVERDUE, 1)
    assert "had not begun to answer" in got.message


def test_connection_that_drips_is_let_go_of(serve: Serve) -> None:
    server = serve([Reply(drips=b"\n")])
    api_at(server.base_url, **ONCE).answer(PROMPT)

    until = time.monotonic() + 5
    while not server.left and time.monotonic() < until:
        time.sleep(0.02)
    assert server.left == 1


def test_endless_responses_cost_the_others_nothing(serve: Serve) -> None:
    server = serve(lambda call: Reply(drips=b"\n") if call.text in "258" else message(content=call.text))
    prompts = [make_prompt(str(number)) for number in range(10)]
    got: dict[int, Answer] = {}

    api_at(server.base_url, timeout_s=SHORT_S, concurrency=2).answer_all(prompts, got.__setitem__, lambda: False)

    kinds = [failed(got[at]).kind for at in (2, 5, 8)]
    assert kinds == [FailureKind.OVERDUE] * 3
    assert [completed(got[at]).content for at in (0, 1, 3, 4, 6, 7, 9)] == list("0134679")


def test_endpoint_that_never_comes_to_an_end_is_soon_asked_no_more(serve: Serve) -> None:
    server = serve(lambda _: Reply(drips=b"\n"))
    calls = [RawCall(name=f"{number}", prompt=PROMPT, exclusive=True) for number in range(20)]

    got = made(api_at(server.base_url, timeout_s=0.1), *calls)

    kinds = [failed(got[call.name]).kind for call in calls]
    assert kinds == [FailureKind.OVERDUE] * GIVE_UP_AFTER + [FailureKind.NOT_ASKED] * (20 - GIVE_UP_AFTER)


def test_list_of_models_that_drips_shows_that_somebody_is_there_and_is_not_waited_for(serve: Serve) -> None:
    server, started = serve([]), time.monotonic()
    server.models = Reply(drips=b"\n")

    api_at(server.base_url).check()

    assert time.monotonic() - started < 3


def test_response_longer_than_any_answer_is_read_no_further(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_body, "LONGEST_BODY", 1000)
    server = serve([Reply(body=b" " * 1001, drips=b" ")])

    got = failed(api_at(server.base_url).answer(PROMPT))

    assert (got.kind, got.attempts) == (FailureKind.UNUSABLE, 1)
    assert "answered with more than" in got.message


# The time of a run


def test_run_that_has_spent_its_time_asks_no_more(serve: Serve) -> None:
    server = serve(lambda _: Reply(drips=b"\n"))
    api = api_at(server.base_url, timeout_s=0.4, budget=TimeBudget(0.6), concurrency=1)
    got: dict[int, Answer] = {}
    started = time.monotonic()

    api.answer_all([PROMPT] * 5, got.__setitem__, lambda: False)
    wire = made(api, RawCall(name="a", prompt=PROMPT))

    assert time.monotonic() - started < 3
    kinds = [failed(got[at]).kind for at in range(5)]
    assert kinds == [FailureKind.OVERDUE] * 2 + [FailureKind.NOT_ASKED] * 3
    assert failed(wire["a"]).kind is FailureKind.NOT_ASKED
    assert "0.6 seconds" in failed(got[4]).message
    assert "--time-budget" in failed(got[4]).message
    assert failed(got[4]).attempts == 0
    assert len(server.calls) == 2


def test_retries_end_with_the_time_of_the_run(serve: Serve) -> None:
    server = serve(lambda _: Reply(status=503))
    api = api_at(server.base_url, budget=TimeBudget(0.5), first_wait_s=0.3, max_attempts=50)

    got = failed(api.answer(PROMPT))

    assert got.kind is FailureKind.NOT_ASKED
    assert 1 <= len(server.calls) < 5


def test_time_counts_once_for_requests_side_by_side_and_not_between_them() -> None:
    budget = TimeBudget(10)
    with budget.spending(), budget.spending():
        time.sleep(0.2)
        assert 9.7 < budget.left_s() <= 9.8
    time.sleep(0.1)
    with budget.spending():
        time.sleep(0.1)
    assert 9.5 < budget.left_s() <= 9.7


def test_spent_time_is_told() -> None:
    with pytest.raises(TimeSpent, match="The 0 seconds"):
        TimeBudget(0).left_s()


def test_call_in_time_returns_or_raises_as_it_does() -> None:
    def fail() -> None:
        raise KeyError("mine")

    assert call_within(5, lambda: 7) == 7
    with pytest.raises(KeyError, match="mine"):
        call_within(5, fail)
    with pytest.raises(DeadlinePassed):
        call_within(0.01, threading.Event().wait)
