"""The libraries that people open parquet with read the results as they are: types, nulls, lists, structs, words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasets
import duckdb
import pandas as pd
import polars as pl
import pytest

from backends.errors import FailureKind
from backends.evidence import LocalEvidence
from backends.raw_reply import evidence_of
from reports.rows.columns import COLUMNS, columns_of
from reports.rows.parquet import write_parquet
from tests.reports.material import NO, REFUSAL, YES, failed, row, said

if TYPE_CHECKING:
    from pathlib import Path

SENT = evidence_of(
    request='{"model": "openai/gpt-oss-20b"}', status=200, headers={"server": "s"}, response='{"id": "x"}'
)
FED = LocalEvidence("<|start|>developer", "<|channel|>final", {}).as_raw()
ROWS = [
    row(said(YES, raw=SENT), said(NO, raw=FED), 1),
    row(said(REFUSAL, raw="{}"), failed(FailureKind.GENERATION), 1),
]

#: Columns whose type a reader must not lose, and how it calls each.
TYPED = {"text": "text", "ground_truth": "int", "api_binary_label": "bool", "response_similarity": "float"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_parquet(ROWS, tmp_path / "results.parquet", "{}")
    return tmp_path / "results.parquet"


def test_polars(file: Path) -> None:
    frame = pl.read_parquet(file)
    kinds = {"text": pl.String, "int": pl.Int64, "bool": pl.Boolean, "float": pl.Float64}

    assert frame.columns == list(COLUMNS)
    assert {name: frame.schema[name] for name in TYPED} == {name: kinds[kind] for name, kind in TYPED.items()}
    assert frame["api_binary_label"].to_list() == [True, None]
    assert frame["api_token_margins"].dtype == pl.List(pl.Float32)
    assert frame["api_raw"].struct.field("status").to_list() == [200, None]
    model = frame["api_raw"].struct.field("request").str.json_path_match("$.model")
    assert model.to_list() == ["openai/gpt-oss-20b", None]
    assert frame["local_raw"].struct.field("prompt").to_list() == ["<|start|>developer", None]


def test_duckdb(file: Path) -> None:
    table = duckdb.read_parquet(str(file))
    kinds = {"text": "VARCHAR", "int": "BIGINT", "bool": "BOOLEAN", "float": "DOUBLE"}
    types = dict(zip(table.columns, map(str, table.types), strict=True))

    assert list(types) == list(COLUMNS)
    assert {name: types[name] for name in TYPED} == {name: kinds[kind] for name, kind in TYPED.items()}
    assert types["api_floor_margins"] == "FLOAT[]"
    asked = table.project("api_binary_label, api_raw.status, api_raw.headers[1].value, api_raw.other")
    assert asked.fetchall() == [(True, 200, "s", None), (None, None, None, "{}")]


def test_datasets(file: Path, tmp_path: Path) -> None:
    loaded: Any = datasets.load_dataset(
        "parquet", data_files=str(file), split="train", cache_dir=str(tmp_path / "cache")
    )
    kinds = {"text": "string", "int": "int64", "bool": "bool", "float": "float64"}

    assert loaded.column_names == list(COLUMNS)
    assert {name: loaded.features[name].dtype for name in TYPED} == {name: kinds[kind] for name, kind in TYPED.items()}
    assert [one["api_binary_label"] for one in loaded] == [True, None]
    assert loaded[0]["api_raw"]["request"] == '{"model": "openai/gpt-oss-20b"}'
    assert loaded[0]["api_raw"]["headers"] == [{"name": "server", "value": "s"}]
    assert loaded[1]["local_raw"] is None or not any(loaded[1]["local_raw"].values())


def test_pandas(file: Path) -> None:
    frame = pd.read_parquet(file, dtype_backend="numpy_nullable")

    assert list(frame.columns) == list(COLUMNS)
    assert [str(frame[name].dtype) for name in TYPED] == ["string", "Int64", "boolean", "Float64"]
    assert frame["api_raw"][0]["status"] == 200
    assert frame["local_raw"][0]["text"] == "<|channel|>final"


def test_every_reader_counts_the_same_nulls(file: Path) -> None:
    expected = {name: sum(columns_of(one)[name] is None for one in ROWS) for name in COLUMNS}
    polars = pl.read_parquet(file).null_count().row(0, named=True)
    counted = ", ".join(f'count(*) - count("{name}")' for name in COLUMNS)
    duck = duckdb.read_parquet(str(file)).aggregate(counted).fetchall()[0]

    assert polars == expected
    assert dict(zip(COLUMNS, duck, strict=True)) == expected
    assert pd.read_parquet(file, dtype_backend="pyarrow").isna().sum().to_dict() == expected
