"""A comparison says what two answers have in common, and never more than that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.completion import Completion, FinishReason, Missing
from backends.errors import FailureKind
from backends.raw_fields import exchange_fields
from reports.rows.columns import COLUMNS, columns_of
from reports.rows.similarity import similarity
from tests.reports.material import CONTEXT, NO, PROSE, REFUSAL, YES, compared, failed, row, said, tokens

if TYPE_CHECKING:
    from backends.completion import Answer


@pytest.mark.parametrize(
    ("api", "local", "agrees"),
    [
        pytest.param(YES, YES, True, id="both-toxic"),
        pytest.param(NO, NO, True, id="both-harmless"),
        pytest.param("**0**", "0.", True, id="dressed"),
        pytest.param(YES, NO, False, id="opposite"),
        pytest.param(REFUSAL, REFUSAL, False, id="both-refuse"),
        pytest.param(None, None, False, id="both-null"),
        pytest.param("", "", False, id="both-empty"),
        pytest.param(PROSE, PROSE, False, id="both-unreadable"),
        pytest.param(NO, REFUSAL, False, id="one-refuses"),
        pytest.param(NO, None, False, id="one-null"),
    ],
)
def test_agreement_takes_two_equal_labels(api: str | None, local: str | None, agrees: bool) -> None:  # noqa: FBT001 - a column of the table
    comparison = compared(said(api), said(local))

    assert comparison.labels_agree is agrees
    columns = columns_of(comparison.as_row(**CONTEXT))
    assert (columns["binary_match"], columns["fine_grain_match"]) == (agrees, agrees)


CUT: dict[str, Any] = {"finish_reason": FinishReason.LENGTH}


@pytest.mark.parametrize(
    ("api", "local", "same"),
    [
        pytest.param(said(YES), said("**1**"), True, id="one-label"),
        pytest.param(said(YES), said(NO), False, id="other-label"),
        pytest.param(said(REFUSAL), said("I cannot help."), True, id="two-refusals"),
        pytest.param(said(PROSE), said("Other words."), True, id="two-unreadable"),
        pytest.param(said(PROSE), said(REFUSAL), False, id="refused-and-unreadable"),
        pytest.param(said(NO), said(REFUSAL), False, id="label-and-refusal"),
        pytest.param(
            said(None, **CUT, usage=tokens(9, 512)), said("a b", **CUT, usage=tokens(9, 512)), True, id="equal-cuts"
        ),
        pytest.param(said(None, **CUT), said(None, **CUT, usage=tokens(9, 512)), True, id="cut-somewhere"),
        pytest.param(
            said(None, **CUT, usage=tokens(9, 128)), said(None, **CUT, usage=tokens(9, 512)), False, id="other-limits"
        ),
        pytest.param(said(None, **CUT), said(NO), False, id="cut-and-label"),
        pytest.param(said(None), said(None), False, id="two-nulls"),
        pytest.param(said(NO, malformed="x"), said(NO, malformed="x"), False, id="two-malformed"),
        pytest.param(failed(FailureKind.SERVER), failed(FailureKind.SERVER), False, id="two-errors"),
    ],
)
def test_outcomes_match_where_both_sides_come_to_the_same(api: Answer, local: Answer, *, same: bool) -> None:
    assert compared(api, local).outcomes_match is same
    assert compared(local, api).outcomes_match is same
    assert columns_of(row(api, local))["outcome_match"] is same


@pytest.mark.parametrize(
    ("answer", "well_formed"),
    [
        (said(NO), True),
        (said(REFUSAL), True),
        (said(PROSE), True),
        (said(NO, finish_reason=FinishReason.UNKNOWN), True),
        (said(NO, **CUT), False),
        (said(None), False),
        (said("analysis<|message|>0"), False),
        (failed(FailureKind.SERVER), False),
    ],
)
def test_answer_is_well_formed_whatever_it_says_and_not_where_it_was_cut_or_broken(
    answer: Answer, *, well_formed: bool
) -> None:
    assert compared(answer, said(NO)).api.is_well_formed is well_formed
    made = columns_of(row(answer, said(NO)))
    assert (made["api_well_formed"], made["local_well_formed"]) == (well_formed, True)


def test_two_errors_are_not_an_agreement() -> None:
    gone = failed(FailureKind.UNREACHABLE)

    assert not compared(gone, gone).labels_agree


@pytest.mark.parametrize("missing", [None, "", " "], ids=["null", "empty", "blank"])
def test_missing_label_is_null_and_never_false(missing: str | None) -> None:
    made = columns_of(row(said(missing), said(NO)))

    assert made["api_binary_label"] is None
    assert made["api_fine_grain_label"] is None
    assert made["local_binary_label"] is False
    assert made["local_fine_grain_label"] == "0"


@pytest.mark.parametrize("missing", [None, ""], ids=["null", "empty"])
def test_missing_answer_is_like_nothing_not_even_like_another_missing_one(missing: str | None) -> None:
    assert compared(said(missing), said(missing)).response_similarity == 0.0
    assert compared(said(missing), said(NO)).response_similarity == 0.0
    assert compared(said(NO, missing), said(NO, missing)).reasoning_similarity == 0.0


def test_answer_that_never_came_is_like_nothing() -> None:
    comparison = compared(failed(FailureKind.SERVER), said(NO))

    assert (comparison.response_similarity, comparison.reasoning_similarity) == (0.0, 0.0)


def test_reasoning_and_response_are_compared_apart() -> None:
    comparison = compared(said("same", "abcd"), said("same", "abxy"))

    assert comparison.response_similarity == 1.0
    assert comparison.reasoning_similarity == pytest.approx(0.5)


@given(one=st.text(max_size=50), other=st.text(max_size=50))
def test_similarity_is_symmetric_and_lies_between_0_and_1(one: str, other: str) -> None:
    alike = similarity(one, other)

    assert 0.0 <= alike <= 1.0
    assert alike == similarity(other, one)
    assert (alike == 1.0) is (one == other != "")


@given(one=st.text(alphabet="ab", min_size=1, max_size=8), other=st.text(alphabet="ab", min_size=1, max_size=8))
def test_similarity_is_twice_the_longest_common_subsequence_over_both_lengths(one: str, other: str) -> None:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, left in enumerate(one):
        for j, right in enumerate(other):
            table[i + 1][j + 1] = table[i][j] + 1 if left == right else max(table[i][j + 1], table[i + 1][j])

    assert similarity(one, other) == pytest.approx(2 * table[-1][-1] / (len(one) + len(other)))


def test_both_parsed_takes_a_label_on_both_sides_and_nothing_else() -> None:
    assert row(said(YES), said(NO)).both_labelled is True
    assert row(said(YES), said(REFUSAL)).both_labelled is False
    assert row(said(None), said(NO)).both_labelled is False


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (said(NO), "label"),
        (said(REFUSAL), "refused"),
        (said(PROSE), "unreadable"),
        (said(None), "empty"),
        (said(None, finish_reason=FinishReason.LENGTH), "truncated"),
        (said(NO, malformed="not Harmony"), "malformed"),
        (said("analysis<|message|>0"), "malformed"),
        (failed(FailureKind.SERVER), "error"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_row_names_the_outcome_and_parsed_means_labelled(answer: Completion, outcome: str) -> None:
    made = columns_of(row(answer, said(NO)))

    assert made["api_outcome"] == outcome
    assert made["api_parsed_successfully"] is (outcome == "label")


def test_row_keeps_what_was_said_and_how_it_came() -> None:
    answer = said(
        NO, "I think.", usage=tokens(70, 9), provider="groq", attempts=3, cached=True, raw='{"a": 1}', latency_s=1.25
    )

    made = columns_of(row(answer, said(YES, None)))

    assert made["api_response"] == NO
    assert (made["api_response_length"], made["api_reasoning_length"]) == (1, 8)
    assert (made["local_reasoning"], made["local_reasoning_length"]) == (None, 0)
    assert (made["api_prompt_tokens"], made["api_completion_tokens"]) == (70, 9)
    assert (made["api_provider"], made["api_attempts"], made["api_cached"]) == ("groq", 3, True)
    assert (made["api_latency_s"], made["api_finish_reason"]) == (1.25, "stop")
    assert made["api_raw"] == exchange_fields('{"a": 1}')


def test_empty_answer_is_there_and_a_null_or_absent_one_is_not() -> None:
    assert row(said(""), said(NO)).api.response == ""
    assert row(said(None), said(NO)).api.response is None
    assert row(Completion(content=Missing.ABSENT), said(NO)).api.response is None


def test_failure_leaves_its_message_and_its_attempts_in_the_row() -> None:
    answer = failed(FailureKind.SERVER, "answered 500: oops", attempts=2, raw='{"status": 500}')

    made = columns_of(row(answer, said(NO)))

    assert (made["api_error"], made["api_attempts"], made["api_response"]) == ("answered 500: oops", 2, None)
    assert made["api_raw"] == exchange_fields('{"status": 500}')
    assert made["local_error"] is None


def test_row_holds_every_column_of_the_contract_as_plain_json() -> None:
    made = columns_of(row(said(NO), failed(FailureKind.GENERATION)))

    assert list(made) == list(COLUMNS)
    assert json.loads(json.dumps(made)) == made


def test_row_holds_no_credential_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "very-secret-value")

    made = row(failed(FailureKind.REFUSED, "bad very-secret-value", raw="very-secret-value"), said(NO, raw="x"))

    assert "very-secret-value" not in made.as_json()
