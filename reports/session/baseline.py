"""An earlier report that a run is held against: `--baseline`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.changes import Report, compare, report_of, require_likeness
from reports.changes.report import ToldSubject
from reports.output.files import verdict_as_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.changes import Comparison
    from reports.subject_info import SubjectInfo
    from reports.verdict.verdict import Verdict

#: How the comparison calls the run that it stands in.
THIS_RUN = "this run"


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier report, read before the run overwrites it.

    Attributes:
        report: the earlier one.
    """

    report: Report

    def require_alike(self, subjects: Iterable[SubjectInfo]) -> None:
        """Raises NotComparableError where the run would ask about another sample, model or policy."""
        told = tuple(ToldSubject(id=one.id, told=one.as_data()) for one in subjects)
        require_likeness(self.report, Report(name=THIS_RUN, subjects=told))

    def beside(self, verdict: Verdict) -> Comparison:
        """Returns what changed since.

        Raises:
            NotComparableError: the run asked something else after all.
        """
        rows = [row for subject in verdict.subjects for row in subject.rows]
        return compare(self.report, [report_of(THIS_RUN, verdict_as_data(verdict), rows)])[0]
