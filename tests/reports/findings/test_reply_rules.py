"""Bodies that no strict reader takes, and answers whose fields are not what they should be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from backends.completion import FinishReason
from reports.findings import find
from tests.reports.material import YES, said, tokens

if TYPE_CHECKING:
    from backends.completion import Answer
from tests.reports.findings.shown import HALF, LIMIT, THOUGHT, USED, answered, evidence, raw, written


@pytest.mark.parametrize(
    "body",
    [
        written('{"choices": [{"message": {"content": "1"}}], "time": NaN}'),
        written('{"choices": [{"message": {"content": "0", "content": "1"}}]}'),
        HALF,
    ],
)
def test_one_body_that_nothing_on_the_way_can_bring_about_is_enough(body: Answer) -> None:
    assert [finding.id for finding in find(evidence([(body, 1)], []))] == ["broken-json"]


@pytest.mark.parametrize(
    "body",
    [
        written('{"choices": [{"message": {"content": "1"}}]} and more'),
        written('{"choices": [{"message": {"content": "\ufffd1"}}]}', no_text_at=37),
        written('{"choices": [{"message": {"content": "1\n"}}]}'),
    ],
)
def test_one_body_that_may_be_damaged_on_the_way_accuses_nobody_and_two_do(body: Answer) -> None:
    assert find(evidence([(body, 1)], [])) == ()
    assert [finding.id for finding in find(evidence([(body, 2)], []))] == ["broken-json"]


def test_broken_json_tells_what_a_strict_reader_trips_over() -> None:
    (found,) = find(evidence([(HALF, 3)], []))

    assert found.evidence["lines"] == [
        "half a character (a lone surrogate) stands in 'choices.0.message.reasoning_content'"
    ]


def test_text_that_half_a_character_alters_is_not_told_as_other_weights() -> None:
    other = written(r'{"choices": [{"message": {"content": "1 \ud83d"}}]}', f"{YES} \ufffd")

    assert [finding.id for finding in find(evidence([(other, 60)], []))] == ["broken-json"]


def test_longer_text_that_runs_into_the_limit_is_no_text_that_goes_on() -> None:
    longer = answered(None, f"{THOUGHT} But wait.", finish_reason=LIMIT, usage=tokens(100, 512))

    assert find(evidence([(longer, 3)], [])) == ()


def test_finish_reason_is_told_as_it_came() -> None:
    body = {"choices": [{"message": {"content": None, "reasoning_content": THOUGHT}, "finish_reason": "eos_token"}]}
    kept = json.dumps({"request": "{}", "status": 200, "response": json.dumps(body)})
    odd = said(None, THOUGHT, finish_reason=FinishReason.UNKNOWN, usage=USED, raw=kept)
    (found,) = find(evidence([(odd, 5)], []))

    assert found.evidence["example"]["api"]["finish_reason"] == "eos_token"


def test_missing_content_is_not_null_content_where_a_tool_is_called() -> None:
    call = {"tool_calls": [{"function": {"name": "search"}}], "content": None}
    odd = said(None, THOUGHT, finish_reason=FinishReason.TOOL_CALLS, usage=USED, raw=raw(call))

    assert [finding.id for finding in find(evidence([(odd, 5)], []))] == ["phantom-tool-call"]
