"""A check that hangs on what the model knows accuses nobody where the reference itself does not do what was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from backends.api.raw_call import RawCall
from backends.completion import Completion, FinishReason, Missing
from backends.prompt import make_prompt
from fixtures.faults.edits.faulty_replies import glue_json
from fixtures.wire import make_calls
from reports.checks import CheckId, CheckViolation
from tests.conformance.checking import find_check, wire_checks
from tests.conformance.scripted_wire import ScriptedRun, message, own, scripted_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A local reference is asked no more than this beside the examples.
MOST_PROMPTS = 7

LOW, HIGH, LOW_TOO, HIGH_TOO = "effort-low", "effort-high", "effort-low-harmless", "effort-high-harmless"

PARIS = json.dumps({"location": "Paris"})


def _call(recipient: str, arguments: str = PARIS) -> Completion:
    text = f"<|channel|>commentary to={recipient} <|constrain|>json<|message|>{arguments}<|call|>"
    return own(text, reason=FinishReason.TOOL_CALLS)


def _called(arguments: Any, name: str = "get_weather") -> dict[str, Any]:  # noqa: ANN401 - whatever a server sends
    return message(None, tool_calls=[{"id": "1", "function": {"name": name, "arguments": arguments}}])


def _thought(**lengths: int) -> dict[str, Completion]:
    names = {"low": LOW, "high": HIGH, "low_too": LOW_TOO, "high_too": HIGH_TOO}
    return {names[name]: own("", "1", "so " * length) for name, length in lengths.items()}


_SHORTER = {
    name: message(reasoning="It is rude, and that is all." if "low" in name else "Rude.")
    for check in (find_check(CheckId.EFFORT_CHANGES_THINKING),)
    for name in check.exchanges
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Replies that break a claim, beside a reference that does what was asked and one that does not.

    Attributes:
        check: whose claim.
        told: what the reference does not do, in the words of the skip.
        does: answers of one that does.
        does_not: answers of one that does not.
        messages: what the server says.
    """

    check: CheckId
    told: str
    does: Mapping[str, Completion]
    does_not: Mapping[str, Completion]
    messages: Mapping[str, dict[str, Any]] = field(default_factory=dict)


_TOOL = Case(
    check=CheckId.OFFERED_TOOL_CALLED,
    told="call a tool",
    does={"tool": _call("functions.get_weather")},
    does_not={"tool": own("<|channel|>final<|message|>It rains.<|return|>", "It rains.")},
)
_SAME = Case(
    check=CheckId.EFFORT_CHANGES_THINKING,
    told="change its text with the effort",
    does=_thought(low=1, high=2, low_too=1, high_too=1),
    does_not=_thought(low=1, high=1, low_too=3, high_too=3),
)
CASES = {
    "tool": _TOOL,
    "call-of-another-tool": replace(_TOOL, does={"tool": _call("functions.get_time")}),
    "another-tool": replace(
        _TOOL,
        told="call the offered tool by its name",
        messages={"tool": _called(PARIS, "get_time")},
        does_not={"tool": _call("functions.get_time")},
    ),
    "tool-without-its-namespace": replace(_TOOL, does_not={"tool": _call("get_weather")}),
    "tool-arguments": Case(
        check=CheckId.TOOL_ARGUMENTS_ARE_JSON,
        told="call the tool with a JSON object",
        messages={"tool": _called("Paris")},
        does={"tool": _call("functions.get_weather")},
        does_not={"tool": _call("functions.get_weather", "Paris")},
    ),
    "tool-result": Case(
        check=CheckId.TOOL_RESULT_ACCEPTED,
        told="answer behind a tool's result",
        messages={"tool-result": message(None)},
        does={"tool-result": own("<|channel|>final<|message|>Sunny.<|return|>", "Sunny.")},
        does_not={"tool-result": Completion(content=Missing.ABSENT, finish_reason=FinishReason.STOP)},
    ),
    "effort": _SAME,
    "effort-field": replace(
        _SAME, check=CheckId.EFFORT_FIELD_READ, does=_thought(low=1, high=2), does_not=_thought(low=1, high=1)
    ),
    "effort-length": Case(
        check=CheckId.EFFORT_CHANGES_THINKING,
        told="think longer at high effort than at low effort",
        messages=_SHORTER,
        does=_thought(low=1, high=9, low_too=2, high_too=1),
        does_not=_thought(low=3, high=4, low_too=2, high_too=1),
    ),
}


def _run(case: Case, answers: Mapping[str, Completion], *, audit: bool = False) -> None:
    check = find_check(case.check)
    wire = scripted_wire(check, ScriptedRun(messages=case.messages, answers=answers))
    check.run(replace(wire, audit=audit))


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_check_is_skipped_where_the_reference_does_not_do_it_either(case: Case) -> None:
    with pytest.raises(pytest.skip.Exception) as raised:
        _run(case, case.does_not)

    assert str(raised.value) == f"the local reference itself does not {case.told}, so this tells nothing of the server"


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_check_is_broken_where_the_reference_does_it(case: Case) -> None:
    assert case.does.keys() == case.does_not.keys() == find_check(case.check).known
    with pytest.raises(CheckViolation):
        _run(case, case.does)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_check_is_broken_where_nothing_is_known_of_the_model(case: Case) -> None:
    for answers in ({}, dict(list(case.does_not.items())[:-1])):
        with pytest.raises(CheckViolation):
            _run(case, answers)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_audit_does_not_accuse_by_what_nobody_asked_the_model(case: Case) -> None:
    with pytest.raises(pytest.skip.Exception) as raised:
        _run(case, {}, audit=True)

    assert str(raised.value) == (
        f"the server does not {case.told}, and in an audit nobody asks the local reference whether it does"
    )


def test_answer_without_its_text_says_nothing_of_tools() -> None:
    with pytest.raises(CheckViolation):
        _run(_TOOL, {"tool": Completion(content="It rains.")})


def test_every_check_that_declares_it_has_a_case() -> None:
    # Two accuse in ways of their own, which are told of elsewhere.
    own_ways = {CheckId.TEXT_BESIDE_CALL_IS_NO_REASONING, CheckId.CHARACTERS_WHOLE}
    assert {case.check for case in CASES.values()} | own_ways == {
        check.check_id for check in wire_checks().values() if check.known
    }


@pytest.mark.parametrize(
    ("check_id", "said"),
    [
        (CheckId.TOOL_ARGUMENTS_ARE_JSON, _called({"location": "Paris"})),
        (CheckId.TOOL_RESULT_ACCEPTED, message("Sunny.<|return|>")),
    ],
)
def test_what_only_a_server_can_do_is_broken_whatever_the_model_knows(check_id: CheckId, said: dict[str, Any]) -> None:
    check = find_check(check_id)
    names = ("tool", "tool-result")
    run = ScriptedRun(messages=dict.fromkeys(names, said), answers=dict.fromkeys(names, own("")))

    with pytest.raises(CheckViolation):
        check.run(scripted_wire(check, run))

    assert run.asked == []


def test_reference_is_not_waited_for_where_a_claim_is_kept() -> None:
    check = find_check(CheckId.OFFERED_TOOL_CALLED)
    run = ScriptedRun(messages={"tool": _called(PARIS)})

    check.run(scripted_wire(check, run))

    assert run.asked == []


def test_reference_is_asked_only_what_the_check_declared() -> None:
    wire = scripted_wire(find_check(CheckId.OFFERED_TOOL_CALLED), ScriptedRun())

    with pytest.raises(LookupError, match="'tool-result'"):
        wire.reference("tool-result")


def test_all_that_is_declared_is_a_call_and_costs_the_reference_at_most_six_prompts() -> None:
    calls = make_calls(lambda text: make_prompt(text, "Say 0 or 1."), "", lambda *_: (), lambda: None)  # type: ignore[arg-type, return-value]
    known = {name for check in wire_checks().values() for name in check.known}

    assert len({calls[name].prompt for name in known}) == len(known) == MOST_PROMPTS
    assert all(isinstance(calls[name], RawCall) and calls[name].build is None for name in known)


MARKUP = '{"rivers": "calm <|channel|>final<|message|> water"}'


def _channels(said: dict[str, Any], reason: str = "stop") -> None:
    check = find_check(CheckId.RESPONSE_FORMAT_KEEPS_CHANNELS_APART)
    run = ScriptedRun(messages={"json-mode": said}, reasons={"json-mode": reason})
    check.run(scripted_wire(check, run))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (MARKUP, "stop"),
        (MARKUP[:-10], "length"),
        (f'{{"a": [1.5e-3, true, null], "b\\"<|end|>": {MARKUP[:20]}', "length"),
        ('{"a": "analysis It is rude.assistantfinal1"}', "stop"),
    ],
)
def test_markup_inside_a_json_string_is_what_the_model_wrote(content: str, reason: str) -> None:
    _channels(message(content), reason)


@pytest.mark.parametrize(
    ("content", "reasoning", "reason"),
    [
        (MARKUP, None, "stop"),
        (MARKUP, "It is<|end|> calm.", "stop"),
        (f"{MARKUP}<|return|>", "Calm.", "stop"),
        (f"<|message|>{MARKUP}", "Calm.", "length"),
        (f"{MARKUP[:-10]}<|end|>", "Calm.", "stop"),
        (f'{{"a": 1}}<|end|>{MARKUP[:-10]}', "Calm.", "length"),
        ("calm<|end|>", "Calm.", "stop"),
    ],
)
def test_markup_elsewhere_is_still_broken(content: str, reasoning: str | None, reason: str) -> None:
    with pytest.raises(CheckViolation) as raised:
        _channels(message(content, reasoning), reason)

    assert raised.value.facts.leaked is not None


def test_channels_that_a_format_mixes_up_are_still_broken() -> None:
    said = message('{"rivers": "calm"}', "The user asks for JSON.")
    glue_json(said)

    with pytest.raises(CheckViolation) as raised:
        _channels(said)

    assert raised.value.facts.leaked == said["content"]
