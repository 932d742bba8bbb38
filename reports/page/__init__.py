"""The page: `report.html`, one file in which a person looks at a run.

`read_source` reads what lies in a report's folder: `results.parquet`, and `verdict.json` and `exchanges.json` where
they lie beside it. `views` holds what each section shows of that, `templates` how. The same page comes of the same
files, during the run and at any later time: `python -m reports html DIR`.

Whatever a model wrote stands in the page as text. The templates escape all that they put in, `shown` makes visible what
a text hides, and the page's own policy lets nothing run but its own script.
"""

from __future__ import annotations

from reports.page.document import page_of
from reports.page.file import write_page, write_page_of_run
from reports.page.source import Source, read_source
from reports.report_folder import PAGE, NoReportError

__all__ = ["PAGE", "NoReportError", "Source", "page_of", "read_source", "write_page", "write_page_of_run"]
