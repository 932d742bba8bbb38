"""A request says everything, transport is retried and counted, and an answer is believed."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.api.parsed_reply import ParsedReply
from backends.completion import FinishReason, Missing
from backends.errors import BackendUnavailable, BackendUnreachable, FailureKind
from backends.prompt import Message, Prompt, Sampling, make_prompt
from backends.raw_reply import RawReply
from backends.stored_answer import answer_to_json
from tests.backends.asking import api_at, completed, failed
from tests.backends.misbehaving_server import completion, read_request, whole
from tests.backends.scripted_server import Reply, Script, ScriptedServer, message
from tests.backends.socket_server import SocketServer
from tests.places import ROOT

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    Serve = Callable[[Script], ScriptedServer]

PROMPT = make_prompt("hello", "be brief")
SECRET = "hf_" + "Secret0" * 5


def test_request_says_every_value_that_shapes_the_answer(serve: Serve) -> None:
    server = serve([message(content="1")])
    prompt = make_prompt(
        "hello",
        "be brief",
        reasoning_effort="high",
        sampling=Sampling(temperature=0.5, top_p=0.9, seed=11),
        max_new_tokens=77,
    )

    completed(api_at(server.base_url).answer(prompt))

    (call,) = server.calls
    assert call.path == "/v1/chat/completions"
    assert {name: value for name, value in call.body.items() if value is not None and value is not False} == {
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}],
        "model": "m",
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 77,
        "seed": 11,
        "reasoning_effort": "high",
    }


def test_greedy_values_are_sent_and_not_left_out_for_being_zero(serve: Serve) -> None:
    server = serve([message(content="1")])
    api_at(server.base_url).answer(PROMPT)
    body = server.calls[0].body
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.0, 1.0, PROMPT.max_new_tokens)
    assert body.get("seed") is None


def test_tools_thinking_and_effort_in_the_template_are_sent(serve: Serve) -> None:
    server = serve([message(content="1")])
    tool = {"type": "function", "function": {"name": "look", "description": "d", "parameters": {"type": "object"}}}
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    prompt = Prompt(
        messages=(
            Message(role="user", content="hi"),
            Message(role="assistant", content=None, thinking="hm", tool_calls=json.dumps([call])),
            Message(role="tool", content="seen", tool_call_id="c1"),
        ),
        tools=json.dumps([tool]),
    )

    ApiBackend(Endpoint(model="m", base_url=server.base_url, effort_in_template=True)).answer(prompt)

    body = server.calls[0].body
    assert body["messages"][1:] == [
        {"role": "assistant", "content": None, "thinking": "hm", "tool_calls": [call]},
        {"role": "tool", "content": "seen", "tool_call_id": "c1"},
    ]
    assert body["tools"] == [tool]
    assert body["chat_template_kwargs"] == {"reasoning_effort": "medium"}


class _OneRequestAConnection(SocketServer):
    """Fails at its list of models, and ends each connection with the second request on it, which gets no response.

    So does `transformers serve` where the folder of the Hub's cache is missing.
    """

    def __init__(self) -> None:
        super().__init__()
        self._begin()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            first, _ = read_request(connection) or (b"", b"")
            asks_for_models = first.startswith(b"GET")
            connection.sendall(whole(b"oh", 500, "text/plain") if asks_for_models else whole(completion("1")))
            read_request(connection)


def test_first_request_is_not_sent_into_the_connection_of_a_list_of_models_that_failed() -> None:
    server = _OneRequestAConnection()
    backend = api_at(server.base_url)

    backend.check()
    answer = completed(backend.answer(PROMPT))

    server.stop()
    assert answer.attempts == 1


def test_raw_evidence_holds_both_bodies_to_the_letter(serve: Serve) -> None:
    odd = Reply(
        body=b'{ "choices" : [{"message":{"content":"1","strange":[1.50]}}]}',
        headers={"x-request-id": "r7", "set-cookie": "session=private"},
    )
    server = serve([odd])

    raw = json.loads(completed(api_at(server.base_url).answer(PROMPT)).raw)

    assert raw["response"] == odd.body.decode()
    assert json.loads(raw["request"]) == server.calls[0].body
    assert raw["status"] == 200
    assert raw["headers"]["x-request-id"] == "r7"
    assert "private" not in json.dumps(raw)


def test_answer_carries_what_the_response_says(serve: Serve) -> None:
    body = {
        "model": "m-served",
        "choices": [{"message": {"content": "1", "reasoning": "thus"}, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    }
    server = serve([Reply(body=json.dumps(body).encode(), headers={"x-inference-provider": "somebody"})])

    got = completed(api_at(server.base_url).answer(PROMPT))

    assert (got.content, got.reasoning, got.reasoning_field) == ("1", "thus", "reasoning")
    assert got.finish_reason is FinishReason.LENGTH
    assert (got.usage.prompt_tokens, got.usage.completion_tokens, got.usage.total_tokens) == (5, 2, 7)
    assert (got.model, got.provider, got.attempts, got.cached) == ("m-served", "somebody", 1, False)
    assert got.latency_s is not None
    assert got.latency_s > 0


@pytest.mark.parametrize(
    "hiccup",
    [
        *(Reply(status=status, body=b"busy") for status in (408, 425, 429, 502, 503, 504, 520, 524, 529, 530)),
        Reply(breaks="before"),
        Reply(body=message(content="0").body, breaks="within"),
    ],
    ids=lambda reply: reply.breaks or str(reply.status),
)
def test_transport_is_retried_and_counted(serve: Serve, hiccup: Reply) -> None:
    server = serve([hiccup, hiccup, message(content="1")])
    got = completed(api_at(server.base_url).answer(PROMPT))
    assert (got.content, got.attempts, len(server.calls)) == ("1", 3, 3)


@pytest.mark.parametrize(
    ("hiccup", "status"),
    [(Reply(status=503, body=b"busy"), 503), (Reply(breaks="before"), None)],
    ids=["503", "broken"],
)
def test_retries_end_with_the_last_attempt(serve: Serve, hiccup: Reply, status: int | None) -> None:
    server = serve([hiccup] * 4)
    got = failed(api_at(server.base_url).answer(PROMPT))
    assert (got.kind, got.attempts, got.status, len(server.calls)) == (FailureKind.UNREACHABLE, 4, status, 4)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, FailureKind.SERVER),
        (501, FailureKind.SERVER),
        (400, FailureKind.REFUSED),
        (422, FailureKind.REFUSED),
        *((status, FailureKind.ACCOUNT) for status in (401, 402, 403, 404)),
    ],
)
def test_what_the_server_says_about_itself_or_the_request_is_not_retried(
    serve: Serve, status: int, kind: FailureKind
) -> None:
    server = serve([Reply(status=status, body=b'{"error": "so it is"}')])
    got = failed(api_at(server.base_url).answer(PROMPT))
    assert (got.kind, got.status, got.attempts, len(server.calls)) == (kind, status, 1, 1)
    assert "so it is" in got.message
    assert "so it is" in json.loads(got.raw)["response"]


def test_attempts_before_a_final_refusal_are_counted(serve: Serve) -> None:
    server = serve([Reply(status=503), Reply(status=400, body=b"no")])
    assert failed(api_at(server.base_url).answer(PROMPT)).attempts == 2


@pytest.mark.parametrize(
    ("fields", "content"), [({"content": None}, Missing.NULL), ({}, Missing.ABSENT), ({"content": ""}, "")]
)
def test_null_absent_and_empty_content_are_three_answers_and_none_is_retried(
    serve: Serve, fields: dict[str, Any], content: object
) -> None:
    server = serve([message(**fields)])
    got = completed(api_at(server.base_url).answer(PROMPT))
    assert (got.content, got.attempts, len(server.calls)) == (content, 1, 1)


def test_retry_after_is_honoured(serve: Serve) -> None:
    server = serve([Reply(status=429, headers={"retry-after": "1"}), message(content="1")])
    started = time.monotonic()
    completed(api_at(server.base_url).answer(PROMPT))
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("told", ["soon", "-5", "nan", "inf", "\u00b2", "Wed, 21 Oct 2015 07:28:00 GMT", ""])
def test_retry_after_that_says_nothing_useful_delays_nothing(serve: Serve, told: str) -> None:
    server = serve([Reply(status=429, headers={"retry-after": told}), message(content="1")])
    assert completed(api_at(server.base_url).answer(PROMPT)).attempts == 2


@pytest.mark.slow
def test_dead_port_fails_within_seconds_in_one_clear_sentence(dead_url: str) -> None:
    started = time.monotonic()
    got = failed(ApiBackend(Endpoint(model="m", base_url=dead_url)).answer(PROMPT))
    assert time.monotonic() - started < 10
    assert (got.kind, got.attempts) == (FailureKind.UNREACHABLE, 4)
    assert dead_url in got.message
    assert "\n" not in got.message


def test_check_of_a_dead_port_says_what_to_look_at(dead_url: str) -> None:
    started = time.monotonic()
    with pytest.raises(BackendUnreachable, match="Is the server running") as caught:
        api_at(dead_url).check()
    assert time.monotonic() - started < 10
    assert dead_url in str(caught.value)
    assert "\n" not in str(caught.value)


def test_check_returns_where_a_server_answers_and_asks_nothing(serve: Serve) -> None:
    server = serve([])
    api_at(server.base_url).check()
    assert server.calls == []


@pytest.mark.parametrize("url", ["127.0.0.1:9", "nonsense", "http://[::1", "http://", "ftp://127.0.0.1/v1"])
def test_address_that_is_none_is_explained(url: str) -> None:
    assert "\n" not in failed(api_at(url, max_attempts=1).answer(PROMPT)).message
    with pytest.raises((BackendUnavailable, BackendUnreachable), match="is the address right"):
        api_at(url).check()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>It works!</html>",
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"choices": []}',
        b'{"choices": null}',
        b'{"choices": [null]}',
        b'{"choices": [{"message": null}]}',
        b'{"choices": [{"message": "1"}]}',
        b'{"choices": [{"message": {"content": 1}}]}',
        b'{"choices": [{"message": {"content": "1"',
        b"[" * 100_000,
    ],
    ids=lambda body: body[:40].decode("ascii", "replace"),
)
def test_what_is_no_chat_completion_is_unusable_and_not_retried(serve: Serve, body: bytes) -> None:
    server = serve([Reply(body=body)])
    got = failed(api_at(server.base_url).answer(PROMPT))
    assert (got.kind, got.attempts) == (FailureKind.UNUSABLE, 1)
    assert json.loads(got.raw)["response"] == body.decode("utf-8", "replace")


def test_missing_token_for_a_provider_is_named() -> None:
    api = ApiBackend(Endpoint(model="openai/gpt-oss-20b", provider="groq"))
    with pytest.raises(BackendUnavailable, match="HF_TOKEN"):
        api.check()


def test_key_of_a_server_is_sent_to_it_and_that_of_hugging_face_never(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(lambda _: message(content="1"))
    monkeypatch.setattr("huggingface_hub.utils._auth.get_token", lambda: "saved-on-this-machine")
    monkeypatch.setenv("HF_TOKEN", "hf_of-hugging-face-alone")
    api_at(server.base_url).answer(PROMPT)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    api_at(server.base_url).answer(PROMPT)
    assert [call.headers["authorization"] for call in server.calls] == ["Bearer none-given", f"Bearer {SECRET}"]


OFFLINE = """
import sys
from backends import get_model_response, InferenceSettings, BackendUnavailable
try:
    get_model_response("m/m", "hello", settings=InferenceSettings(base_url=sys.argv[1]))
except BackendUnavailable as error:
    print(error)
"""


def test_offline_mode_is_named_as_the_reason(serve: Serve) -> None:
    server = serve([])
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, server.base_url],
        cwd=ROOT,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "HF_HUB_OFFLINE is set" in done.stdout
    assert len(done.stdout.splitlines()) == 1


# Inference Providers


def test_lookup_of_a_provider_is_not_taken_for_the_answer(serve: Serve) -> None:
    """The library may ask a catalogue before it asks the model; a broken call after it is a broken call."""
    from huggingface_hub import get_session  # noqa: PLC0415 - heavy, as in the code under test

    from backends.api.exchange import Exchange, capture_exchange  # noqa: PLC0415 - imports it too

    server = serve([Reply(status=503, body=b"busy")])
    exchange = Exchange()
    with capture_exchange(exchange):
        get_session().get(f"{server.base_url}/models")
        assert exchange.status is None
        get_session().post(f"{server.base_url}/chat/completions", json={"messages": []})
    assert exchange.status == 503


# Bodies that a strict reader trips over


@pytest.mark.parametrize(
    ("body", "content", "reasoning", "fault"),
    [
        (rb'{"choices": [{"message": {"content": "1", "reasoning_content": "It is calm. \ud83d"}}]}', "1",
         "It is calm. \ufffd", "half-character"),
        (b'{"choices": [{"message": {"content": "\xff1", "reasoning": "r"}}]}', "\ufffd1", "r", "no-text"),
        (b'{"choices": [{"message": {"content": "1", "reasoning": "r"}, "logprobs": NaN}]}', "1", "r", "no-number"),
        (b'{"choices": [{"message": {"content": "0", "content": "1", "reasoning": "r"}}]}', "1", "r", "key-twice"),
        (b'{"choices": [{"message": {"content": "1", "reasoning": "r\n"}}]}', "1", "r\n", "control-character"),
        (b'{"choices": [{"message": {"content": "1", "reasoning": "r"}}]}{}', "1", "r", "syntax"),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value else "",
)  # fmt: skip
def test_what_can_be_read_of_broken_json_is_an_answer_and_its_evidence_tells_the_rest(
    serve: Serve, body: bytes, content: str, reasoning: str, fault: str
) -> None:
    server = serve([Reply(body=body)])

    got = completed(api_at(server.base_url).answer(PROMPT))

    assert (got.content, got.reasoning, got.attempts) == (content, reasoning, 1)
    reply = ParsedReply("a", RawReply.from_evidence(got.raw))
    assert [str(problem.fault) for problem in reply.json_problems] == [fault]
    answer_to_json(got).encode()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(message(content="1").body), {"content-encoding": "gzip"}),
        (b"\n \r\n" + message(content="1").body + b"\n", {}),
        (b"\xef\xbb\xbf" + message(content="1").body, {}),
        (message(content="1").body, {"content-type": "text/plain"}),
    ],
    ids=["gzip", "white space", "byte order mark", "another content type"],
)
def test_faithful_ways_to_write_a_body_are_read_and_have_no_problem(
    serve: Serve, body: bytes, headers: dict[str, str]
) -> None:
    server = serve([Reply(body=body, headers=headers)])

    got = completed(api_at(server.base_url).answer(PROMPT))

    assert got.content == "1"
    assert ParsedReply("a", RawReply.from_evidence(got.raw)).json_problems == ()


@pytest.mark.parametrize(
    "whole",
    [b"this is no gzip", gzip.compress(b'{"choices": []}')[:14] + b"\xff" * 9],
    ids=["no gzip", "broken gzip"],  # the bytes hold the time, and workers must collect the same
)
def test_body_that_is_not_coded_as_its_header_says_is_unusable_and_told(serve: Serve, whole: bytes) -> None:
    server = serve([Reply(body=whole + b"\xff", headers={"content-encoding": "gzip"})])

    got = failed(api_at(server.base_url).answer(PROMPT))

    assert (got.kind, got.attempts, len(server.calls)) == (FailureKind.UNUSABLE, 1, 1)
    reply = ParsedReply("a", RawReply.from_evidence(got.raw))
    assert {str(problem.fault) for problem in reply.json_problems} & {"no-text", "syntax"}


def test_error_in_the_place_of_an_answer_tells_whom_it_is_about_whatever_the_status(serve: Serve) -> None:
    broke = Reply(body=b'{"error": {"code": 402, "message": "monthly included credits"}}')
    busy = Reply(body=b'{"error": {"code": 429, "message": "slow down"}}')
    server = serve([broke, busy, message(content="1")])

    got = failed(api_at(server.base_url).answer(PROMPT))

    assert (got.kind, got.attempts) == (FailureKind.ACCOUNT, 1)
    assert "monthly included credits" in got.message
    assert completed(api_at(server.base_url).answer(PROMPT)).attempts == 2


def test_last_words_of_a_limit_are_told(serve: Serve) -> None:
    server = serve(lambda _: Reply(status=529, body=b"overloaded until noon"))
    got = failed(api_at(server.base_url, max_attempts=2).answer(PROMPT))
    assert (got.kind, got.status) == (FailureKind.UNREACHABLE, 529)
    assert "overloaded until noon" in got.message
