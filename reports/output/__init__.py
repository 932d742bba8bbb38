"""Output: pure functions from a frozen verdict to lines of text and plain data, and the files in the report folder."""

from __future__ import annotations

from reports.output.files import SCHEMA_VERSION, write_exchanges, write_report
from reports.output.markdown_summary import summary_markdown
from reports.output.summary import summary_lines, verdict_line

__all__ = [
    "SCHEMA_VERSION",
    "summary_lines",
    "summary_markdown",
    "verdict_line",
    "write_exchanges",
    "write_report",
]
