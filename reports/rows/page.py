"""The page of documentation that tells of every column of `results.parquet`, made from their one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.rows.columns import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """\
# The columns of results.parquet

Made by `python -m reports.rows` from `reports/rows/columns.py`. A row is one example of one subject. Every column may
be null, which means that there is nothing to tell: a label that was not given is null and not false. In an audit all
columns of the local side are null, and those that compare the two. The file carries each description in the metadata of
its field, under `description`.

```python
load_results("conformance-report")                                  # harmony_conformance: pandas, with what was run
polars.read_parquet("conformance-report/results.parquet")["api_raw"].struct.field("status")
duckdb.sql("select api_raw.response from 'conformance-report/results.parquet' where not outcome_match")
datasets.load_dataset("parquet", data_files="conformance-report/results.parquet")
```

Files of earlier versions hold `api_raw` and `local_raw` as text of JSON; `--replay`, `html` and `compare` read both.

| column | type | what it holds |
|---|---|---|"""


def columns_page() -> str:
    """Returns the page as Markdown."""
    return "\n".join([_HEAD, *_lines(), ""])


def _lines() -> Iterator[str]:
    for name, column in COLUMNS.items():
        yield f"| `{name}` | {column.told_kind} | {column.says} |"
