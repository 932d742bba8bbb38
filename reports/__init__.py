"""What comes out: rows, criteria, findings, the verdict, and their files.

`Comparison` makes the `Row` of one example from two outcomes, and a wire check ends as a `Check`, broken where it
raises `CheckViolation`; both travel on test reports. On the controller `judge` turns the rows and checks of a subject
into a `SubjectVerdict`, pure functions turn that into text, and `write_report` into files. `reports.plugin` is what
pytest loads: its hooks only pass things on. The sub-rooms import one way: rows and checks, statistics, findings,
verdict, output, session, plugin.
"""

from __future__ import annotations

from reports.checks.check import Check, CheckOutcome
from reports.checks.check_violation import CheckViolation
from reports.output.files import SCHEMA_VERSION, write_report
from reports.rows.columns import COLUMNS
from reports.rows.comparison import Comparison
from reports.rows.row import Row
from reports.statistics.criteria import CRITERIA, Criterion, CriterionResult, evaluate
from reports.subject_info import SubjectInfo
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement, Ruling
from reports.verdict.verdict import SubjectVerdict, Verdict

__all__ = [
    "COLUMNS",
    "CRITERIA",
    "SCHEMA_VERSION",
    "Check",
    "CheckOutcome",
    "CheckViolation",
    "Comparison",
    "Criterion",
    "CriterionResult",
    "Judgement",
    "Row",
    "Ruling",
    "SubjectInfo",
    "SubjectVerdict",
    "Verdict",
    "evaluate",
    "judge",
    "write_report",
]
