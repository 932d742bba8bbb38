"""A stream, however it is cut, joins to its answer; what is wrong with it is named, and nothing makes reading fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.api.chat_stream import read_chat_stream
from backends.completion import Usage
from backends.strict_json import JsonFault

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), max_size=8)


def chunk(finish_reason: str | None = None, **delta: object) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


def body(*events: dict[str, Any] | str, end: str = "\n\n") -> str:
    return "".join(f"data: {e if isinstance(e, str) else json.dumps(e)}{end}" for e in events)


@given(
    reasoning=TEXTS,
    content=TEXTS,
    name=st.sampled_from(["reasoning", "reasoning_content"]),
    end=st.sampled_from(["\n\n", "\r\n\r\n"]),
)
def test_any_cutting_of_the_texts_joins_to_the_texts(
    reasoning: list[str], content: list[str], name: str, end: str
) -> None:
    events = [chunk(role="assistant"), *(chunk(**{name: text}) for text in reasoning)]
    events += [*(chunk(content=text) for text in content), chunk("stop")]

    got = read_chat_stream(body(*events, "[DONE]", end=end))

    assert (got.reasoning, got.content, got.finish_reason) == ("".join(reasoning), "".join(content), "stop")
    assert (got.done, got.problems, got.chunks) == (True, (), len(events))


@given(text=st.text())
def test_no_text_makes_reading_fail(text: str) -> None:
    read_chat_stream(text)
    read_chat_stream(f"data: {text}\n\n")


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda v: (
            st.lists(v)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "choices",
                        "delta",
                        "content",
                        "tool_calls",
                        "function",
                        "usage",
                        "role",
                        "name",
                        "index",
                        "arguments",
                    ]
                ),
                v,
            )
        ),
    )
)
def test_no_json_makes_reading_fail(value: object) -> None:
    read_chat_stream(
        body(json.dumps(value), json.dumps({"choices": [value]}), json.dumps({"choices": [{"delta": value}]}))
    )


def test_a_reasoning_given_under_both_names_counts_once() -> None:
    assert read_chat_stream(body(chunk(reasoning="a", reasoning_content="a"))).reasoning == "a"


def test_tool_calls_join_by_their_index() -> None:
    def call(index: int, **function: str) -> dict[str, Any]:
        return chunk(tool_calls=[{"index": index, "function": function}])

    got = read_chat_stream(
        body(call(1, name="b"), call(0, name="a"), call(0, arguments='{"x"'), call(0, arguments=": 1}"))
    )

    assert got.tool_calls == (("a", '{"x": 1}'), ("b", ""))


def test_usage_may_come_in_a_chunk_without_choices() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}

    got = read_chat_stream(body(chunk("stop", content="a"), {"choices": [], "usage": usage}, "[DONE]"))

    assert got.usage == Usage(**usage)
    assert got.problems == ()


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (["no json"], "event 1 is not a JSON object"),
        ([{"error": "overloaded"}], "event 1 has no list of choices"),
        ([{"choices": [{"index": 0}]}], "event 1 has no delta"),
        ([chunk(role=None)], "event 1 has the role None"),
        ([chunk(content=["a"])], "event 1 has a content of type list"),
        ([chunk("stop"), chunk(content="more")], "event 2 goes on after the finish reason 'stop'"),
        ([chunk("stop"), chunk(reasoning="more")], "event 2 goes on after the finish reason 'stop'"),
        ([chunk(tool_calls=["x"])], "event 1 has a tool call that is none"),
        ([chunk(tool_calls=[{"function": {"name": 1}}])], "event 1 has a tool call whose name is int"),
    ],
)
def test_what_is_wrong_with_an_event_is_named(events: list[Any], told: str) -> None:
    assert any(told in problem for problem in read_chat_stream(body(*events)).problems)


@pytest.mark.parametrize("text", ["", body(chunk("stop")), body("[DONE]", chunk("stop"))])
def test_stream_without_a_last_done_is_not_closed(text: str) -> None:
    assert not read_chat_stream(text).done


def test_null_content_beside_reasoning_is_no_problem() -> None:
    assert read_chat_stream(body(chunk(role="assistant", content=None, reasoning="a"))).problems == ()


# What a strict reader of JSON trips over


def piece(delta: str) -> str:
    return f'data: {{"choices": [{{"index": 0, "delta": {delta}}}]}}\n\n'


@pytest.mark.parametrize(
    ("deltas", "content", "reasoning", "calls"),
    [
        ([r'{"content": "It \ud83d"}', r'{"content": "\ude00!"}'], "It \U0001f600!", "", ()),
        ([r'{"content": "calm \ud83d"}'], "calm \ufffd", "", ()),
        ([r'{"reasoning_content": "\ude00"}'], "", "\ufffd", ()),
        (
            [r'{"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{\"q\": \"\ud83d\"}"}}]}'],
            "",
            "",
            (("f", '{"q": "\ufffd"}'),),
        ),
    ],
)
def test_half_a_character_in_a_delta_is_told_and_the_text_is_whole(
    deltas: list[str], content: str, reasoning: str, calls: tuple[tuple[str, str], ...]
) -> None:
    stream = read_chat_stream("".join(map(piece, deltas)) + "data: [DONE]\n\n")

    assert (stream.content, stream.reasoning, stream.tool_calls) == (content, reasoning, calls)
    assert {problem.fault for problem in stream.json_problems} == {JsonFault.HALF_CHARACTER}
    assert "event 1" in stream.json_problems[0].told
    assert stream.problems == ()


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        ('data: {"choices": [], "time": NaN}\n\n', JsonFault.NO_NUMBER),
        ('data: {"choices": [], "choices": [1]}\n\n', JsonFault.KEY_TWICE),
        ('data: {"choices": [\n\n', JsonFault.SYNTAX),
    ],
)
def test_event_of_broken_json_is_told_as_such_and_costs_the_others_nothing(event: str, fault: JsonFault) -> None:
    stream = read_chat_stream(piece('{"content": "1"}') + event + piece('{"content": "2"}') + "data: [DONE]\n\n")

    assert (stream.content, stream.done) == ("12", True)
    assert [problem.fault for problem in stream.json_problems] == [fault]


def test_whole_characters_in_deltas_are_no_problem() -> None:
    stream = read_chat_stream(piece(r'{"content": "\ud83d\ude00 é"}') + "data: [DONE]\n\n")

    assert (stream.content, stream.json_problems) == ("\U0001f600 é", ())
