"""The verdict on a subject, and on a run.

`judge` makes a `Case` of what was seen of a subject and takes it through the steps, each of which gives a `Ruling` and
takes the one before: what the examples say beside their ceilings, or in an audit by their tokens, then rendering,
reference, wire checks and findings.
"""

from __future__ import annotations

from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement, Ruling
from reports.verdict.verdict import SubjectVerdict, Verdict

__all__ = ["Judgement", "Ruling", "SubjectVerdict", "Verdict", "judge"]
