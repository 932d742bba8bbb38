"""What lies in a report's folder."""

from __future__ import annotations

from typing import Final

#: The rows, the verdict, the summary, and the page that is made of the other files.
RESULTS: Final = "results.parquet"
VERDICT: Final = "verdict.json"
SUMMARY: Final = "summary.md"
PAGE: Final = "report.html"

#: Raw exchanges: those behind broken claims, and in a run of wire checks alone every one.
EXCHANGES: Final = "exchanges.json"


class NoReportError(ValueError):
    """A folder holds no report; the message says what to do."""
