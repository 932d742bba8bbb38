"""A row travels as text and comes back the same, and what its evidence holds is read once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from backends.completion import FinishReason
from backends.errors import FailureKind
from backends.evidence import LocalEvidence
from backends.outcome import OutcomeKind
from reports.rows.columns import COLUMNS
from reports.rows.row import Row
from tests.backends.test_score import NOTHING, SCORE
from tests.reports.material import CONTEXT, NO, REFUSAL, YES, compared, failed, row, said, tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

MESSAGE = {"role": "assistant", "content": YES, "tool_calls": [{"function": {"name": "search"}}]}
RAW = json.dumps({"request": '{"max_tokens": 9}', "response": json.dumps({"choices": [{"message": MESSAGE}]})})


@pytest.mark.parametrize(
    "made",
    [
        compared(said(YES, usage=tokens(70, 9), provider="groq", raw=RAW), said(NO, None)).as_row(**CONTEXT),
        compared(failed(FailureKind.SERVER, "\ud800", raw="{"), said(REFUSAL)).as_row(**CONTEXT),
        replace(row(said(YES), said(YES)), local_prompt_drift=("- a", "+ b"), local_greedy=True),
        replace(row(said(YES), said(YES)), api_scoring=SCORE),
        replace(row(said(YES), said(YES)), api_scoring=NOTHING),
    ],
    ids=["answers", "failure", "drift", "score", "nothing-to-score"],
)
def test_row_comes_back_from_its_text_with_the_same_types(made: Row) -> None:
    back = Row.from_json(made.as_json())

    assert back == made
    assert all(type(side.outcome) is OutcomeKind for _, side in back.sides)
    assert type(back.api.failure) in (FailureKind, type(None))
    assert type(back.api.finish_reason) in (FinishReason, type(None))
    assert type(back.local_prompt_drift) is tuple


def test_text_of_another_vocabulary_is_no_row() -> None:
    text = row(said(YES), said(YES)).as_json()

    with pytest.raises(ValueError, match="fine"):
        Row.from_json(text.replace('"outcome": "label"', '"outcome": "fine"'))


def test_items_of_a_response_are_the_message_that_they_amount_to() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "sky", "arguments": "{}"}
    words = {"type": "message", "content": [{"type": "output_text", "text": "0"}]}

    def message(*output: object) -> Mapping[str, Any]:
        told = {"request": "{}", "response": json.dumps({"output": list(output)})}
        return row(said(YES, raw=json.dumps(told)), said(YES)).api.message

    assert message(words, call)["content"] == "0"
    assert message(words, call)["tool_calls"][0]["function"]["name"] == "sky"
    assert message({"type": "message", "content": [{"type": "output_text", "text": 1}]}) == {}


def test_request_response_and_message_are_read_from_the_evidence_and_kept() -> None:
    side = row(said(YES, raw=RAW), said(YES)).api

    assert side.request == {"max_tokens": 9}
    assert side.message == MESSAGE
    assert side.message is side.message
    assert side.said.startswith('{"choices"')


@pytest.mark.parametrize(
    "raw", ["", "no JSON", "[]", '{"request": 1, "response": [1]}', '{"response": "{}"}', "[" * 9999]
)
def test_evidence_of_another_kind_holds_nothing(raw: str) -> None:
    side = row(said(YES, raw=raw), said(YES)).api

    assert (side.request, side.message, side.local_evidence) == ({}, {}, None)


def test_local_evidence_is_what_the_model_saw_and_wrote() -> None:
    kept = LocalEvidence("prompt", "text")

    assert row(said(YES), said(YES, raw=kept.as_raw())).local.local_evidence == kept


def test_every_column_says_what_it_holds() -> None:
    assert all(name == column.name and column.says for name, column in COLUMNS.items())


def test_row_tells_a_score_from_the_lack_of_one() -> None:
    plain = row(said(YES), said(YES))
    scored, unscored = (replace(plain, api_scoring=one) for one in (SCORE, NOTHING))

    assert [(one.api_score, one.api_unscored) for one in (plain, scored, unscored)] == [
        (None, None),
        (SCORE, None),
        (None, NOTHING),
    ]
