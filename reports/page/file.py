"""The page as a file beside what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.page.document import page_of
from reports.page.source import read_source

if TYPE_CHECKING:
    from pathlib import Path

#: The page's name in a report's folder.
PAGE = "report.html"


def write_page(folder: Path, file: Path | None = None) -> Path:
    """Writes the page of a report, and returns its path.

    Args:
        folder: of the report, or its `results.parquet`.
        file: the page's; None for `report.html` beside the results.

    Raises:
        NoReportError: no report lies there.
        OSError: the file cannot be written.
    """
    page = page_of(read_source(folder))
    place = file or (folder.parent if folder.suffix == ".parquet" else folder) / PAGE
    place.write_text(page, encoding="utf-8", errors="replace")
    return place
