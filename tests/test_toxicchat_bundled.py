"""The bundled parts look like ToxicChat, share nothing with each other and come from their script."""

from __future__ import annotations

import json
import shutil
import statistics
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fixtures.toxicchat import Example, load_examples
from fixtures.toxicchat.generator.moderation import CATEGORIES
from fixtures.toxicchat.write_sample import FOLDER, SCHEMA, differing_parts, main

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ("train", "test")

# The hub's columns and types (lmsys/toxic-chat, configuration toxicchat0124), as a parquet file of them has them.
HUB_COLUMNS = {
    "conv_id": "large_string",
    "user_input": "large_string",
    "model_output": "large_string",
    "human_annotation": "bool",
    "toxicity": "int64",
    "jailbreaking": "int64",
    "openai_moderation": "large_string",
}


def rows_of(part: str) -> tuple[Example, ...]:
    return load_examples("bundled", split=part).examples


@pytest.mark.parametrize("part", PARTS)
def test_columns_and_types_are_the_hubs(part: str) -> None:
    schema = pq.read_schema(FOLDER / f"bundled_{part}.parquet")
    assert {field.name: str(field.type) for field in schema} == HUB_COLUMNS
    assert schema.names == list(HUB_COLUMNS)


@pytest.mark.parametrize("part", PARTS)
def test_rates_are_those_of_toxicchat(part: str) -> None:
    rows = rows_of(part)
    assert len(rows) == 2000
    assert sum(row.toxic for row in rows) == 146
    assert sum(row.jailbreaking for row in rows) == 40
    assert all(row.toxic for row in rows if row.jailbreaking)
    assert 0.52 < statistics.mean(row.human_annotation for row in rows) < 0.63


@pytest.mark.parametrize("part", PARTS)
def test_lengths_are_those_of_toxicchat(part: str) -> None:
    lengths = [len(row.user_input) for row in rows_of(part)]
    assert 50 <= statistics.median(lengths) <= 66
    assert 140 <= statistics.mean(lengths) <= 200
    assert 0.05 < sum(length > 500 for length in lengths) / len(lengths) < 0.12
    assert max(lengths) == 1536


@pytest.mark.parametrize("part", PARTS)
def test_texts_are_as_untidy_as_real_ones(part: str) -> None:
    texts = [row.user_input for row in rows_of(part)]
    assert 0.05 < sum(text != text.strip() for text in texts) / len(texts) < 0.12
    for mark in ("<|endofprompt|>", "```", "\n1. ", "\t", "¿", "ü", "ж", "什么", "🙂"):
        assert any(mark in text for text in texts), mark


def test_no_text_and_no_id_stands_twice_in_the_two_parts() -> None:
    rows = [row for part in PARTS for row in rows_of(part)]
    assert len({row.user_input.strip().casefold() for row in rows}) == 4000
    assert len({row.conv_id for row in rows}) == 4000
    assert all(len(row.conv_id) == 64 and set(row.conv_id) <= set("0123456789abcdef") for row in rows)


@pytest.mark.parametrize("part", PARTS)
def test_moderation_is_readable_and_high_for_toxic_rows_only(part: str) -> None:
    for row in rows_of(part):
        scores = dict(json.loads(row.openai_moderation))
        assert sorted(scores) == sorted(CATEGORIES)
        assert row.toxic or max(scores.values()) < 0.5
        assert row.model_output


def test_script_writes_the_committed_parts() -> None:
    assert differing_parts() == []
    assert main(["--check"]) == 0


def test_check_names_a_part_that_differs_or_is_missing(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "bundled_train.parquet", tmp_path)
    table = pq.read_table(FOLDER / "bundled_test.parquet")
    changed = pa.array(["changed", *table.column("user_input").to_pylist()[1:]], pa.large_string())
    pq.write_table(table.set_column(1, SCHEMA.field("user_input"), changed), tmp_path / "bundled_test.parquet")
    assert differing_parts(tmp_path) == ["bundled_test.parquet"]
    (tmp_path / "bundled_train.parquet").unlink()
    assert sorted(differing_parts(tmp_path)) == ["bundled_test.parquet", "bundled_train.parquet"]


def test_script_writes_what_its_check_accepts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("fixtures.toxicchat.write_sample.FOLDER", tmp_path)
    assert main([]) == 0
    assert "bundled_test.parquet: 2000 rows" in capsys.readouterr().out
    assert differing_parts(tmp_path) == []


def test_parts_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("bundled_*.parquet")) < 1_000_000
