"""Reports to compare, made the way a run makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.changes import report_of
from reports.output.files import verdict_as_data
from reports.verdict.judge import judge
from reports.verdict.verdict import Verdict
from tests.reports.material import about

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.changes import Report
    from reports.checks import Check
    from reports.rows.row import Row


def run_of(rows: Sequence[Row], checks: Sequence[Check] = (), **subject: Any) -> Verdict:  # noqa: ANN401 - whatever the test is about
    """Returns the verdict on a run with these rows."""
    ids = [row.example_id for row in rows]
    return Verdict(subjects=(judge(about(ids, **subject), rows, {}, checks=checks),), environment={"python": "3.11"})


def told(rows: Sequence[Row], checks: Sequence[Check] = (), name: str = "report", **subject: Any) -> Report:  # noqa: ANN401 - as above
    """Returns the report of a run with these rows."""
    return report_of(name, verdict_as_data(run_of(rows, checks, **subject)), rows)
