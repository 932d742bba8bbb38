"""The parquet file holds the contract's columns, in their order and types, whatever the texts are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.errors import FailureKind
from reports.rows.columns import COLUMNS
from reports.rows.parquet import write_parquet
from reports.rows.reading import read_rows
from tests.backends.test_score import NOTHING, ODD, SCORE
from tests.reports.material import NO, REFUSAL, YES, failed, row, said, tokens

if TYPE_CHECKING:
    from pathlib import Path

    from reports.rows.row import Row

#: The contract, to the letter.
FIRST = [
    "text",
    "ground_truth",
    "api_binary_label",
    "api_fine_grain_label",
    "api_parsed_successfully",
    "api_response",
    "api_reasoning",
    "api_response_length",
    "api_reasoning_length",
    "local_binary_label",
    "local_fine_grain_label",
    "local_parsed_successfully",
    "local_response",
    "local_reasoning",
    "local_response_length",
    "local_reasoning_length",
    "binary_match",
    "fine_grain_match",
    "response_similarity",
    "reasoning_similarity",
    "both_parsed",
    "conv_id",
]
THEN = [
    "subject",
    "model",
    "policy",
    "example_id",
    "api_provider",
    "api_outcome",
    "local_outcome",
    "outcome_match",
    "api_well_formed",
    "local_well_formed",
    "api_error",
    "local_error",
    "api_finish_reason",
    "local_finish_reason",
    "api_prompt_tokens",
    "local_prompt_tokens",
    "api_completion_tokens",
    "local_completion_tokens",
    "api_latency_s",
    "local_latency_s",
    "api_attempts",
    "api_cached",
    "local_cached",
    "api_raw",
    "local_raw",
]
SCORES = [
    *(f"api_score_{name}" for name in ("tokens", "unlikely", "ambiguous", "margin_sum", "margin_greatest")),
    *(f"api_score_{name}" for name in ("log_probability", "source", "logprobs", "reported_gap", "decisive")),
    *(f"api_unlikely_{name}" for name in ("at", "in", "written", "likeliest", "margin", "rank", "kind")),
    "api_unscored",
    *("api_token_texts", "api_token_parts", "api_token_margins", "api_token_likeliest", "api_floor_margins"),
]
LISTS = {
    **dict.fromkeys(("api_token_texts", "api_token_parts", "api_token_likeliest"), pa.list_(pa.string())),
    **dict.fromkeys(("api_token_margins", "api_floor_margins"), pa.list_(pa.float32())),
}
EXCHANGE = {
    "request": pa.string(),
    "status": pa.int64(),
    "headers": pa.list_(pa.struct({"name": pa.string(), "value": pa.string()})),
    "response": pa.string(),
    "no_text_at": pa.int64(),
    "left_open": pa.bool_(),
    "other": pa.string(),
}
STRUCTS = {
    "api_raw": pa.struct(EXCHANGE),
    "local_raw": pa.struct(dict.fromkeys(("prompt", "text", "made", "other"), pa.string())),
}
BOOLEANS = (
    *("binary_match", "fine_grain_match", "outcome_match", "both_parsed", "api_cached", "local_cached"),
    *(f"{side}_{name}" for side in ("api", "local") for name in ("binary_label", "parsed_successfully", "well_formed")),
)
NUMBERS = (
    *("response_similarity", "reasoning_similarity", "api_latency_s", "local_latency_s"),
    *(f"api_score_{name}" for name in ("margin_sum", "margin_greatest", "log_probability", "reported_gap")),
    "api_unlikely_margin",
)
COUNTS = (
    *("ground_truth", "api_attempts", "api_unlikely_at", "api_unlikely_rank"),
    *("api_score_tokens", "api_score_unlikely", "api_score_ambiguous", "api_score_decisive"),
    *(
        f"{side}_{name}"
        for side in ("api", "local")
        for name in ("response_length", "reasoning_length", "prompt_tokens", "completion_tokens")
    ),
)

#: A JSON string may hold any of these.
NASTY = [
    pytest.param("\ud800 high alone", id="high-surrogate"),
    pytest.param("low alone \udfff", id="low-surrogate"),
    pytest.param("\udc00\ud800", id="turned-pair"),
    pytest.param("a\x00b", id="nul"),
    pytest.param("שלום עולם \u202e reversed", id="right-to-left"),
    pytest.param("x" * 100_000, id="long"),
    pytest.param("```\n# heading\n```", id="fence"),
    pytest.param("\x1b[31mred\x1b[0m\r\n", id="escapes"),
    pytest.param("👩‍👩‍👧‍👦 e\u0301 \u2028 \ufeff", id="unicode"),
    pytest.param("", id="empty"),
]


def _written(folder: Path, *made: Row) -> pa.Table:
    write_parquet(made, folder / "rows.parquet")
    return pq.read_table(folder / "rows.parquet")


def test_columns_are_the_contracts_first_and_in_order(tmp_path: Path) -> None:
    table = _written(tmp_path, row(said(YES), said(NO)))

    assert table.column_names[: len(FIRST)] == FIRST
    assert [name for name in table.column_names if name in THEN] == THEN
    assert table.column_names[-len(SCORES) :] == SCORES
    assert table.column_names == list(COLUMNS)


def test_types_are_the_contracts_and_every_column_may_be_null(tmp_path: Path) -> None:
    schema = _written(tmp_path, row(said(YES), said(NO))).schema

    for names, kind in ((BOOLEANS, pa.bool_()), (COUNTS, pa.int64()), (NUMBERS, pa.float64())):
        assert {name: schema.field(name).type for name in names} == dict.fromkeys(names, kind)
    assert {name: schema.field(name).type for name in LISTS | STRUCTS} == LISTS | STRUCTS
    rest = set(COLUMNS) - {*BOOLEANS, *COUNTS, *NUMBERS, *LISTS, *STRUCTS}
    assert {schema.field(name).type for name in rest} == {pa.string()}
    assert all(field.nullable for field in schema)


def test_types_do_not_depend_on_the_rows(tmp_path: Path) -> None:
    gone = failed(FailureKind.UNREACHABLE)

    schemas = [_written(tmp_path, *made).schema for made in ([], [row(said(YES), said(NO))], [row(gone, gone)])]

    assert schemas[0] == schemas[1] == schemas[2]


def test_pandas_reads_a_missing_label_as_null_and_a_harmless_one_as_false(tmp_path: Path) -> None:
    _written(tmp_path, row(said(YES), said(NO)), row(said(REFUSAL), failed(FailureKind.GENERATION), 1))

    frame = pd.read_parquet(tmp_path / "rows.parquet")

    assert list(frame["api_binary_label"]) == [True, None]
    assert list(frame["local_binary_label"]) == [False, None]
    assert list(frame["api_fine_grain_label"].isna()) == [False, True]
    assert list(frame["binary_match"]) == [False, False]
    assert frame["binary_match"].dtype == bool
    nullable = pd.read_parquet(tmp_path / "rows.parquet", dtype_backend="numpy_nullable")
    assert nullable["api_binary_label"].dtype == pd.BooleanDtype()


@pytest.mark.parametrize("text", NASTY)
def test_any_text_can_be_written_and_read_back(tmp_path: Path, text: str) -> None:
    made = row(said(text, text, provider=text, raw=text), failed(FailureKind.SERVER, text), text=text)

    read = _written(tmp_path, made).to_pylist()[0]

    storable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    for name in ("text", "api_response", "api_reasoning", "api_provider", "local_error"):
        assert read[name] == storable
    assert read["api_response_length"] == len(text)


@given(text=st.text(alphabet=st.characters(exclude_categories=()), max_size=40))
def test_text_without_lone_surrogates_is_kept_to_the_letter(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    read = _written(tmp_path_factory.getbasetemp(), row(said(text), said(NO))).to_pylist()[0]["api_response"]

    assert len(read) <= len(text)
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert read == text


@pytest.mark.parametrize("count", [2**63 - 1, 2**63, -(2**80), 0, None])
def test_count_that_no_64_bits_hold_is_null(tmp_path: Path, count: int | None) -> None:
    read = _written(tmp_path, row(said(NO, usage=tokens(count, 5)), said(NO))).to_pylist()[0]

    assert read["api_prompt_tokens"] == (count if count is not None and abs(count) < 2**63 else None)
    assert read["api_completion_tokens"] == 5


def test_what_is_no_column_stays_behind(tmp_path: Path) -> None:
    made = row(failed(FailureKind.SERVER), said(NO))

    assert made.api.failure is FailureKind.SERVER
    assert "api_failure" not in _written(tmp_path, made).column_names


def test_score_of_an_answer_stands_in_its_columns(tmp_path: Path) -> None:
    plain = row(said(YES), said(NO))
    scored, unscored = (replace(plain, api_scoring=one) for one in (SCORE, NOTHING))

    rows = _written(tmp_path, plain, scored, unscored).select(SCORES).to_pylist()

    none = dict.fromkeys(SCORES)
    assert rows[0] == none
    assert rows[2] == none | {"api_unscored": "empty"}
    assert rows[1] == none | {
        "api_score_tokens": 9,
        "api_score_unlikely": 2,
        "api_score_ambiguous": 1,
        "api_score_margin_sum": SCORE.margin_sum,
        "api_score_margin_greatest": 2.5,
        "api_score_log_probability": -4.25,
        "api_score_source": "rebuilt",
        "api_score_logprobs": "answer",
        "api_score_reported_gap": 0.5,
        "api_unlikely_at": 3,
        "api_unlikely_in": "reasoning",
        "api_unlikely_written": ODD,
        "api_unlikely_likeliest": "\ufffd",
        "api_unlikely_margin": 0.1,
        "api_unlikely_rank": 2,
        "api_token_texts": ["<|channel|>", ODD, "1"],
        "api_token_parts": [None, "reasoning", "answer"],
        "api_token_margins": [None, pytest.approx(0.1), pytest.approx(2.5)],
        "api_token_likeliest": [None, "\ufffd", "0"],
    }


@pytest.mark.parametrize(("near_tie", "kind"), [(None, None), (1.0, "near-tie"), (0.05, "decisive")])
def test_first_unlikely_token_is_a_tie_as_far_as_legitimate_changes_have_them(
    tmp_path: Path, near_tie: float | None, kind: str | None
) -> None:
    made = replace(row(said(YES), said(NO)), api_scoring=SCORE, near_tie=near_tie)

    (found,) = _written(tmp_path, made).to_pylist()

    assert found["api_unlikely_kind"] == kind


@pytest.mark.parametrize("decisive", [None, 0, 2])
def test_number_of_decisive_tokens_is_read_back(tmp_path: Path, decisive: int | None) -> None:
    _written(tmp_path, replace(row(said(YES), said(NO)), api_scoring=SCORE, decisive=decisive))

    assert [one.decisive for one in read_rows(tmp_path / "rows.parquet")] == [decisive]


def test_floor_of_the_run_stands_beside_the_tokens(tmp_path: Path) -> None:
    made = replace(row(said(YES), said(NO)), api_scoring=SCORE, floor_margins=(0.25, 0.5))

    (found,) = _written(tmp_path, made).to_pylist()

    assert found["api_floor_margins"] == [0.25, 0.5]
