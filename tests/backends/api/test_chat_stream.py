"""A stream, however it is cut, joins to its answer; what is wrong with it is named, and nothing makes reading fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.api.chat_stream import read_chat_stream
from backends.api.stream_error import StreamError
from backends.completion import Usage
from backends.statuses import Meant
from backends.strict_json import JsonFault

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), max_size=8)


FRAME = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1795942088}

OPENING = {"role": "assistant", "content": ""}


def chunk(finish_reason: str | None = None, **delta: object) -> dict[str, Any]:
    return FRAME | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


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

    got = read_chat_stream(body(chunk("stop", **OPENING | {"content": "a"}), {"choices": [], "usage": usage}, "[DONE]"))

    assert got.usage == Usage(**usage)
    assert got.problems == ()


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (["no json"], "event 1 is not a JSON object"),
        ([{"usage": None}], "event 1 has no list of choices"),
        ([{"choices": [{"index": 0}]}], "event 1 has no delta"),
        ([chunk(role=None)], "event 1 has the role None"),
        ([chunk(content=["a"])], "event 1 has a content of type list"),
        ([chunk("stop"), chunk(content="more")], "event 2 goes on after the finish reason 'stop'"),
        ([chunk("stop"), chunk(reasoning="more")], "event 2 goes on after the finish reason 'stop'"),
        ([chunk(tool_calls=["x"])], "event 1 has a tool call that is none"),
        ([chunk(tool_calls=[{"function": {"name": 1}}])], "event 1 has a tool call whose name is int"),
        ([chunk(tool_calls=[{"id": "a", "function": {"name": "f"}}])], "event 1 has a tool call without its index"),
        ([chunk(content="1"), chunk("stop")], "no delta has a role"),
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
    assert stream.problems == ("no delta has a role",)


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


# Tool calls and their ids


def called(index: int, *, fields: dict[str, object], **function: object) -> dict[str, Any]:
    return chunk(tool_calls=[{"index": index, **fields, "function": function}])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"id": None}, "tool call 1 has no id"),
        ({}, "tool call 1 has no id"),
        ({"id": ""}, "tool call 1 has the id ''"),
    ],
)
def test_call_without_an_id_is_told(given: dict[str, object], told: str) -> None:
    got = read_chat_stream(body(chunk(**OPENING), called(0, fields=given, name="f", arguments="{}")))

    assert (got.id_problems, got.problems) == ((told,), ())


def test_two_calls_with_one_id_are_told() -> None:
    both = (called(index, fields={"id": "a"}, name="f") for index in (0, 1))

    assert read_chat_stream(body(chunk(**OPENING), *both)).id_problems == ("2 tool calls have the same id 'a'",)


@pytest.mark.parametrize("later", [{}, {"id": "a"}, {"id": ""}, {"type": None}])
def test_later_delta_of_a_call_may_leave_its_id_out_or_say_it_again(later: dict[str, object]) -> None:
    first = called(0, fields={"id": "a", "type": "function"}, name="f", arguments="")

    got = read_chat_stream(body(chunk(**OPENING), first, called(0, fields=later, arguments="{}")))

    assert (got.tool_calls, got.id_problems, got.problems) == ((("f", "{}"),), (), ())


@pytest.mark.parametrize("later", [{"id": None}, {"id": "b"}, {"id": 3}])
def test_later_delta_that_takes_a_calls_id_away_is_told(later: dict[str, object]) -> None:
    first = called(0, fields={"id": "a"}, name="f", arguments="")

    got = read_chat_stream(body(chunk(**OPENING), first, called(0, fields=later, arguments="{}")))

    assert got.id_problems == ()
    assert ["event 3 goes on with a tool call" in problem for problem in got.problems] == [True]


# Errors inside


@pytest.mark.parametrize(
    ("event", "words", "meant"),
    [
        ('data: {"choices": [], "error": {"code": 502, "message": "busy"}}', "502: busy", Meant.GATEWAY),
        ('data: {"error": {"message": "no room", "type": "server_error"}}', "server_error: no room", None),
        ('data: {"error": "no budget for thoughts"}', "no budget for thoughts", None),
        ('data: {"object": "error", "message": "it broke", "code": 500}', "500: it broke", Meant.SERVER),
        ('event: error\ndata: {"message": "gone", "code": 503}', "503: gone", Meant.GATEWAY),
        ("event: error\ndata: the worker died", "the worker died", None),
        (
            'data: {"error": {"code": "rate_limit_exceeded", "message": "wait"}}',
            "rate_limit_exceeded: wait",
            Meant.LIMIT,
        ),
    ],
)
def test_words_of_an_error_inside_a_stream_are_told(event: str, words: str, meant: Meant | None) -> None:
    got = read_chat_stream(f"{body(chunk(**OPENING))}{event}\n\ndata: [DONE]\n\n")

    assert got.error == StreamError(words, meant)
    assert got.problems == ()


@pytest.mark.parametrize("field", [{"error": None}, {"error": {}}, {"error": ""}])
def test_empty_error_is_none(field: dict[str, object]) -> None:
    assert read_chat_stream(body(chunk(**OPENING) | field)).error is None


# What stands around the answer


@pytest.mark.parametrize(
    ("field", "value"),
    [("id", None), ("id", ""), ("id", 7), ("object", "chat.completion"), ("created", None), ("created", 1.5)],
)
def test_wrong_envelope_of_a_chunk_is_told(field: str, value: object) -> None:
    got = read_chat_stream(body(chunk(**OPENING), chunk("stop") | {field: value}))

    assert [problem.startswith("in event 2, ") and field in problem for problem in got.envelope_problems] == [True]


def test_missing_field_of_the_envelope_is_told() -> None:
    bare = {"choices": chunk(**OPENING)["choices"]}

    assert len(read_chat_stream(body(bare)).envelope_problems) == 3


def test_id_that_changes_within_a_stream_is_told() -> None:
    got = read_chat_stream(body(chunk(**OPENING), chunk(content="1") | {"id": "chatcmpl-2"}, chunk("stop")))

    assert got.envelope_problems == ("event 2 has another id than the chunk before it",)


def test_chunk_without_choices_needs_no_envelope_and_the_time_may_go_on() -> None:
    filters = {"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": []}

    got = read_chat_stream(body(filters, chunk(**OPENING), chunk("stop") | {"created": 1795942089}))

    assert got.envelope_problems == ()


# Events as the law of events lets them be written


def test_names_ids_and_retries_of_events_and_data_over_several_lines_change_nothing() -> None:
    events = [chunk(**OPENING), chunk(content="a: b"), chunk("stop")]
    lines = [json.dumps(event, indent=1).split("\n") for event in events]
    written = "retry: 3000\n\n" + "".join(
        f"id: {number}\nevent: message\n" + "".join(f"data: {line}\n" for line in data) + ": ping\n\n"
        for number, data in enumerate(lines)
    )

    got, plain = read_chat_stream(f"{written}id: 9\ndata: [DONE]\n\n"), read_chat_stream(body(*events, "[DONE]"))

    assert (got, got.content, got.done) == (plain, "a: b", True)
