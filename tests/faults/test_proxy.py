"""The proxy changes what its alterations change, in their order, counts who comes, breaks connections, and ends."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from backends.models import MINIATURE
from backends.prompt import make_prompt
from fixtures.servers import EmbeddedServer
from tests.backends.asking import api_at, completed, failed
from tests.backends.scripted_server import Call, Reply, ScriptedServer
from tests.faults import DONE, Alteration, AlterationError, ProxiedReply, ProxiedRequest, Proxy
from tests.faults.alterations import break_connection, edit_content, edit_reply, fail, set_field
from tests.faults.asking import COMPLETION, HELLO, address, ask, stream, whole
from tests.faults.chunks import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.body import Json
    from tests.faults.sse import Chunk

STREAMED = HELLO | {"stream": True}


@pytest.fixture
def upstream() -> Iterator[ScriptedServer]:
    """A server that says the same completion to everyone, as a stream to those who ask for one."""
    server = ScriptedServer(lambda call: stream() if call.body.get("stream") else whole())
    yield server
    server.stop()
    assert server.surprises == []


class Signing(Alteration):
    """Leaves its name wherever it comes by."""

    def __init__(self, name: str) -> None:
        self.name = name

    def _sign(self, holder: Json) -> None:
        holder["signed"] = holder.get("signed", "") + self.name

    def request(self, request: ProxiedRequest) -> None:
        self._sign(request.body or {})

    def head(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        assert request.body is not None
        reply.headers["x-signed"] = reply.headers.get("x-signed", "") + self.name

    def response(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        assert request.body is not None
        assert isinstance(reply.body, dict)
        self._sign(reply.body)

    def chunks(self, request: ProxiedRequest, chunks: list[Chunk]) -> list[Chunk]:
        assert request.body is not None
        return [*chunks, self.name]


class Answering(Alteration):
    """Answers in the server's place."""

    def __init__(self, reply: ProxiedReply) -> None:
        self._reply = reply

    def reply(self, request: ProxiedRequest) -> ProxiedReply | None:
        assert not request.forwarded
        return self._reply


class Failing(Alteration):
    """Raises in one hook."""

    def __init__(self, hook: str) -> None:
        setattr(self, hook, self._fail)

    def _fail(self, *_: object) -> None:
        raise ZeroDivisionError("a fault of the fault")


# Hooks ----------------------------------------------------------------------------------------------------------------


def test_request_is_edited_and_what_the_client_sent_stays_known(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url, [Signing("a"), Signing("b")]) as proxy:
        ask(proxy.base_url)
        (request,) = proxy.requests

    assert upstream.calls[0].body == HELLO | {"signed": "ab"} == request.sent == request.body
    assert request.original == HELLO
    assert (request.method, request.path, request.query) == ("POST", "/v1/chat/completions", "")


def test_whole_reply_is_edited_in_the_order_of_the_alterations(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url, [Signing("a"), Signing("b")]) as proxy:
        heard = ask(proxy.base_url)
    assert heard.json == COMPLETION | {"signed": "ab"}
    assert heard.headers["x-signed"] == "ab"


def test_streamed_reply_is_edited_in_the_order_of_the_alterations(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url, [Signing("a"), Signing("b")]) as proxy:
        heard = ask(proxy.base_url, STREAMED)
    assert heard.events[-3:] == [DONE, "a", "b"]
    assert joined(heard.events) == COMPLETION
    assert heard.headers["x-signed"] == "ab"
    assert heard.headers["content-type"] == "text/event-stream; charset=utf-8"


def test_status_and_headers_of_a_stream_are_edited_without_holding_it_back(upstream: ScriptedServer) -> None:
    def edit(_: ProxiedRequest, reply: ProxiedReply) -> None:
        reply.status = 203
        reply.headers["x-own"] = "1"

    alteration = edit_reply(edit)
    with Proxy(upstream.base_url, [alteration]) as proxy:
        heard = ask(proxy.base_url, STREAMED)
    assert not alteration.edits_chunks
    assert (heard.status, heard.headers["x-own"], heard.raw) == (203, "1", stream().body)


def test_first_alteration_that_answers_wins_and_the_server_is_not_asked(upstream: ScriptedServer) -> None:
    first, second = (ProxiedReply(status=status, body={"no": status}) for status in (401, 402))
    with Proxy(upstream.base_url, [Signing("a"), Answering(first), Answering(second), Signing("b")]) as proxy:
        heard = ask(proxy.base_url)
        (request,) = proxy.requests

    assert (heard.status, heard.json) == (401, {"no": 401, "signed": "ab"})
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["x-signed"] == "ab"
    assert (request.forwarded, request.sent, upstream.calls) == (False, None, [])


def test_answer_may_be_a_stream_or_anything(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url) as proxy:
        proxy.alterations = [Answering(ProxiedReply(body=[{"a": 1}, DONE]))]
        streamed = ask(proxy.base_url)
        proxy.alterations = [Answering(ProxiedReply(body=b"<html>"))]
        odd = ask(proxy.base_url)

    assert (streamed.headers["content-type"], streamed.events) == ("text/event-stream", [{"a": 1}, DONE])
    assert (odd.raw, odd.headers["content-type"], odd.headers["content-length"]) == (b"<html>", None, "6")


def test_later_alteration_meets_the_kind_of_body_that_an_earlier_one_left(upstream: ScriptedServer) -> None:
    class Spoiling(Alteration):
        def response(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
            reply.body = b"spoilt" if request.index == 0 else ["spoilt"]

    with Proxy(upstream.base_url, [Spoiling(), Signing("a")]) as proxy:
        assert ask(proxy.base_url).raw == b"spoilt"
        assert ask(proxy.base_url).events == ["spoilt", "a"]


def test_edit_that_only_changes_the_type_of_a_number_is_sent(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url, [set_field("choices.0.index", value=False)]) as proxy:
        assert ask(proxy.base_url).json["choices"][0]["index"] is False


@pytest.mark.parametrize("hook", ["request", "reply", "head", "response"])
def test_alteration_that_raises_is_told_to_the_client_and_to_the_test(upstream: ScriptedServer, hook: str) -> None:
    heard = None
    with (
        pytest.raises(AlterationError, match="a fault of the fault"),
        Proxy(upstream.base_url, [Failing(hook)]) as proxy,
    ):
        heard = ask(proxy.base_url)
    assert heard is not None
    assert heard.status == 500
    assert "a fault of the fault" in heard.json["error"]["message"]


def test_body_that_cannot_be_written_is_told_too(upstream: ScriptedServer) -> None:
    unwritable = Answering(ProxiedReply(body={"a": object()}))
    with pytest.raises(AlterationError, match="not JSON serializable"), Proxy(upstream.base_url, [unwritable]) as proxy:
        assert ask(proxy.base_url).status == 500


def test_failing_alteration_does_not_hide_what_the_test_itself_raised(upstream: ScriptedServer) -> None:
    with pytest.raises(KeyError, match="mine"), Proxy(upstream.base_url, [Failing("head")]) as proxy:
        raise KeyError("mine", ask(proxy.base_url))


# Counting -------------------------------------------------------------------------------------------------------------


def test_requests_are_numbered_and_repeats_of_the_same_body_counted(upstream: ScriptedServer) -> None:
    other = HELLO | {"seed": 1}
    with Proxy(upstream.base_url) as proxy:
        for body in (HELLO, other, HELLO, dict(reversed(HELLO.items())), other):
            ask(proxy.base_url, body)
        ask(proxy.base_url, None, "/models")
        requests = proxy.requests

    assert [request.index for request in requests] == [0, 1, 2, 3, 4, 5]
    assert [request.repeat for request in requests] == [0, 0, 1, 2, 1, 0]


def test_random_draws_depend_on_seed_body_and_repeat_and_not_on_the_order(upstream: ScriptedServer) -> None:
    bodies = [HELLO | {"seed": number % 3} for number in range(6)]
    draws = []
    for order in (bodies, bodies[::-1]):
        with Proxy(upstream.base_url) as proxy:
            for body in order:
                ask(proxy.base_url, body)
            draws.append(
                {(r.original["seed"], r.repeat): (r.random(1).random(), r.random(2).random()) for r in proxy.requests}
            )

    assert draws[0] == draws[1]
    assert len({draw for pair in draws[0].values() for draw in pair}) == 12


def test_requests_under_way_are_counted_and_the_peak_of_a_life_is_kept() -> None:
    three, release = threading.Event(), threading.Event()

    def script(_: Call) -> Reply:
        if len(server.calls) == 3:
            three.set()
        return Reply(body=b"{}", after=release)

    server = ScriptedServer(script)
    with Proxy(server.base_url) as proxy, ThreadPoolExecutor(3) as pool:
        together = [pool.submit(ask, proxy.base_url) for _ in range(3)]
        assert three.wait(30)
        release.set()
        assert [future.result().status for future in together] == [200, 200, 200]
        ask(proxy.base_url)
        requests = proxy.requests
    server.stop()

    assert [request.underway for request in requests] == [1, 2, 3, 1]
    assert [request.underway_peak for request in requests] == [3, 3, 3, 1]
    assert server.most_at_once == 3


@pytest.mark.parametrize("body", [HELLO, STREAMED], ids=["whole", "stream"])
def test_requests_one_after_the_other_never_meet(upstream: ScriptedServer, body: Json) -> None:
    with Proxy(upstream.base_url) as proxy:
        for _ in range(50):
            ask(proxy.base_url, body)
        assert {request.underway_peak for request in proxy.requests} == {1}


@pytest.mark.parametrize("body", [HELLO, STREAMED], ids=["whole", "stream"])
def test_requests_that_wait_in_one_connection_do_not_meet(upstream: ScriptedServer, body: Json) -> None:
    raw = json.dumps(body).encode()
    request = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(raw), raw)
    last = b"GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with Proxy(upstream.base_url) as proxy, socket.create_connection(address(proxy.base_url)) as client:
        client.sendall(request * 3 + last)
        with client.makefile("rb") as heard:
            assert heard.read().count(b"HTTP/1.1 200 OK") == 4
        assert [request.underway_peak for request in proxy.requests] == [1, 1, 1, 1]


# Breaking -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [HELLO, STREAMED], ids=["whole", "stream"])
def test_connection_breaks_before_the_reply(upstream: ScriptedServer, body: Json) -> None:
    with Proxy(upstream.base_url, [break_connection("before")]) as proxy, pytest.raises(RemoteDisconnected):
        ask(proxy.base_url, body)
    assert upstream.calls == []


@pytest.mark.parametrize(("body", "reply"), [(HELLO, whole()), (STREAMED, stream())], ids=["whole", "stream"])
def test_connection_breaks_within_the_body(upstream: ScriptedServer, body: Json, reply: Reply) -> None:
    with Proxy(upstream.base_url, [break_connection("within")]) as proxy, pytest.raises(IncompleteRead) as caught:
        ask(proxy.base_url, body)
    assert caught.value.partial == reply.body[: len(reply.body) // 2]


@pytest.mark.parametrize("body", [HELLO, STREAMED], ids=["whole", "stream"])
def test_connection_breaks_within_the_edited_body(upstream: ScriptedServer, body: Json) -> None:
    alterations = [break_connection("within"), edit_content(lambda text: text * 100)]
    with Proxy(upstream.base_url, alterations) as proxy, pytest.raises(IncompleteRead) as caught:
        ask(proxy.base_url, body)
    assert len(caught.value.partial) > 500


def test_connection_breaks_at_an_end_that_the_client_cannot_know(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url, [break_connection("end")]) as proxy, pytest.raises(IncompleteRead) as caught:
        ask(proxy.base_url)
    assert caught.value.partial == whole().body


def test_connection_breaks_for_the_client_that_it_is_meant_for_and_for_no_other(upstream: ScriptedServer) -> None:
    class BreakingTheSecond(Alteration):
        def head(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
            reply.breaks = "before" if request.index == 1 else None

    with Proxy(upstream.base_url, [BreakingTheSecond()]) as proxy:
        other = HTTPConnection(*address(proxy.base_url), timeout=60)
        other.request("POST", "/v1/chat/completions", json.dumps(HELLO))
        assert other.getresponse().read() == whole().body
        with pytest.raises(RemoteDisconnected):
            ask(proxy.base_url, x_forwarded_for="192.0.2.1")
        other.request("POST", "/v1/chat/completions", json.dumps(HELLO))
        assert other.getresponse().read() == whole().body
        other.close()


@pytest.mark.parametrize("where", ["before", "within"])
def test_client_of_the_suite_takes_a_broken_connection_for_transport(upstream: ScriptedServer, where: str) -> None:
    class BreakingTwice(Alteration):
        def head(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
            reply.breaks = where if request.repeat < 2 else None  # type: ignore[assignment]

    with Proxy(upstream.base_url, [BreakingTwice()]) as proxy:
        got = completed(api_at(proxy.base_url).answer(make_prompt("hello", "be brief")))
    assert (got.content, got.attempts) == ("An answer.", 3)


def test_nothing_is_logged_about_broken_connections(upstream: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for where in ("before", "within", "end"):
        with (
            Proxy(upstream.base_url, [break_connection(where)]) as proxy,
            pytest.raises((RemoteDisconnected, IncompleteRead)),
        ):
            ask(proxy.base_url)
    assert caplog.messages == []


# Starting and stopping ------------------------------------------------------------------------------------------------


def test_proxy_starts_and_stops_within_a_second_and_leaves_no_thread_and_no_port(upstream: ScriptedServer) -> None:
    before = set(threading.enumerate())
    started = time.monotonic()

    proxy = Proxy(upstream.base_url)
    assert proxy.start() == proxy.base_url == proxy.start()
    assert proxy.base_url.endswith("/v1")
    assert ask(proxy.base_url).status == 200
    proxy.stop()
    proxy.stop()

    assert time.monotonic() - started < 2
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        ask(proxy.base_url)


def test_proxy_that_was_never_started_can_be_stopped(upstream: ScriptedServer) -> None:
    Proxy(upstream.base_url).stop()


def test_stopping_breaks_what_still_hangs() -> None:
    asked, never = threading.Event(), threading.Event()

    def script(_: Call) -> Reply:
        asked.set()
        return Reply(after=never)

    server = ScriptedServer(script)
    with ThreadPoolExecutor(1) as pool:
        with Proxy(server.base_url) as proxy:
            hanging = pool.submit(ask, proxy.base_url)
            assert asked.wait(30)
            started = time.monotonic()
        assert time.monotonic() - started < 5
        with pytest.raises(ConnectionError):
            hanging.result(30)
    never.set()
    server.stop()


def test_stopping_does_not_wait_for_a_client_that_never_finishes_its_request(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url) as proxy:
        client = socket.create_connection(address(proxy.base_url))
        client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        ask(proxy.base_url)
        started = time.monotonic()
    client.close()
    assert time.monotonic() - started < 5
    assert len(proxy.requests) == 1


def test_port_can_be_chosen_and_a_taken_one_is_told(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url) as first:
        _, port = address(first.base_url)
        with pytest.raises(OSError, match="in use"):
            Proxy(upstream.base_url, port=port).start()
    with Proxy(upstream.base_url, port=port) as second:
        assert second.base_url == first.base_url
        assert ask(second.base_url).status == 200


def test_address_that_does_not_end_in_v1_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must end in /v1, unlike http://127.0.0.1:8000\."):
        Proxy("http://127.0.0.1:8000")


# In front of a real server --------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_real_server_answers_through_the_proxy_as_it_does_without() -> None:
    server = EmbeddedServer()
    server.start()
    body = HELLO | {"model": MINIATURE, "max_tokens": 200}
    try:
        with Proxy(server.base_url) as proxy:
            whole_, streamed = ask(proxy.base_url, body), ask(proxy.base_url, body | {"stream": True})
            refused = ask(proxy.base_url, body | {"no_such_field": 1})
            direct = ask(server.base_url, body)
            refused_direct = ask(server.base_url, body | {"no_such_field": 1})
            proxy.alterations = [edit_content(str.upper)]
            edited, edited_stream = ask(proxy.base_url, body), ask(proxy.base_url, body | {"stream": True})
            proxy.alterations = [fail(400, "no such effort")]
            failure = failed(api_at(proxy.base_url).answer(make_prompt("hello", "be brief")))
    finally:
        server.stop()

    said = [heard.completion["choices"][0] for heard in (direct, whole_, streamed)]
    assert said[0] == said[1] == said[2]
    assert whole_.completion["usage"] == streamed.completion["usage"] == direct.completion["usage"]
    assert len(streamed.events) > 10
    assert (refused.status, refused.raw) == (refused_direct.status, refused_direct.raw)
    assert refused.status >= 400
    content = said[0]["message"]["content"]
    for heard in (edited, edited_stream):
        expected = said[0] | {"message": said[0]["message"] | {"content": content.upper()}}
        assert heard.completion["choices"][0] == expected
    assert (failure.kind, failure.status) == (FailureKind.REFUSED, 400)
