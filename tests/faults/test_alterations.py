"""Every fault that is staged on the wire is an alteration of a line or two, and shows where it should alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from tests.backends.scripted_server import Call, Reply, ScriptedServer
from tests.faults import (
    DONE,
    Alteration,
    AlterationError,
    ProxiedReply,
    Proxy,
    answer,
    break_connection,
    chance,
    drop_field,
    edit_body,
    edit_choice,
    edit_chunks,
    edit_completion,
    edit_content,
    edit_message,
    edit_reasoning,
    edit_reply,
    edit_request,
    edit_streamed_choices,
    edit_usage,
    fail,
    repeated,
    say,
    set_field,
    side_by_side,
    streamed,
    unstreamed,
    when,
)
from tests.faults.asking import COMPLETION, HELLO, Heard, ask, stream, whole
from tests.faults.completions import take_reasoning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.body import Json
    from tests.faults.request import ProxiedRequest

THOUGHT, ANSWER = "A thought.", "An answer."
CALL = {"id": "t1", "type": "function", "function": {"name": "look", "arguments": "{}"}}

BODY = HELLO | {
    "messages": [{"role": "system", "content": "The policy."}, {"role": "user", "content": "one two three four"}],
    "max_tokens": 200,
    "stop": "STOP",
    "reasoning_effort": "high",
}


@pytest.fixture
def upstream() -> Iterator[ScriptedServer]:
    """A server that says the same completion to everyone, as a stream to those who ask for one."""
    server = ScriptedServer(lambda call: stream() if call.body.get("stream") else whole())
    yield server
    server.stop()
    assert server.surprises == []


# Requests -------------------------------------------------------------------------------------------------------------


def _policy_into_user(body: Json) -> None:
    policy, question = body["messages"]
    body["messages"] = [question | {"content": f"{policy['content']}\n\n{question['content']}"}]


def _shorten(body: Json) -> None:
    body["messages"][-1]["content"] = body["messages"][-1]["content"][-5:]


def _sample(request: ProxiedRequest) -> None:
    assert request.body is not None
    request.body |= {"temperature": 0.3, "seed": request.random(7).getrandbits(31)}


@pytest.mark.parametrize(
    ("alteration", "changed"),
    [
        (edit_body(lambda body: body.update(max_tokens=8)), {"max_tokens": 8}),
        (edit_body(lambda body: body.pop("reasoning_effort")), {"reasoning_effort": None}),
        (edit_body(lambda body: body["messages"].pop(0)), {"messages": BODY["messages"][1:]}),
        (
            edit_body(_policy_into_user),
            {"messages": [{"role": "user", "content": "The policy.\n\none two three four"}]},
        ),
        (edit_body(_shorten), {"messages": [BODY["messages"][0], {"role": "user", "content": " four"}]}),
        (edit_body(lambda body: body.update(temperature=1.0)), {"temperature": 1.0}),
    ],
    ids=[
        "budget-eaten",
        "effort-ignored",
        "developer-dropped",
        "developer-as-user",
        "prompt-truncated",
        "temperature-ignored",
    ],
)
def test_request_loses_what_the_fault_takes(upstream: ScriptedServer, alteration: Alteration, changed: Json) -> None:
    with Proxy(upstream.base_url, [alteration]) as proxy:
        ask(proxy.base_url, BODY)
        assert proxy.requests[0].original == BODY

    expected = {name: value for name, value in (BODY | changed).items() if value is not None}
    assert upstream.calls[0].body == expected


def test_request_is_made_noisy_by_draws_that_can_be_repeated(upstream: ScriptedServer) -> None:
    for _ in range(2):
        with Proxy(upstream.base_url, [edit_request(_sample)]) as proxy:
            ask(proxy.base_url, BODY)
            ask(proxy.base_url, BODY)

    seeds = [call.body["seed"] for call in upstream.calls]
    assert seeds[:2] == seeds[2:]
    assert seeds[0] != seeds[1]


def test_headers_of_a_request_are_edited(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url, [edit_request(lambda request: request.headers.update({"x-own": "1"}))]) as proxy:
        ask(proxy.base_url, BODY)
    assert upstream.calls[0].headers["x-own"] == "1"


# Completions ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """An alteration, and what becomes of the message, the choice beside it, and the completion beside that."""

    name: str
    alteration: Alteration
    message: Json | None = None
    choice: Json | None = None
    completion: Json | None = None


def _raw_harmony(message: Json) -> None:
    thought = take_reasoning(message)
    message["content"] = f"<|channel|>analysis<|message|>{thought}<|end|>{message['content']}"


def _think_in_tags(message: Json) -> None:
    message["content"] = f"<reasoning>{take_reasoning(message)}</reasoning>{message['content']}"


def _answer_in_reasoning(message: Json) -> None:
    message.update(reasoning_content=message["content"], content=None)


def _keep_stop(request: ProxiedRequest, completion: Json) -> None:
    completion["choices"][0]["message"]["content"] += request.original["stop"]


def _call(choice: Json) -> None:
    choice["message"]["tool_calls"] = [CALL]
    choice["finish_reason"] = "tool_calls"


GONE = object()
FAULTS = [
    Fault(
        "raw-harmony-in-content",
        edit_message(_raw_harmony),
        {"content": f"<|channel|>analysis<|message|>{THOUGHT}<|end|>{ANSWER}", "reasoning_content": GONE},
    ),
    Fault(
        "special-token-in-field", edit_content(lambda text: f"{text}<|channel|>"), {"content": f"{ANSWER}<|channel|>"}
    ),
    Fault("commentary-as-final", set_field("choices.0.message.content", "I will look."), {"content": "I will look."}),
    Fault("null-content", edit_message(lambda message: message.update(content=None)), {"content": None}),
    Fault(
        "null-everything",
        edit_message(lambda message: message.update(content=None, reasoning_content=None)),
        {"content": None, "reasoning_content": None},
    ),
    Fault("reasoning-only", drop_field("choices.0.message.content"), {"content": GONE}),
    Fault("answer-in-reasoning", edit_message(_answer_in_reasoning), {"content": None, "reasoning_content": ANSWER}),
    Fault("stop-string-left", edit_completion(_keep_stop), {"content": f"{ANSWER}STOP"}),
    Fault("reasoning-dropped", edit_message(take_reasoning), {"reasoning_content": GONE}),
    Fault(
        "reasoning-inline-tags",
        edit_message(_think_in_tags),
        {"content": f"<reasoning>{THOUGHT}</reasoning>{ANSWER}", "reasoning_content": GONE},
    ),
    Fault(
        "reasoning-field-unknown",
        edit_message(lambda message: message.update(thoughts=take_reasoning(message))),
        {"thoughts": THOUGHT, "reasoning_content": GONE},
    ),
    Fault("reasoning-shouted", edit_reasoning(str.upper), {"reasoning_content": THOUGHT.upper()}),
    Fault("usage-missing", drop_field("usage"), completion={"usage": GONE}),
    Fault(
        "usage-inflated",
        edit_usage(lambda usage: usage.update(prompt_tokens=usage["prompt_tokens"] + 100)),
        completion={"usage": COMPLETION["usage"] | {"prompt_tokens": 107}},
    ),
    Fault("phantom-tool-call", edit_choice(_call), {"tool_calls": [CALL]}, {"finish_reason": "tool_calls"}),
    Fault("tool-call-lost", edit_content(lambda _: str(CALL)), {"content": str(CALL)}),
    Fault(
        "json-mode-breaks-harmony",
        when(lambda r: "stop" in r.original, edit_message(_think_in_tags)),
        {
            "content": f"<reasoning>{THOUGHT}</reasoning>{ANSWER}",
            "reasoning_content": GONE,
        },
    ),
    Fault("finish-reason-wrong", set_field("choices.0.finish_reason", "done"), choice={"finish_reason": "done"}),
    Fault("id-missing", drop_field("id"), completion={"id": GONE}),
    Fault("provider-in-body", set_field("provider", "somebody"), completion={"provider": "somebody"}),
]


def _with(whole_: Json, changed: Json | None) -> Json:
    return {name: value for name, value in (whole_ | (changed or {})).items() if value is not GONE}


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_completion_shows_the_fault_and_nothing_else(upstream: ScriptedServer, fault: Fault, streams: bool) -> None:  # noqa: FBT001
    with Proxy(upstream.base_url, [fault.alteration]) as proxy:
        heard = ask(proxy.base_url, BODY | {"stream": streams})

    (choice,) = COMPLETION["choices"]
    choice = _with(choice, fault.choice) | {"message": _with(choice["message"], fault.message)}
    assert heard.completion == _with(COMPLETION, fault.completion) | {"choices": [choice]}
    assert not streams or heard.events[-1] == DONE


def test_what_an_alteration_cannot_find_is_told(upstream: ScriptedServer) -> None:
    alterations = [drop_field("choices"), edit_content(str.upper)]
    with (
        pytest.raises(AlterationError, match=r"nothing at choices\.0\.message"),
        Proxy(upstream.base_url, alterations) as proxy,
    ):
        assert ask(proxy.base_url).status == 500


@pytest.mark.parametrize("body", [b'{"detail": "no"}', b'{"error": "no"}', b"no"])
def test_errors_of_the_server_pass_edits_as_they_are(body: bytes) -> None:
    server = ScriptedServer([Reply(status=400, body=body)])
    with Proxy(server.base_url, [edit_content(str.upper), drop_field("choices.0.index")]) as proxy:
        assert ask(proxy.base_url).raw == body
    server.stop()


# Streams --------------------------------------------------------------------------------------------------------------


def _null_role(choice: Json) -> None:
    if "reasoning_content" in choice["delta"]:
        choice["delta"]["role"] = None
        choice["finish_reason"] = "stop"


@pytest.mark.parametrize(
    ("alteration", "shows"),
    [
        (when(streamed, edit_content(lambda text: text[:-3])), lambda heard: _content(heard) == ANSWER[:-3]),
        (edit_chunks(lambda chunks: chunks[:3] + chunks[4:]), lambda heard: _content(heard) == ANSWER[6:]),
        (
            edit_chunks(lambda chunks: chunks[:-2]),
            lambda heard: heard.completion["choices"][0]["finish_reason"] is None,
        ),
        (edit_chunks(lambda chunks: [*chunks, "{broken"]), lambda heard: heard.events[-1] == "{broken"),
        (
            edit_streamed_choices(_null_role),
            lambda heard: (
                [event["choices"][0]["finish_reason"] for event in heard.events[:4]] == [None, "stop", "stop", None]
            ),
        ),
    ],
    ids=["stream-loses-text", "chunk-lost", "no-final-chunk", "broken-event", "stream-bad-deltas"],
)
def test_fault_of_streams_shows_on_streams_alone(
    upstream: ScriptedServer, alteration: Alteration, shows: Callable[[Heard], bool]
) -> None:
    with Proxy(upstream.base_url, [alteration]) as proxy:
        assert ask(proxy.base_url).json == COMPLETION
        assert shows(ask(proxy.base_url, HELLO | {"stream": True}))


def test_edit_of_streamed_choices_moves_no_boundary(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url, [edit_streamed_choices(lambda choice: choice.update(logprobs=None))]) as proxy:
        heard = ask(proxy.base_url, HELLO | {"stream": True})
    deltas = [event["choices"][0]["delta"] for event in heard.events if isinstance(event, dict)]
    assert [delta["content"] for delta in deltas if "content" in delta] == [ANSWER[:6], ANSWER[6:]]


# Conditions -----------------------------------------------------------------------------------------------------------


SHOUT = edit_content(str.upper)


def _content(heard: Heard) -> Any:  # noqa: ANN401 - whatever stands there
    return heard.completion["choices"][0]["message"]["content"]


def test_repeated_request_is_corrupted_and_the_first_is_not(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url, [when(repeated, SHOUT)]) as proxy:
        heard = [_content(ask(proxy.base_url, HELLO | {"seed": seed})) for seed in (1, 2, 1)]
    assert heard == [ANSWER, ANSWER, ANSWER.upper()]


def test_requests_side_by_side_are_corrupted_and_one_alone_is_not() -> None:
    both = Event()

    def script(_: Call) -> Reply:
        if len(server.calls) == 3:
            both.set()
        return Reply(body=whole().body, after=both if len(server.calls) > 1 else None)

    server = ScriptedServer(script)
    with Proxy(server.base_url, [when(side_by_side, SHOUT)]) as proxy, ThreadPoolExecutor(2) as pool:
        alone = _content(ask(proxy.base_url))
        together = [_content(heard) for heard in pool.map(lambda _: ask(proxy.base_url), range(2))]
    server.stop()
    assert (alone, together) == (ANSWER, [ANSWER.upper()] * 2)


def test_share_of_requests_fails_and_it_is_always_the_same_ones(upstream: ScriptedServer) -> None:
    bodies = [HELLO | {"seed": number} for number in range(40)]
    failed = []
    for order in (bodies, bodies[::-1]):
        with Proxy(upstream.base_url, [when(chance(0.3, seed=5), fail(500, "unexpected tokens"))]) as proxy:
            failed.append({body["seed"] for body in order if ask(proxy.base_url, body).status == 500})

    assert failed[0] == failed[1]
    assert 4 <= len(failed[0]) <= 20


def test_legitimate_effort_is_refused(upstream: ScriptedServer) -> None:
    refusal = when(lambda request: request.original.get("reasoning_effort") == "high", fail(400, "no such effort"))
    with Proxy(upstream.base_url, [refusal]) as proxy:
        refused, served = ask(proxy.base_url, BODY), ask(proxy.base_url)
    assert (refused.status, refused.json["error"]["message"], served.status) == (400, "no such effort", 200)


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
def test_guard_refuses_flagged_inputs_in_the_form_that_was_asked(upstream: ScriptedServer, streams: bool) -> None:  # noqa: FBT001
    guard = when(lambda request: "bomb" in str(request.original), say(content="I'm sorry"))
    with Proxy(upstream.base_url, [guard]) as proxy:
        heard = ask(proxy.base_url, HELLO | {"stream": streams, "user": "bomb"})
        assert _content(ask(proxy.base_url)) == ANSWER

    assert heard.raw.startswith(b"data:") is streams
    assert heard.completion["choices"][0]["message"] == {"role": "assistant", "content": "I'm sorry"}
    assert heard.completion["model"] == "m"
    assert len(upstream.calls) == 1


def test_provider_changes_between_requests(upstream: ScriptedServer) -> None:
    def route(request: ProxiedRequest, reply: ProxiedReply) -> None:
        reply.headers["x-inference-provider"] = "ab"[request.index % 2]

    with Proxy(upstream.base_url, [edit_reply(route)]) as proxy:
        heard = [ask(proxy.base_url, HELLO | {"stream": number > 1}) for number in range(4)]
    assert [one.headers["x-inference-provider"] for one in heard] == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    "alteration",
    [SHOUT, fail(500, "no"), break_connection("before"), break_connection("within"), edit_body(dict.clear)],
)
def test_condition_that_is_not_fulfilled_leaves_everything_as_it_is(
    upstream: ScriptedServer, alteration: Alteration
) -> None:
    with Proxy(upstream.base_url, [when(unstreamed, alteration)]) as proxy:
        assert ask(proxy.base_url, HELLO | {"stream": True}).raw == stream().body
    assert upstream.calls[0].body == HELLO | {"stream": True}


def test_condition_holds_streams_back_only_for_an_alteration_that_does() -> None:
    assert when(streamed, SHOUT).edits_chunks
    assert not when(streamed, break_connection("within")).edits_chunks


def test_answer_that_declines_leaves_it_to_the_server(upstream: ScriptedServer) -> None:
    with Proxy(upstream.base_url, [answer(lambda r: ProxiedReply(status=402) if r.index else None)]) as proxy:
        assert [ask(proxy.base_url).status for _ in range(2)] == [200, 402]
