"""What came of a wire check.

A check is a test of `conformance` with the marker `wire(CheckId)`. What it has seen are its `Facts`, which travel on a
`Check` to the rules; its message is for people alone.
"""

from __future__ import annotations

from reports.checks.arguments_form import ArgumentsForm
from reports.checks.check import Check, CheckOutcome, with_outcome
from reports.checks.check_id import CheckId
from reports.checks.check_violation import CheckViolation
from reports.checks.facts import Facts, Unserved
from reports.checks.one_cause import cause_of, told_once

__all__ = [
    "ArgumentsForm",
    "Check",
    "CheckId",
    "CheckOutcome",
    "CheckViolation",
    "Facts",
    "Unserved",
    "cause_of",
    "told_once",
    "with_outcome",
]
