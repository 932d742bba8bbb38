"""The page about the columns is what their table says, and so is the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from reports.rows import COLUMNS, write_parquet
from reports.rows.page import columns_page
from tests.reports.material import row, said

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_page_is_made_from_the_table(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs" / "results.md").read_text(encoding="utf-8")

    assert page == columns_page(), "make it again: python -m reports.rows > docs/results.md"


def test_every_column_says_something_of_its_own() -> None:
    assert all(column.says for column in COLUMNS.values())
    assert len({column.says for column in COLUMNS.values()}) == len(COLUMNS)


def test_file_carries_what_each_column_holds(tmp_path: Path) -> None:
    write_parquet([row(said("0"), said("0"))], tmp_path / "results.parquet")

    schema = pq.read_schema(tmp_path / "results.parquet")

    told = {field.name: field.metadata[b"description"].decode() for field in schema}
    assert told == {name: column.says for name, column in COLUMNS.items()}
