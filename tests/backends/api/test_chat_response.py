"""A response body is read field by field, and absent, null and empty are three different things."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backends.api.chat_response import read_chat_response
from backends.completion import Completion, FinishReason, Missing, Usage
from backends.errors import ResponseUnusable


def read(response: object, headers: dict[str, str] | None = None) -> Completion:
    return read_chat_response(json.dumps(response).encode(), headers or {})


def read_message(**fields: object) -> Completion:
    return read({"choices": [{"message": fields}]})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, Missing.ABSENT), ({"content": None}, Missing.NULL), ({"content": ""}, ""), ({"content": " 1 "}, " 1 ")],
)
def test_content_is_absent_null_empty_or_text_to_the_letter(fields: dict[str, Any], expected: object) -> None:
    assert read_message(**fields).content == expected


@pytest.mark.parametrize(
    ("fields", "reasoning", "name"),
    [
        ({}, Missing.ABSENT, None),
        ({"reasoning": "thus"}, "thus", "reasoning"),
        ({"reasoning_content": "thus"}, "thus", "reasoning_content"),
        ({"reasoning": None}, Missing.NULL, "reasoning"),
        ({"reasoning_content": None}, Missing.NULL, "reasoning_content"),
        ({"reasoning": ""}, "", "reasoning"),
        ({"reasoning": None, "reasoning_content": "thus"}, "thus", "reasoning_content"),
        ({"reasoning": "", "reasoning_content": "thus"}, "thus", "reasoning_content"),
        ({"reasoning": "thus", "reasoning_content": ""}, "thus", "reasoning"),
        ({"reasoning": "thus", "reasoning_content": "thus"}, "thus", "reasoning"),
        ({"reasoning": None, "reasoning_content": ""}, Missing.NULL, "reasoning"),
    ],
)
def test_both_names_of_reasoning_are_understood_and_the_one_that_holds_text_wins(
    fields: dict[str, Any], reasoning: object, name: str | None
) -> None:
    got = read_message(content="1", **fields)
    assert (got.reasoning, got.reasoning_field) == (reasoning, name)


@pytest.mark.parametrize("name", ["content", "reasoning", "reasoning_content"])
@pytest.mark.parametrize("value", [[], ["1"], {}, 1, True])
def test_text_field_that_is_no_text_makes_the_response_unusable(name: str, value: object) -> None:
    with pytest.raises(ResponseUnusable, match=rf"{name} is {type(value).__name__}"):
        read_message(**{"content": "1", name: value})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        *((str(reason), reason) for reason in FinishReason),
        (None, FinishReason.UNKNOWN),
        ("eos", FinishReason.UNKNOWN),
        ("STOP", FinishReason.UNKNOWN),
        (1, FinishReason.UNKNOWN),
        ([], FinishReason.UNKNOWN),
        ({}, FinishReason.UNKNOWN),
    ],
)
def test_finish_reason_is_of_the_protocol_or_unknown(said: object, reason: FinishReason) -> None:
    assert read({"choices": [{"message": {"content": "1"}, "finish_reason": said}]}).finish_reason is reason


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}, (1, 2, 3)),
        ({"prompt_tokens": 0}, (0, None, None)),
        ({"prompt_tokens": "5", "completion_tokens": 1.5, "total_tokens": True}, (None, None, None)),
        (None, (None, None, None)),
        ([], (None, None, None)),
    ],
)
def test_usage_holds_reported_counts_and_invents_none(
    usage: object, expected: tuple[int | None, int | None, int | None]
) -> None:
    got = read({"choices": [{"message": {"content": "1"}}], "usage": usage}).usage
    assert got == Usage(prompt_tokens=expected[0], completion_tokens=expected[1], total_tokens=expected[2])


def test_provider_comes_from_the_header_before_the_body() -> None:
    body = {"choices": [{"message": {"content": "1"}}], "provider": "body", "model": "m"}
    assert read(body, {"x-inference-provider": "header"}).provider == "header"
    assert read(body).provider == "body"
    assert read(body).model == "m"
    assert read(body | {"provider": 5, "model": ""}).provider is None
    assert read(body | {"provider": 5, "model": ""}).model is None


def test_first_choice_counts() -> None:
    assert read({"choices": [{"message": {"content": "1"}}, {"message": {"content": "0"}}]}).content == "1"


def test_unusable_body_is_shown_from_its_beginning() -> None:
    with pytest.raises(ResponseUnusable, match="<html>here") as caught:
        read_chat_response(b"<html>here" + b"x" * 1000, {})
    assert len(str(caught.value)) < 300
