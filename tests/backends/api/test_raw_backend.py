"""Raw calls go out in their order, alone where they must be, and whatever comes back is an answer."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.api.parsed_reply import ParsedReply
from backends.api.raw_backend import RawBackend
from backends.api.raw_call import COMPLETIONS_ROUTE, RawCall
from backends.errors import Failure, FailureKind
from backends.prompt import Sampling, make_prompt
from backends.raw_reply import RawReply
from backends.stored_answer import answer_from_json, answer_to_json
from backends.strict_json import JsonFault
from tests.backends.scripted_server import Call, Reply, ScriptedServer, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HELLO = make_prompt("hello", sampling=Sampling())


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Starts a server that answers by a function; it must have had no surprise at the end."""
    servers: list[ScriptedServer] = []

    def start(script: Callable[[Call], Reply]) -> ScriptedServer:
        servers.append(ScriptedServer(script))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
        assert server.surprises == []


def call(name: str, **fields: Any) -> RawCall:  # noqa: ANN401 - fields of a RawCall
    return RawCall(name=name, prompt=HELLO, **fields)


def ask(server_url: str, calls: Sequence[RawCall], **settings: Any) -> dict[str, ParsedReply | Failure]:  # noqa: ANN401
    api = ApiBackend(Endpoint(model="m", base_url=server_url), max_attempts=2, first_wait_s=0.01, **settings)
    got: dict[str, ParsedReply | Failure] = {}
    RawBackend(api).answer_all(
        calls,
        lambda position, answer: got.update({calls[position].name: ParsedReply.of(calls[position].name, answer)}),
        lambda: False,
    )
    return got


def reply_of(got: dict[str, ParsedReply | Failure], name: str) -> ParsedReply:
    reply = got[name]
    assert isinstance(reply, ParsedReply)
    return reply


def with_error(**error: object) -> Reply:
    events = [{"choices": [{"index": 0, "delta": {"role": "assistant"}}]}, {"choices": [], "error": error}]
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    return Reply(body=body.encode(), headers={"content-type": "text/event-stream"})


STREAMED = {"changes": {"stream": True}}


def test_busy_gateway_inside_a_stream_is_asked_again(serve: Callable[..., ScriptedServer]) -> None:
    replies = iter([with_error(code=502, message="busy"), Reply(body=b"data: [DONE]\n\n")])
    server = serve(lambda _: next(replies))

    got = reply_of(ask(server.base_url, [call("a", **STREAMED)]), "a")

    assert (got.stream.error, got.reply.attempts, len(server.calls)) == (None, 2, 2)


def test_first_token_of_a_stream_is_the_first_text_and_no_role(serve: Callable[..., ScriptedServer]) -> None:
    role, text = (
        f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n".encode()
        for delta in ({"role": "assistant", "content": ""}, {"content": "Hi"})
    )
    later = ((0.2, text), (2.0, text + b"data: [DONE]\n\n"))
    server = serve(lambda _: Reply(body=role, headers={"content-type": "text/event-stream"}, later=later))

    got = reply_of(ask(server.base_url, [call("a", **STREAMED)]), "a").reply

    assert got.first_token_s is not None
    assert 0.2 <= got.first_token_s < 2.0
    assert RawReply.from_evidence(got.evidence).first_token_s == got.first_token_s


def test_reply_that_is_no_stream_has_no_first_token(serve: Callable[..., ScriptedServer]) -> None:
    got = reply_of(ask(serve(lambda _: message(content="Hi")).base_url, [call("a")]), "a").reply

    assert got.first_token_s is None
    assert "first_token_s" not in got.evidence


def test_stream_that_always_holds_an_error_is_none_and_its_words_are_told(
    serve: Callable[..., ScriptedServer],
) -> None:
    server = serve(lambda _: with_error(code=502, message="busy"))

    got = ask(server.base_url, [call("a", **STREAMED)])["a"]

    assert isinstance(got, Failure)
    assert (got.kind, got.status, got.attempts) == (FailureKind.UNREACHABLE, None, 2)
    assert "502: busy" in got.message
    assert "busy" in got.raw


def test_account_inside_a_stream_is_the_accounts(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda _: with_error(code="insufficient_quota", message="nothing left"))

    got = ask(server.base_url, [call("a", **STREAMED)])["a"]

    assert isinstance(got, Failure)
    assert (got.kind, got.attempts) == (FailureKind.ACCOUNT, 1)


@pytest.mark.parametrize("error", [{"code": 500, "message": "it broke"}, {"message": "it broke"}])
def test_servers_own_error_inside_a_stream_is_believed(
    serve: Callable[..., ScriptedServer], error: dict[str, object]
) -> None:
    server = serve(lambda _: with_error(**error))

    got = reply_of(ask(server.base_url, [call("a", **STREAMED)]), "a")

    assert got.stream.error is not None
    assert got.stream.error.words.endswith("it broke")
    assert len(server.calls) == 1


def test_calls_that_must_be_alone_are_alone_and_first(serve: Callable[..., ScriptedServer]) -> None:
    underway: list[tuple[str, int]] = []

    def note(one: Call) -> Reply:
        underway.append((one.body["n"], server.underway))
        return message(content="1")

    server = serve(note)
    calls = [call(f"loose-{n}", changes={"n": f"loose-{n}"}) for n in range(6)]
    calls += [call(f"alone-{n}", changes={"n": f"alone-{n}"}, exclusive=True) for n in range(3)]

    got = ask(server.base_url, calls)

    assert len(got) == 9
    assert underway[:3] == [("alone-0", 1), ("alone-1", 1), ("alone-2", 1)]
    assert server.most_at_once <= 4


def test_calls_of_a_group_are_all_under_way_at_once(serve: Callable[..., ScriptedServer]) -> None:
    together = threading.Barrier(16)
    server = serve(lambda _: Reply(after=_Meeting(together), body=message(content="1").body))

    got = ask(server.base_url, [call(f"{n}", batch="sixteen") for n in range(16)])

    assert len(got) == 16
    assert server.most_at_once == 16


class _Meeting(threading.Event):
    """An event that is set once all have come."""

    def __init__(self, barrier: threading.Barrier) -> None:
        super().__init__()
        self._barrier = barrier

    def wait(self, timeout: float | None = None) -> bool:
        self._barrier.wait(timeout)
        return True


def test_body_says_the_prompt_with_the_changes_and_without_what_is_none(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda _: message(content="1"))

    ask(server.base_url, [call("a", changes={"stop": ["x"], "top_p": None})])

    sent = server.calls[0].body
    assert sent["messages"] == [{"role": "user", "content": "hello"}]
    assert (sent["model"], sent["stop"], sent["temperature"]) == ("m", ["x"], 0.0)
    assert not {"top_p", "seed", "tools"} & set(sent)


@pytest.mark.parametrize(("provider", "model"), [("groq", "m:groq"), ("auto", "m"), (None, "m")])
def test_provider_is_named_behind_the_model(provider: str | None, model: str) -> None:
    assert call("a").body(Endpoint(model="m", provider=provider))["model"] == model


def test_call_follows_the_reply_to_its_basis(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda _: message(content="one two"))
    following = call("b", depends_on="a", build=lambda reply: {"stop": [str(reply.completion.content)]}, exclusive=True)

    ask(server.base_url, [call("a", exclusive=True), following])

    assert server.calls[1].body["stop"] == ["one two"]


def test_call_whose_basis_failed_is_not_sent_and_counts_for_nothing(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda sent: Reply(breaks="before") if sent.text == "odd" else message(content="1"))
    basis = RawCall(name="a", prompt=make_prompt("odd"), exclusive=True)
    following = [call(f"b{n}", depends_on="a", build=lambda _: {}, exclusive=True) for n in range(8)]

    got = ask(server.base_url, [basis, *following, call("z", exclusive=True)])

    failures = [one for one in (got["a"], *(got[f"b{n}"] for n in range(8))) if isinstance(one, Failure)]
    assert len({one.message for one in failures}) == 1
    assert [one.attempts > 0 for one in failures] == [True, *[False] * 8]
    assert not isinstance(got["z"], Failure), "nine failures that are one say no more of the endpoint than one"


def test_reason_in_place_of_changes_makes_a_call_pointless(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda _: message(content="1"))

    got = ask(
        server.base_url,
        [call("a", exclusive=True), call("b", depends_on="a", build=lambda _: "no word", exclusive=True)],
    )

    assert got["b"] == Failure(kind=FailureKind.POINTLESS, message="no word", attempts=0)
    assert len(server.calls) == 1


def test_unusable_basis_makes_a_call_pointless(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda _: Reply(body=b"<html>"))
    following = call("b", depends_on="a", build=lambda reply: {"stop": str(reply.completion.content)}, exclusive=True)

    got = ask(server.base_url, [call("a", exclusive=True), following])

    assert isinstance(got["b"], Failure)
    assert got["b"].kind is FailureKind.POINTLESS
    assert "has no usable reply" in got["b"].message


def test_same_body_is_sent_once_for_a_call_that_shares(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda _: message(content="1"))

    got = ask(
        server.base_url,
        [call("a", exclusive=True), call("b", exclusive=True, reusable=True), call("c", exclusive=True)],
    )

    assert len(server.calls) == 2
    assert reply_of(got, "b").text == reply_of(got, "a").text


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_status_of_the_server_is_an_answer(status: int, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda _: Reply(status=status, body=b"why"))

    reply = reply_of(ask(server.base_url, [call("a")]), "a")

    assert (reply.status, reply.text, reply.refused) == (status, "why", True)
    assert len(server.calls) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_status_of_a_gateway_is_tried_again_and_then_a_failure(
    status: int, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve(lambda _: Reply(status=status))

    got = ask(server.base_url, [call("a")])

    assert isinstance(got["a"], Failure)
    assert (got["a"].kind, got["a"].status, got["a"].attempts) == (FailureKind.UNREACHABLE, status, 2)


def test_nobody_there_is_a_failure() -> None:
    got = ask("http://127.0.0.1:9/v1", [call("a")])

    assert isinstance(got["a"], Failure)
    assert (got["a"].kind, got["a"].status) == (FailureKind.UNREACHABLE, None)


def test_absent_and_null_fields_stay_two_things(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda one: message(content=None) if one.body["n"] == "null" else message())

    got = ask(server.base_url, [call(name, changes={"n": name}) for name in ("null", "absent")])

    assert "content" in reply_of(got, "null").message
    assert "content" not in reply_of(got, "absent").message


def test_raw_completion_has_a_text(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda _: Reply(body=json.dumps({"choices": [{"text": "abc"}]}).encode()))

    reply = reply_of(ask(server.base_url, [call("a", route=COMPLETIONS_ROUTE)]), "a")

    assert reply.plain_text == "abc"
    assert server.calls[0].path == "/v1/completions"


def test_stopped_run_makes_no_further_call(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda _: message(content="1"))
    api = ApiBackend(Endpoint(model="m", base_url=server.base_url))

    RawBackend(api).answer_all([call("a")], lambda *_: None, lambda: True)

    assert server.calls == []


def test_token_reaches_neither_reply_nor_evidence(
    serve: Callable[..., ScriptedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "hf_abcdefghijklmnopqrstuvwxyz")
    server = serve(lambda one: message(content=one.headers["authorization"]))

    reply = reply_of(ask(server.base_url, [call("a")]), "a")

    assert server.calls[0].headers["authorization"] == "Bearer hf_abcdefghijklmnopqrstuvwxyz"
    assert "hf_abcdefghijklmnopqrstuvwxyz" not in reply.evidence + reply.text


# What is about the account, and what a strict reader trips over


def test_account_that_is_not_let_in_is_no_reply_and_is_soon_asked_no_more(
    serve: Callable[..., ScriptedServer],
) -> None:
    server: ScriptedServer = serve(lambda _: Reply(status=401, body=f'{{"id": {len(server.calls)}}}'.encode()))

    got = ask(server.base_url, [call(f"{number}", exclusive=True) for number in range(12)])

    failures = list(got.values())
    assert all(isinstance(one, Failure) for one in failures)
    kinds = [one.kind for one in failures if isinstance(one, Failure)]
    assert kinds == [FailureKind.ACCOUNT] * 5 + [FailureKind.NOT_ASKED] * 7
    # Told once: whatever the replies say beside.
    assert len({one.message for one in failures if isinstance(one, Failure)}) == 1
    assert len(server.calls) == 5


@pytest.mark.parametrize("status", [404, 400, 500])
def test_status_about_address_request_or_server_stays_a_reply(
    serve: Callable[..., ScriptedServer], status: int
) -> None:
    server = serve(lambda _: Reply(status=status, body=b"so it is"))
    assert reply_of(ask(server.base_url, [call("a")]), "a").status == status


def test_raw_route_that_the_account_may_not_use_is_a_reply(serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda _: Reply(status=403))
    assert reply_of(ask(server.base_url, [call("a", route=COMPLETIONS_ROUTE)]), "a").status == 403


@pytest.mark.parametrize("status", [520, 522, 529, 530])
def test_gateway_is_asked_again_and_its_first_word_is_no_reply(
    serve: Callable[..., ScriptedServer], status: int
) -> None:
    server: ScriptedServer = serve(lambda _: Reply(status=status) if len(server.calls) < 2 else message(content="1"))

    reply = reply_of(ask(server.base_url, [call("a")]), "a")

    assert (reply.status, reply.reply.attempts) == (200, 2)


@pytest.mark.parametrize(
    ("body", "headers", "stream", "faults"),
    [
        (rb'{"choices": [{"message": {"content": "\ud83d"}}]}', {}, False, {JsonFault.HALF_CHARACTER}),
        (b'{"choices": [{"message": {"content": "\xff"}}]}', {}, False, {JsonFault.NO_TEXT}),
        (b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n\n', {"content-type": "text/event-stream"}, True,
         {JsonFault.NO_TEXT}),
        (b"no gzip \xff", {"content-encoding": "gzip"}, False, {JsonFault.NO_TEXT}),
        (b"<p>caf\xe9</p>", {"content-type": "text/html"}, False, set()),
    ],
)  # fmt: skip
def test_reply_tells_what_a_strict_reader_trips_over(
    serve: Callable[..., ScriptedServer],
    body: bytes,
    headers: dict[str, str],
    stream: bool,  # noqa: FBT001 - a column of the table
    faults: set[JsonFault],
) -> None:
    server = serve(lambda _: Reply(body=body, headers=headers))

    reply = reply_of(ask(server.base_url, [call("a", changes={"stream": stream})]), "a")

    assert {problem.fault for problem in reply.json_problems} == faults
    kept = answer_from_json(answer_to_json(reply.reply))
    assert kept == reply.reply
