"""A stream of the Responses API: what it amounts to, and what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backends.api.responses_stream import read_responses_stream
from backends.api.server_events import ServerEvent, read_server_events
from backends.completion import Usage

Event = dict[str, Any]


def whole_stream() -> list[Event]:
    """Returns the events of a stream without fault: a thought, an answer, a call."""
    thought = {"type": "reasoning", "id": "r"}
    answer = {"type": "message", "id": "m", "role": "assistant"}
    call = {"type": "function_call", "id": "f", "name": "sky", "call_id": "c"}
    said = [{"type": "output_text", "text": "0\u00e9"}]
    usage = {"input_tokens": 7, "output_tokens": 5, "total_tokens": 12}
    response = {"status": "completed", "output": [answer | {"content": said}, call], "usage": usage}
    events: list[Event] = [
        {"type": "response.created", "response": {"status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": thought},
        {"type": "response.reasoning_text.delta", "item_id": "r", "delta": "h"},
        {"type": "response.reasoning_text.delta", "item_id": "r", "delta": "m"},
        {"type": "response.reasoning_text.done", "item_id": "r", "text": "hm"},
        {"type": "response.output_item.added", "output_index": 1, "item": answer},
        {"type": "response.output_text.delta", "item_id": "m", "delta": "0"},
        {"type": "response.output_text.delta", "item_id": "m", "delta": "\u00e9"},
        {"type": "response.output_text.done", "item_id": "m", "text": "0\u00e9"},
        {"type": "response.output_item.added", "output_index": 2, "item": call},
        {"type": "response.function_call_arguments.delta", "item_id": "f", "delta": "{}"},
        {"type": "response.function_call_arguments.done", "item_id": "f", "arguments": "{}"},
        {"type": "response.completed", "response": response},
    ]
    return [event | {"sequence_number": number} for number, event in enumerate(events)]


def written(events: list[Event], *, named: bool = True) -> str:
    return "".join(f"event: {one['type']}\n" * named + f"data: {json.dumps(one)}\n\n" for one in events)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("end", ["", "data: [DONE]\n\n", ": ping\n\n"])
def test_stream_amounts_to_the_response(end: str, *, named: bool) -> None:
    stream = read_responses_stream(written(whole_stream(), named=named) + end)

    assert (stream.content, stream.reasoning) == ("0\u00e9", "hm")
    assert stream.tool_calls == (("sky", "{}"),)
    assert stream.finish_reason == "tool_calls"
    assert stream.usage == Usage(prompt_tokens=7, completion_tokens=5, total_tokens=12)
    assert stream.done
    assert stream.problems == ()


def test_arguments_may_come_whole_at_the_end_alone() -> None:
    events = [event for event in whole_stream() if not event["type"].endswith("arguments.delta")]

    stream = read_responses_stream(written(events))

    assert (stream.tool_calls, stream.problems) == ((("sky", "{}"),), ())


def test_summary_stands_in_the_place_of_a_reasoning_without_text() -> None:
    events = [
        event | {"type": event["type"].replace("reasoning_text", "reasoning_summary_text")} for event in whole_stream()
    ]

    assert read_responses_stream(written(events)).reasoning == "hm"


def test_response_that_was_cut_ends_its_stream_as_incomplete() -> None:
    events = whole_stream()
    events[-1]["type"] = "response.incomplete"
    events[-1]["response"] |= {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}

    stream = read_responses_stream(written(events))

    assert (stream.finish_reason, stream.problems) == ("length", ())


def _without_number(events: list[Event]) -> None:
    del events[3]["sequence_number"]


def _number_again(events: list[Event]) -> None:
    events[3]["sequence_number"] = 2


def _no_beginning(events: list[Event]) -> None:
    del events[0]


def _never_added(events: list[Event]) -> None:
    del events[5]


def _no_text(events: list[Event]) -> None:
    events[6]["delta"] = None


def _other_end_of_item(events: list[Event]) -> None:
    events[8]["text"] = "1"


def _other_arguments(events: list[Event]) -> None:
    events[11]["arguments"] = '{"a": 1}'


def _other_end(events: list[Event]) -> None:
    events[-1]["response"]["output"][0]["content"][0]["text"] = "other"


def _goes_on(events: list[Event]) -> None:
    events.append({"type": "response.in_progress", "sequence_number": 99})


def _one_place(events: list[Event]) -> None:
    events[5]["output_index"] = 0


def _role(events: list[Event]) -> None:
    events[5]["item"]["role"] = None


def _no_type(events: list[Event]) -> None:
    events[2]["type"] = None


def _empty_end(events: list[Event]) -> None:
    events[-1]["response"] = None


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_without_number, "no sequence_number"),
        (_number_again, "sequence_number 2 after 2"),
        (_no_beginning, "not 'response.created'"),
        (_never_added, "not added: 'm'"),
        (_no_text, "without a text"),
        (_other_end_of_item, "another content than its deltas"),
        (_other_arguments, "other arguments"),
        (_other_end, "another text than its deltas"),
        (_goes_on, "after the one that ends"),
        (_one_place, "output_index 0, where there is one already"),
        (_role, "the role None"),
        (_no_type, "has no type"),
        (_empty_end, "has no response"),
    ],
)
def test_fault_of_a_stream_is_a_problem_of_it(spoil: Any, told: str) -> None:  # noqa: ANN401 - a function
    events = whole_stream()
    spoil(events)

    problems = read_responses_stream(written(events, named=False)).problems

    assert any(told in problem for problem in problems), problems


def test_stream_that_numbers_no_event_harms_no_reader() -> None:
    events = [{name: value for name, value in one.items() if name != "sequence_number"} for one in whole_stream()]

    assert read_responses_stream(written(events)).problems == ()


def test_name_that_contradicts_the_type_is_a_problem() -> None:
    text = written(whole_stream()).replace("event: response.completed", "event: message")

    assert "is called 'message'" in read_responses_stream(text).problems[0]


def test_stream_that_never_ends_tells_no_reason() -> None:
    stream = read_responses_stream(written(whole_stream()[:-1]))

    assert (stream.finish_reason, stream.done, stream.usage) == (None, False, Usage())


@pytest.mark.parametrize(
    "told",
    [
        {"type": "error", "code": "502", "message": "busy"},
        {"type": "response.failed", "response": {"status": "failed", "output": [], "error": {"message": "busy"}}},
    ],
)
def test_error_of_a_stream_is_told_in_its_words(told: Event) -> None:
    stream = read_responses_stream(written([*whole_stream()[:-1], told]))

    assert stream.error is not None
    assert "busy" in stream.error.words
    assert read_responses_stream(written(whole_stream())).error is None


@pytest.mark.parametrize("text", ["", "data: 5\n\n", "data: [1]\n\n", 'data: {"type": "response.completed"}\n\n'])
def test_anything_can_be_read(text: str) -> None:
    read_responses_stream(text)


def test_events_have_names_and_joined_data() -> None:
    text = "\ufeffevent: a\r\ndata: 1\r\ndata:2\r\n\r\n: comment\n\nid: 4\nretry: 5\ndata: 3\n\nevent: none\n\n"

    events = list(read_server_events(f"{text}data: cut"))

    assert events == [ServerEvent("1\n2", "a"), ServerEvent("3"), ServerEvent("cut")]
