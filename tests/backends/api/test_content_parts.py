"""An answer in typed parts is read as their texts, whole and streamed, and what has none is no answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backends.api.chat_response import read_chat_response
from backends.api.chat_stream import read_chat_stream
from backends.api.parsed_reply import ParsedReply
from backends.completion import Missing
from backends.errors import ResponseUnusable
from backends.no_completion import NoCompletion
from backends.raw_reply import RawReply

TEXT = {"type": "text", "text": "0"}
THOUGHT = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "It is calm."}]}


def body(content: object, **fields: object) -> str:
    """Returns the body of a completion with this content."""
    return json.dumps({"choices": [{"message": {"content": content, **fields}, "finish_reason": "stop"}]})


def replied(text: str, **request: object) -> ParsedReply:
    """Returns a reply with this body."""
    return ParsedReply("policy", RawReply(status=200, headers={}, body=text, request=json.dumps(request)))


@pytest.mark.parametrize(
    ("content", "answer", "reasoning"),
    [
        ([TEXT], "0", Missing.ABSENT),
        (TEXT, "0", Missing.ABSENT),
        ([THOUGHT, TEXT], "0", "It is calm."),
        ([{"type": "thinking", "thinking": "It is calm."}, {"type": "output_text", "text": "0"}], "0", "It is calm."),
        ([{"type": "reasoning", "text": "It is calm."}, TEXT], "0", "It is calm."),
        ([TEXT, TEXT], "00", Missing.ABSENT),
    ],
)
def test_parts_are_read_as_answer_and_reasoning(content: object, answer: str, reasoning: object) -> None:
    read = read_chat_response(body(content).encode(), {})

    assert (read.content, read.reasoning) == (answer, reasoning)
    assert replied(body(content)).is_in_parts
    assert replied(body(content)).no_completion is None


def test_reasoning_in_a_field_of_its_own_goes_before_that_of_a_part() -> None:
    assert read_chat_response(body([THOUGHT, TEXT], reasoning="Calm.").encode(), {}).reasoning == "Calm."


@pytest.mark.parametrize("content", [[{"type": "image_url"}], [7], [], ["0"], [[TEXT]], {"type": "text"}])
def test_parts_without_a_text_are_no_answer(content: object) -> None:
    with pytest.raises(ResponseUnusable):
        read_chat_response(body(content).encode(), {})

    assert replied(body(content)).no_completion is NoCompletion.PARTS


def test_text_is_in_no_parts() -> None:
    assert not replied(body("0")).is_in_parts
    assert not replied(body(None)).is_in_parts


def test_streamed_parts_join_to_answer_and_reasoning() -> None:
    deltas: list[dict[str, Any]] = [
        {"role": "assistant"},
        {"content": [THOUGHT]},
        {"content": [TEXT]},
        {"content": "1"},
    ]
    text = "".join(f"data: {json.dumps({'choices': [{'delta': delta}]})}\n\n" for delta in deltas)

    stream = read_chat_stream(text)

    assert (stream.reasoning, stream.content, stream.in_parts) == ("It is calm.", "01", True)
    assert stream.problems == ()
    assert replied(text, stream=True).is_in_parts
