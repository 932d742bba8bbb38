"""Calls that are lost, nameless or changed are told apart from a model that says other things."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.checks import ArgumentsForm, CheckId, Facts
from reports.findings import find
from reports.statistics.token_evidence import token_evidence_of
from tests.reports.findings.shown import OTHER_WORDS, SHOWN, broken, evidence
from tests.reports.scores import reading, scored


def test_call_whose_arguments_come_as_reasoning_is_told_once_and_as_that() -> None:
    seen = [
        broken(CheckId.TOOL_ARGUMENTS_ARE_JSON, Facts(arguments=ArgumentsForm.OTHER_TEXT, in_reasoning='{"a": 1}')),
        broken(CheckId.STREAMED_TOOL_CALL_ALIKE, Facts(called=(), in_reasoning='{"a": 1}')),
    ]

    assert [finding.id for finding in find(evidence([], seen))] == ["tool-call-in-reasoning"]


@pytest.mark.parametrize("called", [(), ("",)])
def test_call_that_a_stream_loses_or_that_has_no_name_is_named(called: tuple[str, ...]) -> None:
    seen = [broken(CheckId.STREAMED_TOOL_CALL_ALIKE, Facts(called=called))]

    assert [finding.id for finding in find(evidence([], seen))] == ["tool-call-lost"]


def test_model_that_says_other_things_may_have_written_other_arguments_but_no_other_type() -> None:
    def named(form: ArgumentsForm) -> set[str]:
        seen = broken(CheckId.TOOL_ARGUMENTS_ARE_JSON, Facts(arguments=form))
        return {finding.id for finding in find(evidence([(OTHER_WORDS, 30)], [seen]))}

    assert "tool-arguments-malformed" not in named(ArgumentsForm.OTHER_TEXT)
    assert all("tool-arguments-malformed" in named(form) for form in ArgumentsForm if form != "other-text")


def test_tokens_of_a_call_that_no_model_wrote_are_not_told_as_another_model() -> None:
    made = evidence([(OTHER_WORDS, 60)], SHOWN["phantom-tool-call"][1])
    found = scored(made.rows, [[2.5, 4.0, 1.0]] * 60)
    seen = token_evidence_of(found, [reading(found, [[0.1]] * 3)])

    assert [one.id for one in find(replace(made, rows=found, tokens=seen))] == ["phantom-tool-call"]
    assert [one.id for one in find(replace(made, rows=found, tokens=seen, checks=[]))] == ["other-model"]


def test_special_token_in_a_name_is_told_as_that_alone() -> None:
    name = "functions.get_weather<|channel|>commentary"
    seen = [broken(CheckId.OFFERED_TOOL_CALLED, Facts(called=(name,), header_in_name=name))]

    assert [finding.id for finding in find(evidence([], seen))] == ["special-token-in-field"]


def test_model_that_says_other_things_may_not_have_called_the_tool() -> None:
    silent = broken(CheckId.OFFERED_TOOL_CALLED, Facts(called=()))

    assert "tool-call-lost" not in {finding.id for finding in find(evidence([(OTHER_WORDS, 30)], [silent]))}
    assert "tool-call-lost" in {finding.id for finding in find(evidence([(OTHER_WORDS, 20)], [silent]))}
