"""What an endpoint says through both of its APIs: scripted twice, once for each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from backends.api.parsed_reply import ParsedReply
from backends.completion import Completion, Usage
from backends.outcome import Outcome, OutcomeKind
from backends.raw_reply import RawReply
from fixtures.wire import REPEATED_CALLS, askings_of
from reports.checks import CheckId, CheckViolation, Facts
from tests.conformance.checking import find_check
from tests.conformance.scripted_wire import ScriptedRun, message, response, scripted_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fixtures.subjects.subject import Subject
    from fixtures.wire import Wire

ANSWERS = find_check(CheckId.APIS_ANSWER_ALIKE)
COUNTS = find_check(CheckId.APIS_COUNT_ALIKE)


@dataclass
class CountingRun(ScriptedRun):
    """A script that also says what each reply is billed, and what became of the examples."""

    usage: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    def reply(self, _: Subject, name: str) -> ParsedReply:
        body = json.loads(response(self.messages.get(name)))
        body["usage"] |= self.usage.get(name, {})
        return ParsedReply(name, RawReply(status=200, headers={}, body=json.dumps(body), request="{}"))

    def api_outcomes(self, _: Subject) -> Mapping[str, Outcome]:
        return self.outcomes


def said(label: str, requests: int, askings: int = 6) -> dict[str, dict[str, Any]]:
    """Returns messages with a label of their own for so many askings of so many requests."""
    return {asked: message(label) for name in REPEATED_CALLS[:requests] for asked in askings_of(name)[:askings]}


def both(check: Any, mine: ScriptedRun, theirs: ScriptedRun, notes: list[str] | None = None) -> Wire:  # noqa: ANN401 - a WireCheck
    note = (notes if notes is not None else []).append
    return replace(scripted_wire(check, mine), other=scripted_wire(check, theirs), note=note)


def outcome(tokens: int, *, label: bool) -> Outcome:
    answer = Completion(content="1", usage=Usage(prompt_tokens=tokens))
    return Outcome(kind=OutcomeKind.LABEL, label=label, answer=answer)


def test_labels_that_are_lost_through_the_other_api_break_the_claim() -> None:
    with pytest.raises(CheckViolation) as raised:
        ANSWERS.run(both(ANSWERS, ScriptedRun(messages=said("0", 2)), ScriptedRun()))

    assert raised.value.facts == Facts(parted=2, of=4)


@pytest.mark.parametrize(("requests", "askings"), [(1, 6), (4, 5), (0, 0)])
def test_fewer_other_labels_than_chance_rules_out_break_nothing(requests: int, askings: int) -> None:
    ANSWERS.run(both(ANSWERS, ScriptedRun(messages=said("0", requests, askings)), ScriptedRun()))


def test_what_both_made_of_the_examples_is_told() -> None:
    mine = {"a": outcome(9, label=True), "b": outcome(9, label=False), "only-here": outcome(9, label=True)}
    theirs = {"a": outcome(9, label=True), "b": outcome(8, label=True)}
    notes: list[str] = []

    ANSWERS.run(both(ANSWERS, CountingRun(outcomes=mine), CountingRun(outcomes=theirs), notes))

    assert notes == ["through both APIs 1 of 2 examples come to the same, and 1 of 2 prompts have one length"]


def test_one_usage_is_no_offence() -> None:
    COUNTS.run(both(COUNTS, CountingRun(), CountingRun()))


def test_same_text_that_is_billed_otherwise_breaks_the_claim() -> None:
    with pytest.raises(CheckViolation, match="130 output tokens") as raised:
        COUNTS.run(both(COUNTS, CountingRun(usage={"policy": {"completion_tokens": 130}}), CountingRun()))

    assert raised.value.facts == Facts(used=130, counted=30)


def test_other_text_may_be_billed_otherwise() -> None:
    mine = CountingRun(messages={"policy": message("0")}, usage={"policy": {"completion_tokens": 130}})

    COUNTS.run(both(COUNTS, mine, CountingRun()))


@pytest.mark.parametrize("legitimate", [True, False])
def test_other_length_breaks_the_claim_unless_both_are_legitimate(
    legitimate: bool,  # noqa: FBT001 - a column of the table
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notes: list[str] = []
    matches = ("a form",) if legitimate else ()
    explained = type("Explained", (), {"matches": matches})
    monkeypatch.setattr("conformance.test_both_apis.explain_count", lambda *_: explained)
    wire = both(COUNTS, CountingRun(usage={"policy": {"prompt_tokens": 12}}), CountingRun(), notes)

    if legitimate:
        COUNTS.run(wire)
        assert "each is a legitimate rendering" in notes[0]
        return
    with pytest.raises(CheckViolation) as raised:
        COUNTS.run(wire)
    assert raised.value.facts == Facts(offset=3)


def test_check_of_both_needs_both() -> None:
    with pytest.raises(LookupError):
        ANSWERS.run(scripted_wire(ANSWERS, ScriptedRun()))
