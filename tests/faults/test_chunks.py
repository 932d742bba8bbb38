"""A stream and the whole that it amounts to are two forms of the same, and events survive being read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.faults.asking import COMPLETION
from tests.faults.chunks import PIECE, joined, rechunk
from tests.faults.sse import DONE, read_events, write_events

if TYPE_CHECKING:
    from tests.faults.body import Json
    from tests.faults.sse import Chunk

CALLS: list[Json] = [
    {"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}},
    {"id": "b", "type": "function", "function": {"name": "go", "arguments": "{}"}},
]

_texts = st.none() | st.text()
_messages = st.fixed_dictionaries(
    {"role": st.just("assistant")},
    optional={
        "content": _texts,
        "reasoning": _texts,
        "reasoning_content": _texts,
        "refusal": _texts,
        "tool_calls": st.just(CALLS),
    },
)
_data = st.dictionaries(st.text(), st.text() | st.integers() | st.none()) | st.text(
    st.characters(exclude_characters="\r", exclude_categories=["Cs"]), min_size=1
)


def _completion(message: Json, **fields: object) -> Json:
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], **fields}


def _chunk(delta: Json, **choice: object) -> Json:
    return {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, **choice}]}


@given(_messages, st.none() | st.just(COMPLETION["usage"]))
def test_whole_survives_being_streamed(message: Json, usage: Json | None) -> None:
    completion = _completion(message) | ({} if usage is None else {"usage": usage})
    assert joined(rechunk(completion)) == completion


@given(st.lists(_data.filter(lambda data: not isinstance(data, str) or not data.lstrip().startswith("{"))))
@example([" a ", "b\n c", ""])
def test_events_survive_being_written(chunks: list[Chunk]) -> None:
    assert read_events(write_events(chunks)) == chunks


def test_stream_thinks_before_it_answers_in_small_pieces_and_ends_with_reason_and_usage() -> None:
    chunks = rechunk(COMPLETION)
    choices = [chunk["choices"][0] for chunk in chunks if isinstance(chunk, dict)]
    deltas = [choice["delta"] for choice in choices]

    assert deltas[0] == {"role": "assistant"}
    assert [name for delta in deltas for name in delta] == ["role", *["reasoning_content"] * 2, *["content"] * 2]
    assert all(len(text) <= PIECE for delta in deltas[1:] for text in delta.values())
    assert [choice["finish_reason"] for choice in choices] == [None] * 5 + ["stop"]
    assert [isinstance(chunk, dict) and "usage" in chunk for chunk in chunks] == [False] * 5 + [True]
    assert {chunk["object"] for chunk in chunks if isinstance(chunk, dict)} == {"chat.completion.chunk"}


def test_tool_calls_that_came_in_fragments_are_joined_by_their_index() -> None:
    chunks: list[Chunk] = [
        _chunk({"role": "assistant", "tool_calls": [{"index": 0, "id": "a", "function": {"name": "look"}}]}),
        _chunk({"tool_calls": [{"index": 1, "id": "b", "function": {"name": "go", "arguments": "{"}}]}),
        _chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"at"'}}]}),
        _chunk(
            {
                "tool_calls": [
                    {"index": 0, "function": {"arguments": ": 1}"}},
                    {"index": 1, "function": {"arguments": "}"}},
                ]
            }
        ),
        _chunk({}, finish_reason="tool_calls"),
    ]
    (choice,) = joined(chunks)["choices"]

    assert choice["message"]["tool_calls"] == [
        {"id": "a", "function": {"name": "look", "arguments": '{"at": 1}'}},
        {"id": "b", "function": {"name": "go", "arguments": "{}"}},
    ]
    assert choice["finish_reason"] == "tool_calls"


def test_role_that_every_delta_repeats_is_one_role() -> None:
    chunks: list[Chunk] = [_chunk({"role": "assistant", "content": text}) for text in ("one ", "two")]
    assert joined(chunks)["choices"][0]["message"] == {"role": "assistant", "content": "one two"}


def test_ways_of_a_stream_are_kept() -> None:
    usage = {"object": "chat.completion.chunk", "choices": [], "usage": {"total_tokens": 3}}
    stranger, second = {"error": "late"}, {"choices": [{"index": 1, "delta": {"content": "other"}}]}
    like: list[Chunk] = [
        _chunk({"content": "a"}),
        second,
        _chunk({}, finish_reason="stop"),
        usage,
        stranger,
        "odd",
        DONE,
    ]

    again = rechunk(joined(like), like)

    assert again[-4:] == [second, stranger, "odd", DONE]
    assert again[-5] == usage | {"id": "c"}
    assert "usage" not in again[-6]


@pytest.mark.parametrize("completion", [{}, {"choices": []}, {"choices": [{}]}, {"choices": [{"message": None}]}])
def test_whole_that_lacks_its_parts_can_still_be_streamed(completion: Json) -> None:
    assert "choices" in joined(rechunk(completion))


def test_empty_stream_amounts_to_an_empty_message() -> None:
    assert joined([])["choices"][0]["message"] == {}
    assert joined([DONE, "odd"])["choices"][0]["finish_reason"] is None
