"""A proxy whose alterations change nothing is not there: all passes to the letter, and as it comes."""

from __future__ import annotations

import socket
from http.client import IncompleteRead, RemoteDisconnected
from typing import TYPE_CHECKING

import pytest

from tests.backends.scripted_server import Reply, ScriptedServer
from tests.faults import Alteration, Proxy, break_connection, edit_content, fail
from tests.faults.asking import CHAT, address, ask, stream, whole
from tests.faults.held_upstream import HeldUpstream
from tests.faults.sse import write_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.sse import Chunk

ODD_JSON = b'{ "choices" : [{"message":{"content":"caf\xc3\xa9","strange":[1.50, 1e2]}}]  }\n'


#: Cut otherwise than this project would cut it.
LONG_CHUNKS: list[Chunk] = [
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "At once, all that there is to say."}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
]


@pytest.fixture
def dead_url() -> Iterator[str]:
    """An address at which nobody listens and nobody else can begin to."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{found.getsockname()[1]}/v1"


@pytest.fixture
def upstream() -> Iterator[ScriptedServer]:
    """A server that says the same completion to everyone, as a stream to those who ask for one."""
    server = ScriptedServer(lambda call: stream() if call.body.get("stream") else whole())
    yield server
    server.stop()
    assert server.surprises == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=ODD_JSON, headers={"x-request-id": "r7", "x-inference-provider": "somebody"}),
        Reply(body=b"<html>nothing to see</html>", headers={"content-type": "text/html; charset=latin-1"}),
        Reply(body=b'{"cut": '),
        Reply(body=b""),
        Reply(status=400, body=b'{"error": "no such effort"}'),
        Reply(status=429, body=b"busy", headers={"retry-after": "7"}),
        Reply(status=500, body=b"Internal Server Error", headers={"content-type": "text/plain"}),
        Reply(status=503),
        stream(),
        stream(done=False),
        Reply(body=write_events(LONG_CHUNKS), headers={"content-type": "text/event-stream"}),
        Reply(
            body=b': hi\r\n\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata: x', headers={"content-type": "text/event-stream"}
        ),
    ],
    ids=[
        "odd",
        "html",
        "cut",
        "empty",
        "400",
        "429",
        "500",
        "503",
        "stream",
        "stream-without-done",
        "long-chunks",
        "odd-stream",
    ],
)
@pytest.mark.parametrize(
    "alterations", [[], [Alteration()], [edit_content(lambda text: text)]], ids=["none", "no-op", "same"]
)
def test_reply_passes_to_the_letter(reply: Reply, alterations: list[Alteration]) -> None:
    server = ScriptedServer([reply, reply])
    with Proxy(server.base_url, alterations) as proxy:
        direct, proxied = ask(server.base_url), ask(proxy.base_url)
    server.stop()

    ignored = {"content-length", "transfer-encoding", "date", "connection"}
    assert (proxied.status, proxied.raw) == (direct.status, direct.raw)
    assert {name: value for name, value in proxied.headers.items() if name.lower() not in ignored} == {
        name.lower(): value for name, value in direct.headers.items() if name.lower() not in ignored
    }
    assert proxied.headers.get_all("date") is not None


def test_headers_that_come_twice_are_sent_twice() -> None:
    with HeldUpstream(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n") as held:
        held.release.set()
        with Proxy(held.base_url) as proxy:
            assert ask(proxy.base_url).headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_request_passes_to_the_letter() -> None:
    odd = b'{"messages" : [], "temperature":0.50, "top_p": 1e0, "text": "caf\xc3\xa9" }'
    with HeldUpstream(b"HTTP/1.1 204 No Content\r\n\r\n") as held:
        held.release.set()
        with Proxy(held.base_url, [Alteration()]) as proxy:
            heard = ask(proxy.base_url, odd, f"{CHAT}/a%2Fb?q=%20x&y", authorization="Bearer t", x_own="v")
        assert (heard.status, heard.headers.items()) == (204, [])
        head, _, body = held.heard[0].partition(b"\r\n\r\n")

    lines = head.decode().lower().splitlines()
    assert body == odd
    assert lines[0].startswith("post /v1/chat/completions/a%2fb?q=%20x&y ")
    assert {"authorization: bearer t", "x-own: v", f"content-length: {len(odd)}", "accept-encoding: identity"} <= set(
        lines
    )
    assert len(lines) == 6  # the first line, a host, and these four


def test_requests_for_anything_else_pass_too(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url, [fail(500, "not this one"), break_connection("before")]) as proxy:
        heard = ask(proxy.base_url, None, "/models")
    assert (heard.status, heard.json) == (200, {"object": "list", "data": []})


def test_body_that_is_no_json_passes() -> None:
    with HeldUpstream(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno") as held:
        held.release.set()
        with Proxy(held.base_url, [edit_content(str.upper)]) as proxy:
            assert ask(proxy.base_url, b"\xff not json").raw == b"no"
            (request,) = proxy.requests
        assert held.heard[0].endswith(b"\xff not json")

    assert (request.body, request.original, request.sent, request.is_chat) == (None, {}, None, False)


def test_stream_passes_as_it_comes() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: first\n\n"
    with HeldUpstream(head, b"data: last\n\n") as held, Proxy(held.base_url) as proxy:
        connection = socket.create_connection(address(proxy.base_url))
        with connection, connection.makefile("rb") as heard:
            connection.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert any(line == b"data: first\n" for line in heard)
            held.release.set()
            assert b"data: last\n\n" in heard.read()


def test_server_is_let_go_when_the_client_leaves() -> None:
    with HeldUpstream(b"HTTP/1.1 200 OK\r\n") as held, Proxy(held.base_url) as proxy:
        connection = socket.create_connection(address(proxy.base_url))
        connection.sendall(b"GET /v1/slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert held.asked.wait(10)
        connection.close()
        assert held.left.wait(10)


def test_connection_that_the_server_breaks_before_its_reply_breaks_here_too() -> None:
    server = ScriptedServer([Reply(breaks="before")])
    with Proxy(server.base_url) as proxy, pytest.raises(RemoteDisconnected):
        ask(proxy.base_url)
    server.stop()


@pytest.mark.parametrize("alterations", [[], [edit_content(str.upper)]], ids=["none", "edit"])
def test_connection_that_the_server_breaks_within_its_reply_breaks_here_too(alterations: list[Alteration]) -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nbegun"
    with HeldUpstream(begun) as held, Proxy(held.base_url, alterations) as proxy:
        held.release.set()
        with pytest.raises(IncompleteRead) as caught:
            ask(proxy.base_url)
    assert caught.value.partial == b"begun"


@pytest.mark.parametrize("alterations", [[], [edit_content(str.upper)]], ids=["none", "edit"])
def test_stream_that_the_server_breaks_breaks_here_too(alterations: list[Alteration]) -> None:
    begun = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: x\n\r\n"
    )
    with HeldUpstream(begun) as held, Proxy(held.base_url, alterations) as proxy:
        held.release.set()
        with pytest.raises(IncompleteRead) as caught:
            ask(proxy.base_url)
    assert caught.value.partial == b"data: x\n"


def test_proxy_that_the_environment_names_is_not_asked(
    upstream: ScriptedServer, monkeypatch: pytest.MonkeyPatch, dead_url: str
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, dead_url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Proxy(upstream.base_url) as proxy:
        assert ask(proxy.base_url).status == 200


def test_server_that_is_not_there_is_told_in_a_sentence(dead_url: str) -> None:
    with Proxy(dead_url, [edit_content(str.upper)]) as proxy:
        heard = ask(proxy.base_url)
    assert heard.status == 502
    assert heard.json["error"]["message"].startswith(f"The proxy could not reach the server at {dead_url}: ")
