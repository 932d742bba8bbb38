"""What comes out: rows, criteria, findings, the verdict, and their files.

`Comparison` makes the row of one example from two outcomes; rows travel on test reports. On the controller `judge`
turns the rows of a subject into a `SubjectVerdict`, pure functions turn that into text, and `write_report` into
files. `reports.plugin` is what pytest loads: its hooks only pass things on.
"""

from __future__ import annotations

from reports.comparison import Comparison
from reports.criteria import CRITERIA, Criterion, CriterionResult, evaluate
from reports.files import SCHEMA_VERSION, write_report
from reports.rows import COLUMNS
from reports.verdict import Judgement, SubjectVerdict, Verdict, judge

__all__ = [
    "COLUMNS",
    "CRITERIA",
    "SCHEMA_VERSION",
    "Comparison",
    "Criterion",
    "CriterionResult",
    "Judgement",
    "SubjectVerdict",
    "Verdict",
    "evaluate",
    "judge",
    "write_report",
]
