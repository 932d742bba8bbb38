"""What changed between runs of one sample.

`read_report` reads a report back, `compare` holds newer ones against an older one, and the comparison is told as lines,
as plain data or as Markdown. A regression is what the design calls worse beyond chance: see `comparison`.
"""

from __future__ import annotations

from reports.changes.comparison import Comparison, NotComparableError, compare, require_likeness
from reports.changes.data import comparison_data
from reports.changes.lines import comparison_lines, outcome_line
from reports.changes.markdown import comparison_markdown
from reports.changes.reading import read_report
from reports.changes.report import Report, report_of
from reports.report_folder import NoReportError

__all__ = [
    "Comparison",
    "NoReportError",
    "NotComparableError",
    "Report",
    "compare",
    "comparison_data",
    "comparison_lines",
    "comparison_markdown",
    "outcome_line",
    "read_report",
    "report_of",
    "require_likeness",
]
