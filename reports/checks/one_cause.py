"""One cause is told once: where requests get no chat completion, the check that is about just that tells why.

A check of a request of its own, such as one with a tool's result, breaks where that is not taken. Where plain requests
are not answered for the same cause, it shows nothing of its own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from backends.statuses import FIRST_ERROR
from reports.checks.check import Check, CheckOutcome
from reports.checks.check_id import CheckId
from reports.checks.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.no_completion import NoCompletion
    from reports.checks.facts import Unserved

#: Why, with which status, and in which words, without what changes from one reply to the next.
Cause: TypeAlias = "tuple[NoCompletion, int | None, str]"

#: Ids, times and numbers.
_CHANGING = re.compile(r"\w*\d\w*")


def cause_of(one: Unserved) -> Cause:
    """Returns what all requests that fail alike have in common: of what comes with a good status, no words."""
    is_error = one.status is None or one.status >= FIRST_ERROR
    return one.why, one.status, _CHANGING.sub("", one.said) if is_error else ""


def told_once(checks: Sequence[Check]) -> list[Check]:
    """Returns the checks, those that break by a cause that another one tells for all as unanswered."""
    told = {
        cause_of(one)
        for check in checks
        if check.check_id is CheckId.REQUESTS_ANSWERED and check.outcome is CheckOutcome.BROKEN
        for one in check.facts.unserved or ()
    }
    return [_unanswered(check) if _breaks_alike(check, told) else check for check in checks]


def _breaks_alike(check: Check, told: set[Cause]) -> bool:
    own = check.facts.unserved or ()
    is_own = check.check_id is not CheckId.REQUESTS_ANSWERED and check.outcome is CheckOutcome.BROKEN
    return is_own and bool(own) and all(cause_of(one) in told for one in own)


def _unanswered(check: Check) -> Check:
    return replace(
        check,
        outcome=CheckOutcome.UNANSWERED,
        message=f"No chat completion came, as of plain requests: the check {CheckId.REQUESTS_ANSWERED} tells of it.",
        evidence={},
        shown_by=(),
        facts=Facts(),
    )
