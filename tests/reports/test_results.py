"""Results are loaded as they were written: every column in its own type, null as null, and with what was run."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backends.errors import FailureKind
from harmony_conformance import ResultsError, load_results
from reports.output.files import write_report
from reports.results import DTYPES
from reports.rows.columns import COLUMNS, columns_of
from reports.verdict.judge import judge
from reports.verdict.verdict import Verdict
from tests.places import ROOT
from tests.reports.material import NO, REFUSAL, YES, about, failed, rows, said
from tests.reports.output.test_run_lines import RECORD

if TYPE_CHECKING:
    from pathlib import Path

MADE = rows(
    (said(YES), said(NO), 1), (said(REFUSAL), said(NO), 1), (failed(FailureKind.SERVER, "HTTP 500: oops"), said(NO), 1)
)


def _report(folder: Path) -> Path:
    write_report(Verdict(subjects=(judge(about(3), MADE, {}),), run=RECORD), folder)
    return folder


def test_every_column_is_there_in_its_order_and_type(tmp_path: Path) -> None:
    frame = load_results(_report(tmp_path / "report"))

    assert list(frame.columns) == [*COLUMNS, "report"]
    assert {name: str(frame[name].dtype) for name in COLUMNS} == {
        name: DTYPES[column.kind] for name, column in COLUMNS.items()
    }


def test_values_are_those_that_were_written(tmp_path: Path) -> None:
    frame = load_results(_report(tmp_path / "report"))

    for name in COLUMNS:
        loaded = [None if value is pd.NA else value for value in frame[name]]
        assert loaded == [columns_of(row)[name] for row in MADE], name


def test_label_that_was_not_given_is_missing_and_never_false(tmp_path: Path) -> None:
    labels = load_results(_report(tmp_path / "report"))["api_binary_label"]

    assert labels[0] is True or bool(labels[0])
    assert labels[1] is pd.NA
    assert labels[2] is pd.NA
    assert labels.mean() == 1.0


@pytest.mark.parametrize("way", ["folder", "text", "file"])
def test_report_is_named_by_its_folder_or_its_file(tmp_path: Path, way: str) -> None:
    folder = _report(tmp_path / "report")
    ways: dict[str, Path | str] = {"folder": folder, "text": str(folder), "file": folder / "results.parquet"}

    assert len(load_results(ways[way])) == 3


def test_several_reports_follow_each_other_and_say_where_they_are_from(tmp_path: Path) -> None:
    one, two = _report(tmp_path / "one"), _report(tmp_path / "two")

    frame = load_results([one, two / "results.parquet"])

    assert list(frame.index) == list(range(6))
    assert list(frame["report"]) == [str(one / "results.parquet")] * 3 + [str(two / "results.parquet")] * 3
    assert str(frame["api_prompt_tokens"].dtype) == "Int64"


def test_frame_tells_what_was_run_and_what_each_column_holds(tmp_path: Path) -> None:
    folder = _report(tmp_path / "report")

    frame = load_results(folder)

    told = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))["run"]
    assert frame.attrs["runs"] == {str(folder / "results.parquet"): told}
    assert frame.attrs["columns"]["text"] == "what was asked about"


def test_older_file_lacks_what_it_lacks_and_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "old.parquet"
    table = {"text": ["a"], "conv_id": ["1"], "api_binary_label": [None], "ground_truth": [1.0], "own": [2]}
    pq.write_table(pa.table(table), path)

    frame = load_results(path)

    assert [str(frame[name].dtype) for name in ("ground_truth", "own", "local_raw")] == ["Int64", "Int64", "object"]
    assert str(frame["api_binary_label"].dtype) == "boolean"
    assert frame["local_raw"].isna().all()
    assert frame.attrs["runs"] == {str(path): None}


def test_what_is_no_report_is_told_in_a_sentence(tmp_path: Path) -> None:
    _report(tmp_path / "mine")
    wire = tmp_path / "wire"
    wire.mkdir()
    (wire / "verdict.json").write_text("{}", encoding="utf-8")
    (tmp_path / "text.parquet").write_text("no parquet", encoding="utf-8")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    pq.write_table(pa.table({"text": ["a"], "conv_id": ["1"], "ground_truth": ["x"]}), tmp_path / "odd.parquet")

    for place, told in (
        (tmp_path / "mien", r"does not exist: name the folder of a report, .* Did you mean mine\?"),
        (wire, "is the report of wire checks alone"),
        (tmp_path / "text.parquet", "is no readable parquet file"),
        (tmp_path / "other.parquet", "has no column text and no conv_id, so that it holds no results of this suite"),
        (tmp_path / "odd.parquet", "a column is not of its type in the contract"),
    ):
        with pytest.raises(ResultsError, match=told):
            load_results(place)
    with pytest.raises(ResultsError, match="No report is named"):
        load_results([])


def test_name_costs_no_pandas_until_it_is_called() -> None:
    code = "import sys, harmony_conformance; print(sorted({'pandas', 'pyarrow', 'scipy', 'pytest'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
