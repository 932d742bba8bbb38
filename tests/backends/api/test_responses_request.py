from __future__ import annotations

import json

import pytest

from backends.api.endpoint import Endpoint
from backends.api.raw_call import COMPLETIONS_ROUTE, RawCall
from backends.api.responses_request import UNTRANSLATABLE, UnsayableError, responses_request
from backends.http_api import HttpApi
from backends.prompt import Message, Prompt, Sampling

HERE = Endpoint(model="m", base_url="http://127.0.0.1:1/v1", api=HttpApi.RESPONSES)
SAID = {"role": "user", "content": "hi"}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}


def _request(**chat: object) -> dict[str, object]:
    return responses_request({"messages": [SAID], **chat})


def test_prompt_says_the_same_through_either_api() -> None:
    prompt = Prompt(
        messages=(Message(role="system", content="policy"), Message(role="user", content="hi")),
        reasoning_effort="high",
        sampling=Sampling(temperature=0.5, top_p=0.9, seed=3),
        max_new_tokens=77,
        tools=json.dumps([TOOL]),
    )

    body = RawCall(name="a", prompt=prompt).body(HERE)

    assert body == {
        "stream": False,
        "instructions": "policy",
        "input": [SAID],
        "model": "m",
        "max_output_tokens": 77,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 3,
        "reasoning": {"effort": "high"},
        "tools": [{"type": "function", "strict": False, **TOOL["function"]}],  # type: ignore[dict-item]
    }


def test_request_says_that_no_stream_is_wanted_unless_it_leaves_that_to_the_server() -> None:
    prompt = Prompt(messages=(Message(role="user", content="hi"),))

    said = [RawCall(name="a", prompt=prompt, changes=changes).body(HERE) for changes in ({}, {"stream": None})]

    assert [body.get("stream") for body in said] == [False, None]


def test_raw_completions_are_asked_as_ever_beside_the_responses_api() -> None:
    prompt = Prompt(messages=(Message(role="user", content="hi"),))
    call = RawCall(name="a", prompt=prompt, route=COMPLETIONS_ROUTE, changes={"messages": None, "prompt": "text"})

    assert call.route_at(HERE) == COMPLETIONS_ROUTE
    assert call.body(HERE)["prompt"] == "text"
    assert RawCall(name="b", prompt=prompt).route_at(HERE) == "responses"


@pytest.mark.parametrize(
    ("chat", "expected"),
    [
        ({"max_completion_tokens": 5}, {"max_output_tokens": 5}),
        ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
        ({"stream_options": {"include_obfuscation": False}}, {"stream_options": {"include_obfuscation": False}}),
        ({"response_format": {"type": "json_object"}}, {"text": {"format": {"type": "json_object"}}}),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}},
            {"text": {"format": {"type": "json_schema", "name": "n", "schema": {}}}},
        ),
        ({"tool_choice": "required"}, {"tool_choice": "required"}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
            {"tool_choice": {"type": "function", "name": "f"}},
        ),
        (
            {"logprobs": True, "top_logprobs": 2},
            {"include": ["message.output_text.logprobs"], "top_logprobs": 2},
        ),
        ({"chat_template_kwargs": {"a": 1}}, {"chat_template_kwargs": {"a": 1}}),
    ],
)
def test_field_is_said_in_the_words_of_the_responses_api(chat: dict[str, object], expected: dict[str, object]) -> None:
    assert _request(**chat) == {"input": [SAID]} | expected


@pytest.mark.parametrize("field", sorted(UNTRANSLATABLE))
def test_field_without_words_there_is_refused_and_not_dropped(field: str) -> None:
    with pytest.raises(UnsayableError, match=field):
        _request(**{field: 1})


def test_developer_message_stays_a_message_of_its_role() -> None:
    developer = {"role": "developer", "content": "policy"}

    assert responses_request({"messages": [developer, SAID]}) == {"input": [developer, SAID]}


def test_parts_of_text_are_called_by_who_wrote_them() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]

    sent = responses_request(
        {"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": parts}]}
    )

    kinds = [[part["type"] for part in message["content"]] for message in sent["input"]]
    assert kinds == [["input_text"] * 2, ["output_text"] * 2]


def test_calls_and_results_become_items() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    turns = [
        SAID,
        {"role": "assistant", "content": None, "thinking": "hm", "tool_calls": [call]},
        {"role": "tool", "content": "out", "tool_call_id": "c1"},
    ]

    sent = responses_request({"messages": turns})["input"]

    assert sent[1]["type"] == "reasoning"
    assert sent[1]["content"] == [{"type": "reasoning_text", "text": "hm"}]
    assert sent[2:] == [
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "out"},
    ]


def test_items_of_an_earlier_response_go_back_to_the_letter() -> None:
    items = [{"type": "reasoning", "id": "r", "summary": []}, {"type": "message", "role": "assistant", "content": []}]

    assert responses_request({"messages": [SAID, *items, SAID]})["input"] == [SAID, *items, SAID]
