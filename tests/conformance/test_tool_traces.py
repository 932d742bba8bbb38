"""What is left of a tool call is known where it stands, and what a model may say is no trace of one."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any

import pytest

from conformance.tool_traces import call_in, form_of_arguments, keeps_header_words
from fixtures.wire import OFFERED_TOOL, PARAMETERS
from fixtures.wire.conversations import TOOLS
from reports.checks import ArgumentsForm, CheckId, CheckViolation
from tests.conformance.checking import find_check
from tests.conformance.scripted_wire import ScriptedRun, message, scripted_wire

PARIS = '{"location": "Paris"}'
HEADER = "to=functions.get_weather json"


def test_parameters_are_those_of_the_offered_tool() -> None:
    (tool,) = json.loads(TOOLS)

    assert tool["function"]["name"] == OFFERED_TOOL
    assert tuple(tool["function"]["parameters"]["properties"]) == PARAMETERS


@pytest.mark.parametrize(
    "name",
    [
        "functions.get_weather",
        "function.get_weather",
        "functions_get_weather",
        "to=functions.get_weather",
        "get_weather json",
        "get_weatherjson",
        "get_weather code",
        "get_weathercommentary",
        "get_weather<|channel|>commentary",
        "assistantcommentary to=functions.get_weather",
        "functions",
        "assistant",
        "commentary",
        "json",
    ],
)
def test_name_that_keeps_words_of_the_header_is_known(name: str) -> None:
    assert keeps_header_words(name, "get_weather")


@pytest.mark.parametrize("name", ["get_weather", "", "get_time", "functions.get_time", "get_weather_now", "weather"])
def test_right_name_and_that_of_another_tool_keep_none(name: str) -> None:
    assert not keeps_header_words(name, "get_weather")


@pytest.mark.parametrize(
    ("function", "form"),
    [
        ({"arguments": PARIS}, None),
        ({"arguments": "{}"}, None),
        ({"arguments": ' {"location":\n"Paris"} '}, None),
        ({}, ArgumentsForm.ABSENT),
        ({"parameters": {"location": "Paris"}}, ArgumentsForm.ABSENT),
        ({"arguments": None}, ArgumentsForm.NULL),
        ({"arguments": {"location": "Paris"}}, ArgumentsForm.OBJECT),
        ({"arguments": [{"location": "Paris"}]}, ArgumentsForm.LIST),
        ({"arguments": 7}, ArgumentsForm.ANOTHER_TYPE),
        ({"arguments": True}, ArgumentsForm.ANOTHER_TYPE),
        ({"arguments": json.dumps(PARIS)}, ArgumentsForm.ENCODED_TWICE),
        ({"arguments": "{'location': 'Paris'}"}, ArgumentsForm.ENCODED_TWICE),
        ({"arguments": ""}, ArgumentsForm.OTHER_TEXT),
        ({"arguments": "Paris"}, ArgumentsForm.OTHER_TEXT),
        ({"arguments": '"Paris"'}, ArgumentsForm.OTHER_TEXT),
        ({"arguments": '[{"location": "Paris"}]'}, ArgumentsForm.OTHER_TEXT),
        ({"arguments": PARIS[:-3]}, ArgumentsForm.OTHER_TEXT),
        ({"arguments": "(" * 10_000}, ArgumentsForm.OTHER_TEXT),
    ],
)
def test_form_of_arguments_is_told(function: dict[str, Any], form: ArgumentsForm | None) -> None:
    assert form_of_arguments(function) is form


@pytest.mark.parametrize(
    ("thought", "call"),
    [
        (f"We need the weather.{PARIS}", PARIS),
        (f"We need the weather. \n{PARIS}\n", PARIS),
        (f"We need the weather {PARIS}", PARIS),
        ('I call get_weather.{"city": "Amman"}', '{"city": "Amman"}'),
        ('I call get_weather!\n\n{"city": "Amman"}', '{"city": "Amman"}'),
        ('{"city": "Amman"}', '{"city": "Amman"}'),
        (f'We need it. {{"unit": {{"a": 1}}, {PARIS[1:]}', f'{{"unit": {{"a": 1}}, {PARIS[1:]}'),
        (
            f"We need it.assistantcommentary to=functions.get_weather json{PARIS}",
            f"to=functions.get_weather json{PARIS}",
        ),
        (f"We need it.commentary to=functions.get_weather json{PARIS}", f"to=functions.get_weather json{PARIS}"),
        (
            f"It.<|end|><|start|>assistant<|channel|>analysis to=functions.get_weather code<|message|>{PARIS}",
            f"to=functions.get_weather code<|message|>{PARIS}",
        ),
    ],
)
def test_call_that_a_thought_ends_with_is_found(thought: str, call: str) -> None:
    assert call_in(thought, PARAMETERS) == call


@pytest.mark.parametrize(
    "thought",
    [
        "",
        "We need the weather in Paris: call get_weather.",
        f"We will call get_weather with {PARIS}. Then we answer.",
        'The user sent {"number": 1}',
        'The user asks. {"number": 1}',
        'The user sent:\n{"number": 1}',
        'The user sent\n{"number": 1}',
        "The tool is functions.get_weather, in the commentary channel.",
        "{" * 2_000,
    ],
)
def test_thought_about_a_call_holds_none(thought: str) -> None:
    assert call_in(thought, PARAMETERS) is None


@pytest.mark.parametrize(("arguments", "broken"), [("", False), (" ", False), (PARIS, True)])
def test_arguments_stand_in_content_too_only_where_there_are_any(arguments: str, broken: bool) -> None:  # noqa: FBT001 - a column of the table
    check = find_check(CheckId.TOOL_CALL_NOT_IN_CONTENT)
    said = message(f"I look. {PARIS}", tool_calls=[{"function": {"name": OFFERED_TOOL, "arguments": arguments}}])
    run = ScriptedRun(messages={"tool": said}, reasons={"tool": "tool_calls"})

    with pytest.raises(CheckViolation) if broken else nullcontext():
        check.run(scripted_wire(check, run))
