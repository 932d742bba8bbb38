from __future__ import annotations

import json
from typing import Any

import pytest

from backends.api.parsed_reply import ParsedReply
from backends.api.responses_body import read_responses_body
from backends.completion import Completion, FinishReason, Missing, Usage
from backends.errors import ResponseUnusable
from backends.http_api import HttpApi
from backends.raw_reply import RawReply

THOUGHT = {"type": "reasoning", "id": "r", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]}
ANSWER = {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": "0"}]}
CALL = {"type": "function_call", "id": "f", "call_id": "c", "name": "sky", "arguments": "{}"}
USAGE = {
    "input_tokens": 7,
    "output_tokens": 5,
    "total_tokens": 12,
    "output_tokens_details": {"reasoning_tokens": 3},
}


def response(*output: object, **fields: object) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "status": "completed", "output": list(output), **fields}


def read(*output: object, **fields: object) -> Completion:
    return read_responses_body(json.dumps(response(*output, **fields)).encode(), {})


def reply(told: dict[str, Any]) -> ParsedReply:
    request = json.dumps({"input": "hi"})
    return ParsedReply("a", RawReply(status=200, headers={}, body=json.dumps(told), request=request))


def test_items_are_answer_reasoning_and_usage() -> None:
    completion = read(THOUGHT, ANSWER, usage=USAGE, model="m")

    assert (completion.content, completion.reasoning, completion.reasoning_field) == ("0", "hm", "content")
    assert completion.finish_reason is FinishReason.STOP
    assert completion.usage == Usage(prompt_tokens=7, completion_tokens=5, total_tokens=12)
    assert completion.usage.reasoning_tokens == 3
    assert completion.model == "m"


def test_summary_counts_as_reasoning_where_no_text_is_told() -> None:
    completion = read({"type": "reasoning", "summary": [{"type": "summary_text", "text": "short"}]}, ANSWER)

    assert (completion.reasoning, completion.reasoning_field) == ("short", "summary")


@pytest.mark.parametrize(
    ("output", "content", "reasoning"),
    [
        ((), Missing.ABSENT, Missing.ABSENT),
        ((THOUGHT,), Missing.ABSENT, "hm"),
        ((ANSWER | {"content": []},), "", Missing.ABSENT),
        (({"type": "reasoning", "summary": [], "encrypted_content": "x"}, ANSWER), "0", Missing.NULL),
    ],
)
def test_absent_null_and_empty_are_told_apart(output: tuple[object, ...], content: object, reasoning: object) -> None:
    completion = read(*output)

    assert (completion.content, completion.reasoning) == (content, reasoning)


def test_several_messages_and_thoughts_are_joined() -> None:
    completion = read(THOUGHT, ANSWER, THOUGHT, ANSWER)

    assert (completion.content, completion.reasoning) == ("00", "hm\nhm")


@pytest.mark.parametrize(
    ("fields", "output", "expected"),
    [
        ({}, (ANSWER,), FinishReason.STOP),
        ({}, (ANSWER, CALL), FinishReason.TOOL_CALLS),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, (), FinishReason.LENGTH),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, (), FinishReason.CONTENT_FILTER),
        ({"status": "incomplete", "incomplete_details": None}, (), FinishReason.UNKNOWN),
        ({"status": "in_progress"}, (), FinishReason.UNKNOWN),
        ({"status": None}, (ANSWER,), FinishReason.UNKNOWN),
    ],
)
def test_status_becomes_the_finish_reason(
    fields: dict[str, object], output: tuple[object, ...], expected: FinishReason
) -> None:
    assert read(*output, **fields).finish_reason is expected


@pytest.mark.parametrize(
    "told",
    [
        {"choices": [{"message": {"content": "0"}}]},
        {"output": None},
        {"output": [ANSWER], "status": "failed", "error": {"code": "server_error", "message": "busy"}},
        {"output": [ANSWER | {"content": [{"type": "output_text", "text": 5}]}]},
        [],
    ],
)
def test_what_is_no_response_is_unusable(told: object) -> None:
    with pytest.raises(ResponseUnusable):
        read_responses_body(json.dumps(told).encode(), {})


def test_failure_is_told_in_its_words() -> None:
    with pytest.raises(ResponseUnusable, match="CUDA out of memory"):
        read(status="failed", error={"code": "server_error", "message": "CUDA out of memory"})


def test_reply_shows_a_response_as_the_message_that_it_amounts_to() -> None:
    seen = reply(response(THOUGHT, ANSWER, CALL, {"type": "mcp_call", "name": "x"}))

    assert seen.api is HttpApi.RESPONSES
    assert seen.message["content"] == "0"
    assert seen.message["reasoning"] == "hm"
    assert seen.tool_calls == [{"id": "c", "type": "function", "function": {"name": "sky", "arguments": "{}"}}]
    assert "mcp_call" in seen.message
    assert seen.items[0] == THOUGHT
    assert seen.response_id == "resp_1"


def test_reply_to_a_chat_request_is_no_response() -> None:
    seen = ParsedReply("a", RawReply(status=200, headers={}, body="{}", request='{"messages": []}'))

    assert seen.api is HttpApi.CHAT
