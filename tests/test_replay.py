"""A parquet file of answers becomes a subject that says again what was said, and a file that cannot is refused."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backends.completion import Answer, Completion, FinishReason, InferenceBackend, Missing
from backends.errors import Failure, FailureKind
from fixtures.replay import REQUIRED_COLUMNS, replay_subject
from fixtures.toxicchat import DatasetError
from reports.verdict import NOT_THE_SERVERS_WORD
from tests.plain_settings import SETTINGS
from tests.plugin.recording import recorded_row, write_rows

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.subjects import Subject


def _subject(folder: Path, *rows: dict[str, Any]) -> Subject:
    return replay_subject(SETTINGS, write_rows(folder / "recording.parquet", rows))


def _answers(subject: Subject, kind: InferenceBackend = InferenceBackend.API) -> list[Answer]:
    prompts = [SETTINGS.prompt(example.user_input) for example in subject.sample.examples]
    got: dict[int, Answer] = {}
    subject.backend(kind).answer_all(prompts, got.__setitem__, lambda: False)
    return [got[position] for position in range(len(prompts))]


def test_examples_keep_the_order_the_texts_and_the_ids_of_the_file(tmp_path: Path) -> None:
    subject = _subject(tmp_path, recorded_row(1, ("1", "0")), recorded_row(0, ("0", "0"), " spaced "))

    told = [(e.example_id, e.conv_id, e.user_input, e.toxicity) for e in subject.sample.examples]
    assert told == [("row-0000", "conv-1", "text 1", 1), ("row-0001", "conv-0", " spaced ", 0)]
    assert (subject.id, subject.policy, subject.sample.size) == ("replay", "toxic_simple", 2)


def test_each_side_says_what_it_said(tmp_path: Path) -> None:
    subject = _subject(tmp_path, recorded_row(0, ("1", "0")), recorded_row(1, (None, "")))

    api, local = (_answers(subject, kind) for kind in InferenceBackend)
    assert all(isinstance(answer, Completion) for answer in api + local)
    assert [cast("Completion", answer).content for answer in api] == ["1", Missing.NULL]
    assert [cast("Completion", answer).content for answer in local] == ["0", ""]
    assert cast("Completion", api[0]).reasoning == "Because."


def test_text_that_stands_twice_keeps_both_of_its_answers(tmp_path: Path) -> None:
    subject = _subject(tmp_path, recorded_row(0, ("0", "0"), "same"), recorded_row(1, ("1", "0"), "same"))

    assert [cast("Completion", answer).content for answer in _answers(subject)] == ["0", "1"]


def test_facts_about_an_answer_come_back_where_the_file_has_them(tmp_path: Path) -> None:
    facts: dict[str, Any] = {
        "api_finish_reason": "length",
        "api_prompt_tokens": 70,
        "api_completion_tokens": 5,
        "api_latency_s": 0.5,
        "api_attempts": 3,
        "api_cached": True,
        "api_raw": "{}",
        "api_provider": "groq",
        "api_outcome": "malformed",
    }

    answer = _answers(_subject(tmp_path, recorded_row(0, ("1", "0"), **facts)))[0]

    assert isinstance(answer, Completion)
    assert (answer.finish_reason, answer.latency_s, answer.attempts) == (FinishReason.LENGTH, 0.5, 3)
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (70, 5)
    assert (answer.cached, answer.raw, answer.provider) == (True, "{}", "groq")
    assert answer.malformed


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (None, FailureKind.UNREACHABLE),
        ("", FailureKind.UNREACHABLE),
        ("not json", FailureKind.UNREACHABLE),
        ("[]", FailureKind.UNREACHABLE),
        ('{"status": null}', FailureKind.UNREACHABLE),
        ('{"status": 429}', FailureKind.UNREACHABLE),
        ('{"status": 503}', FailureKind.UNREACHABLE),
        ('{"status": 500}', FailureKind.SERVER),
        ('{"status": 404}', FailureKind.REFUSED),
        ('{"status": 200}', FailureKind.UNUSABLE),
    ],
)
def test_error_that_the_evidence_says_was_the_servers_own_stays_so(
    tmp_path: Path, raw: str | None, kind: FailureKind
) -> None:
    row = recorded_row(0, (None, "0"), api_error="it failed", api_raw=raw, api_attempts=2)

    answer = _answers(_subject(tmp_path, row))[0]

    assert isinstance(answer, Failure)
    assert (answer.kind, answer.message, answer.attempts) == (kind, "it failed", 2)
    assert (kind in NOT_THE_SERVERS_WORD) is (kind is FailureKind.UNREACHABLE)


def test_file_that_pandas_wrote_with_floats_for_missing_counts_is_read(tmp_path: Path) -> None:
    frame = pd.DataFrame([recorded_row(0, ("1", None)), recorded_row(1, (None, "0"))])
    frame["api_attempts"] = [1.0, float("nan")]
    frame["ground_truth"] = [True, False]
    frame.to_parquet(tmp_path / "pandas.parquet")

    subject = replay_subject(SETTINGS, tmp_path / "pandas.parquet")

    assert [example.toxicity for example in subject.sample.examples] == [1, 0]
    assert [cast("Completion", answer).content for answer in _answers(subject)] == ["1", Missing.NULL]


def test_folder_named_like_a_partition_adds_no_column(tmp_path: Path) -> None:
    folder = tmp_path / "model=wrong"
    folder.mkdir()

    assert _subject(folder, recorded_row(0, ("1", "0"), model="right")).model == "right"


def test_sample_has_a_digest_that_its_texts_determine(tmp_path: Path) -> None:
    one = _subject(tmp_path, recorded_row(0, ("1", "0"))).sample.sha256

    assert _subject(tmp_path, recorded_row(0, ("0", "1"))).sample.sha256 == one
    assert _subject(tmp_path, recorded_row(0, ("1", "0"), "another text")).sample.sha256 != one


def _parquet(*rows: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=None if rows else pa.schema([])), stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read as parquet"),
        (b"", "cannot be read as parquet"),
        (b"text,conv_id\n", "cannot be read as parquet"),
        (b"PAR1" + b"\0" * 64 + b"PAR1", "cannot be read as parquet"),
        (_parquet({"text": "x", "conv_id": "y"}), "lacks the columns ground_truth, api_response, api_reasoning"),
        (_parquet(recorded_row(0, ("0", "0"), ground_truth="toxic")), "ground_truth in row 0 is 'toxic'"),
    ],
    ids=["missing", "empty", "csv", "damaged", "columns", "truth"],
)
def test_file_that_cannot_be_replayed_is_refused_by_name(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "bad.parquet"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(DatasetError) as caught:
        replay_subject(SETTINGS, path)

    assert "--replay" in str(caught.value)
    assert sentence in str(caught.value)


def test_file_without_rows_is_refused(tmp_path: Path) -> None:
    schema = pa.schema([pa.field(name, pa.string()) for name in REQUIRED_COLUMNS])
    pq.write_table(pa.Table.from_pylist([], schema=schema), tmp_path / "none.parquet")

    with pytest.raises(DatasetError, match="holds no rows"):
        replay_subject(SETTINGS, tmp_path / "none.parquet")


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read as parquet"):
        replay_subject(SETTINGS, tmp_path)
