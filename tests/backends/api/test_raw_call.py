"""A raw call's body says the prompt and its changes, its reply shows what stood there, and its fields are obeyed."""

from __future__ import annotations

import datetime as dt
import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.api.endpoint import Endpoint
from backends.api.parsed_reply import ParsedReply
from backends.api.raw_backend import RawBackend
from backends.api.raw_call import RawCall
from backends.completion import Completion, Missing
from backends.errors import Failure, FailureKind, ResponseUnusable
from backends.prompt import Sampling, make_prompt
from backends.raw_reply import RawReply
from tests.backends.asking import api_at
from tests.backends.scripted_server import Call, Reply, Script, ScriptedServer, message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backends.completion import Answer

    Serve = Callable[[Script], ScriptedServer]

SERVER = Endpoint(model="m", base_url="http://127.0.0.1:1/v1")
PROMPT = make_prompt("hello", "be brief", reasoning_effort="high", sampling=Sampling(top_p=0.5), max_new_tokens=9)


def call(name: str = "a", **fields: Any) -> RawCall:  # noqa: ANN401 - fields of a RawCall
    return RawCall(name=name, prompt=PROMPT, **fields)


def reply(text: str, status: int = 200) -> ParsedReply:
    return ParsedReply("a", RawReply(status=status, headers={}, body=text, request="{}"))


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"reasoning": "hm"}, ("reasoning",)),
        ({"reasoning": "hm", "reasoning_content": "hm"}, ("reasoning", "reasoning_content")),
        ({"reasoning": None, "reasoning_content": "hm"}, ("reasoning_content",)),
        ({"reasoning_content": None}, ("reasoning_content",)),
        ({}, ()),
    ],
)
def test_reply_knows_every_name_under_which_it_gives_its_reasoning(
    fields: dict[str, str | None], names: tuple[str, ...]
) -> None:
    message = {"role": "assistant", "content": "1", **fields}

    assert reply(json.dumps({"choices": [{"message": message}]})).reasoning_names == names


def test_digest_names_what_is_asked_and_not_what_it_is_called() -> None:
    plain = call().digest

    assert plain == call(name="b", exclusive=True, batch="c", reusable=True).digest
    others = [
        call(changes={"stream": True}),
        call(route="completions"),
        call(depends_on="b"),
        call(changes={"stop": None}),
    ]
    assert len({plain, *(other.digest for other in others)}) == 5


# The body


def test_body_says_the_whole_prompt_and_nothing_more() -> None:
    assert call().body(SERVER) == {
        "model": "m",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}],
        "max_tokens": 9,
        "temperature": 0.0,
        "top_p": 0.5,
        "reasoning_effort": "high",
    }


def test_change_says_a_field_otherwise_and_none_takes_it_out() -> None:
    plain = call().body(SERVER)
    changed = call(changes={"max_tokens": None, "top_p": 0.9, "model": "other", "stop": ["x"]}).body(SERVER)
    plain.pop("max_tokens")
    assert changed == plain | {"top_p": 0.9, "model": "other", "stop": ["x"]}


def test_further_changes_have_the_last_word() -> None:
    body = call(changes={"stop": ["x"], "top_p": None, "n": 1}).body(SERVER, {"stop": None, "top_p": 0.1})
    assert (body.get("stop"), body["top_p"], body["n"]) == (None, 0.1, 1)


@pytest.mark.parametrize("value", [0, 0.0, False, "", [], {}])
def test_value_that_is_merely_empty_is_sent(value: object) -> None:
    assert call(changes={"logprobs": value}).body(SERVER)["logprobs"] == value


@given(changes=st.dictionaries(st.sampled_from(["model", "messages", "seed", "tools", "n"]), st.none() | st.integers()))
def test_no_change_puts_null_into_a_body_or_wears_a_call_out(changes: dict[str, int | None]) -> None:
    one = call(changes=changes)
    body = one.body(SERVER)
    assert None not in body.values()
    assert {name: body.get(name) for name in changes} == changes
    assert one.body(SERVER) == body


@pytest.mark.parametrize(
    ("endpoint", "model"),
    [
        (Endpoint(model="m", provider="groq"), "m:groq"),
        (Endpoint(model="m", provider="auto"), "m"),
        (Endpoint(model="m"), "m"),
        (Endpoint(model="m", provider="groq", base_url=SERVER.base_url), "m"),
    ],
    ids=["provider", "any-provider", "none", "own-server"],
)
def test_provider_is_named_behind_the_model_where_the_router_is_asked(endpoint: Endpoint, model: str) -> None:
    assert call().body(endpoint)["model"] == model


def test_effort_stands_in_the_template_too_where_the_server_reads_it_only_there() -> None:
    endpoint = Endpoint(model="m", base_url=SERVER.base_url, effort_in_template=True)
    assert call().body(endpoint) == call().body(SERVER) | {"chat_template_kwargs": {"reasoning_effort": "high"}}


# The reply


def test_failure_stays_a_failure() -> None:
    failure = Failure(kind=FailureKind.UNREACHABLE, message="nobody")
    assert ParsedReply.of("a", failure) is failure


def test_completion_is_no_reply_to_a_raw_call() -> None:
    with pytest.raises(TypeError, match="raw call a is a completion"):
        ParsedReply.of("a", Completion(content="1"))


def test_reply_shows_both_sides_of_the_exchange() -> None:
    raw = {"request": '{"n": 1}', "status": 201, "headers": {"server": "s"}, "response": "text"}
    got = ParsedReply("a", RawReply.from_evidence(json.dumps(raw)))
    assert (got.name, got.status, got.headers, got.text, got.request) == ("a", 201, {"server": "s"}, "text", {"n": 1})
    assert got.evidence == json.dumps(raw)
    assert "text" not in repr(got)


@pytest.mark.parametrize(
    "told",
    [
        "",
        "[]",
        "{}",
        '{"request": "{}", "status": null, "headers": {}, "response": ""}',
        '{"prompt": "p", "text": "t"}',
    ],
)
def test_other_evidence_is_none_of_an_exchange(told: str) -> None:
    with pytest.raises(ValueError, match="no evidence of an exchange"):
        RawReply.from_evidence(told)


def test_reply_without_a_body_has_an_empty_text() -> None:
    assert ParsedReply("a", RawReply(status=200, headers={}, body=None, request="{}")).text == ""


@pytest.mark.parametrize(("status", "refused"), [(200, False), (399, False), (400, True), (500, True)])
def test_error_status_is_a_refusal(status: int, refused: bool) -> None:  # noqa: FBT001 - a case's expectation
    assert reply("", status).refused is refused


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte-order-mark"])
def test_completion_and_message_are_read_from_the_body(mark: str) -> None:
    got = reply(mark + message(content="1", reasoning=None).body.decode())
    assert (got.completion.content, got.completion.reasoning) == ("1", Missing.NULL)
    assert got.message == {"role": "assistant", "content": "1", "reasoning": None}


@pytest.mark.parametrize("text", ["", "<html>", "null", "{}", '{"choices": []}', '{"choices": [{"text": "a"}]}'])
def test_body_that_is_no_chat_completion_is_unusable(text: str) -> None:
    got = reply(text)
    for look in (lambda: got.completion, lambda: got.message, lambda: got.tool_calls):
        with pytest.raises(ResponseUnusable):
            look()


@pytest.mark.parametrize(
    ("fields", "calls"),
    [({}, []), ({"tool_calls": None}, []), ({"tool_calls": []}, []), ({"tool_calls": [1]}, [1])]
    + [({"tool_calls": odd}, [odd]) for odd in ({"id": "c"}, "c", False)],
)
def test_tool_calls_are_a_list_whatever_stands_there(fields: dict[str, Any], calls: list[Any]) -> None:
    assert reply(message(**fields).body.decode()).tool_calls == calls


def test_stream_is_read_from_the_body() -> None:
    chunk = json.dumps({"choices": [{"delta": {"content": "one"}}]})
    for mark in ("", "\ufeff"):  # a byte order mark in front is no part of the first event (WHATWG HTML)
        stream = reply(f"{mark}data: {chunk}\n\ndata: [DONE]\n\n").stream
        assert (stream.content, stream.chunks, stream.done) == ("one", 1, True)


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte-order-mark"])
def test_raw_completion_has_a_text(mark: str) -> None:
    assert reply(mark + '{"choices": [{"text": "abc"}]}').plain_text == "abc"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", '{"choices": null}', '{"choices": []}', '{"choices": [{"text": 1}]}', "[" * 100_000],
    ids=lambda text: text[:40],
)
def test_body_without_such_a_text_has_none(text: str) -> None:
    assert reply(text).plain_text is None


# What the fields do, once a call is made


def ask(server: ScriptedServer, calls: Sequence[RawCall]) -> dict[str, ParsedReply | Failure]:
    got: dict[str, ParsedReply | Failure] = {}
    RawBackend(api_at(server.base_url, max_attempts=2)).answer_all(
        calls, lambda at, answer: got.update({calls[at].name: ParsedReply.of(calls[at].name, answer)}), lambda: False
    )
    return got


class Meeting(threading.Event):
    """An event that is set once so many wait for it; the test fails where they never come together."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self._barrier = threading.Barrier(parties)

    def wait(self, timeout: float | None = 20) -> bool:
        return self._barrier.wait(timeout) >= 0


def test_loose_calls_are_four_at_a_time(serve: Serve) -> None:
    meeting = Meeting(4)
    server = serve(lambda _: Reply(after=meeting, body=message(content="1").body))
    got = ask(server, [call(f"{n}") for n in range(8)])
    assert {type(one) for one in got.values()} == {ParsedReply}
    assert (len(got), server.most_at_once) == (8, 4)


def test_groups_come_last_and_do_not_meet_each_other(serve: Serve) -> None:
    order: list[str] = []

    def script(one: Call) -> Reply:
        order.append(one.body["stage"])
        return Reply(after=meetings[one.body["stage"]], body=message(content="1").body)

    meetings = {"two": Meeting(2), "three": Meeting(3), "loose": Meeting(1), "alone": Meeting(1)}
    stages = ["two", "three", "loose", "two", "three", "alone", "three"]
    calls = [
        call(
            f"{n}",
            changes={"stage": stage},
            exclusive=stage == "alone",
            batch=stage if stage in ("two", "three") else None,
        )
        for n, stage in enumerate(stages)
    ]
    server = serve(script)

    got = ask(server, calls)

    assert {type(one) for one in got.values()} == {ParsedReply}
    assert order == ["alone", "loose", "three", "three", "three", "two", "two"]
    assert server.most_at_once == 3


def test_gateways_status_is_tried_again_and_the_answer_counts(serve: Serve) -> None:
    server = serve([Reply(status=503), message(content="1")])
    answer = RawBackend(api_at(server.base_url))._answer(call())
    assert isinstance(answer, RawReply)
    assert (answer.attempts, len(server.calls)) == (2, 2)


def test_answer_that_has_only_just_come_may_be_shared(serve: Serve) -> None:
    server = serve([message(content="1")])
    backend = RawBackend(api_at(server.base_url))
    assert backend._answer(call("b", reusable=True)) == backend._answer(call("c", reusable=True))
    assert len(server.calls) == 1


@pytest.mark.parametrize("other", [{"route": "completions"}, {"changes": {"n": 2}}], ids=["route", "body"])
def test_only_the_same_body_on_the_same_route_is_shared(serve: Serve, other: dict[str, Any]) -> None:
    server = serve(lambda _: message(content="1"))
    ask(server, [call("a", exclusive=True), call("b", exclusive=True, reusable=True, **other)])
    assert len(server.calls) == 2


def test_reply_that_another_process_got_is_built_on_and_answers_for_the_same_body(serve: Serve) -> None:
    """As where a killed run is taken up: only what has no reply yet is asked of the backend."""
    server = serve(lambda _: message(content="1"))
    calls = {"a": call("a"), "b": call("b", reusable=True), "c": call("c", depends_on="a", build=lambda _: {"n": 2})}
    first: dict[str, Answer] = {}
    RawBackend(api_at(server.base_url)).answer_all([calls["a"]], lambda _, one: first.update(a=one), lambda: False)
    got: dict[str, Answer] = {}
    asked = [calls["b"], calls["c"]]

    backend = RawBackend(api_at(server.base_url), calls, first.get)
    backend.answer_all(asked, lambda at, one: got.update({asked[at].name: one}), lambda: False)

    assert got["b"] == first["a"]
    assert isinstance(got["c"], RawReply)
    assert [one.body.get("n") for one in server.calls] == [None, 2]


def test_failure_is_not_shared(serve: Serve) -> None:
    server = serve([Reply(status=503), Reply(status=503), message(content="1")])
    got = ask(server, [call("a", exclusive=True), call("b", exclusive=True, reusable=True)])
    assert isinstance(got["a"], Failure)
    assert isinstance(got["b"], ParsedReply)


def test_call_whose_basis_failed_fails_in_the_same_way(serve: Serve) -> None:
    server = serve([Reply(status=503), Reply(status=503)])
    got = ask(server, [call("a", exclusive=True), call("b", exclusive=True, depends_on="a", build=lambda _: {})])
    assert isinstance(got["a"], Failure)
    assert got["b"] == replace(got["a"], attempts=0)


def test_call_whose_basis_is_unknown_is_not_asked(serve: Serve) -> None:
    server = serve([])
    got = ask(server, [call("b", depends_on="a", build=lambda _: {})])
    assert isinstance(got["b"], Failure)
    assert (got["b"].kind, got["b"].attempts) == (FailureKind.NOT_ASKED, 0)
    assert got["b"].message.startswith("a, on which it builds,")


def test_stop_between_two_calls_is_heard_before_the_second_in_every_stage(serve: Serve) -> None:
    stop = threading.Event()
    server = serve([message(content="1")])
    calls = [call("a", exclusive=True), call("b", exclusive=True), call("c"), call("d", batch="t")]
    RawBackend(api_at(server.base_url)).answer_all(calls, lambda *_: stop.set(), stop.is_set)
    assert len(server.calls) == 1


def test_calls_are_never_cached() -> None:
    backend = RawBackend(api_at("http://127.0.0.1:1/v1"))
    assert not backend.cacheable
    assert backend.resumable


def test_what_a_run_kept_of_a_call_answers_no_other_call_endpoint_or_day(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = RawBackend(api_at("http://127.0.0.1:1/v1"))
    other = RawBackend(api_at("http://127.0.0.1:2/v1"))
    told = [backend.cache_inputs(call()), backend.cache_inputs(replace(call(), name="b")), other.cache_inputs(call())]
    monkeypatch.setattr("backends.api.raw_backend.today", lambda: dt.date(2020, 1, 1))
    told.append(backend.cache_inputs(call()))
    assert len({json.dumps(one, sort_keys=True) for one in told}) == 4
    assert backend.cache_inputs(call()) == told[-1]
