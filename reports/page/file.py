"""The page as a file beside what it is made of."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from backends.installation import command
from reports.page.document import page_of
from reports.page.shown import shown
from reports.page.source import read_source
from reports.report_folder import PAGE

if TYPE_CHECKING:
    from pathlib import Path


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


#: What stands in the place of a page that could not be made.
_IN_ITS_PLACE: Final = """\
<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<title>No page</title>
<h1>This page could not be made</h1>
<p>{error}</p>
<p>The verdict stands in verdict.json and summary.md beside it, and nothing of it is lost. To try again: {again}</p>
</html>
"""


def write_page_of_run(folder: Path, known_as: Path) -> Path:
    """Writes the page of the run that has just ended, and returns its path: no page takes a verdict away.

    What goes wrong stands in the page's place, so that no earlier run's page is taken for this one's.

    Args:
        folder: in which the report is made.
        known_as: where it will lie.

    Raises:
        OSError: the file cannot be written.
    """
    try:
        return write_page(folder)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the verdict is there and must come
        told = shown(f"{type(error).__name__}: {error}")
        again = command("html", "reports html") + f" {known_as}"
        page = _IN_ITS_PLACE.format(error=html.escape(told), again=html.escape(shown(again)))
        (folder / PAGE).write_text(page, encoding="utf-8", errors="replace")
        return folder / PAGE
