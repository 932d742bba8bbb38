"""What the wire checks add to a verdict that the examples alone have come to.

A broken claim was seen in a raw exchange with the endpoint. The local reference had no part in it, so it accuses also
where the examples alone give no verdict: too few of them, a reference that cannot run or does not suit, examples that
were left out. Two things outweigh it. Where a test was lost with its process, `judge` gives no verdict whatever else
happened. And where nothing was answered, neither to an example nor to any check, what looks like a broken claim is
more likely a proxy, a login page or the wrong address.

Known differences and skips accuse nobody and hold nobody back. Neither does a known difference that no longer differs:
the server has become better than its file says, and the test that fails asks for the entry to be removed. Checks that
got no answer, could not be judged, never ran or could not even be collected hold back a pass, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.errors import FailureKind
from backends.outcome import OutcomeKind
from reports.checks.check import CheckOutcome, with_outcome
from reports.text import cut, one_line
from reports.verdict.judgement import Ground, Judgement, Ruling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.checks.check import Check
    from reports.rows.row import Row
    from reports.verdict.case import Case

#: How many claims a reason names.
NAMED = 3

#: Characters of a message that a reason repeats.
_REPEATED = 200


def apply_checks(ruling: Ruling, case: Case) -> Ruling:
    """Returns the ruling with the wire checks counted in: broken ones accuse, the others may hold back a pass.

    Where no example was asked, they have made the ruling already.
    """
    if case.evidence.wire_alone:
        return ruling
    checks = case.standing.checks
    broken = with_outcome(checks, CheckOutcome.BROKEN)
    if broken and not _nothing_answered(case.evidence.rows, checks):
        return _accuse(ruling, accusation(broken, len(checks)))
    withheld = " ".join(doubts(checks, case.not_run, case.uncollected))
    if not withheld or ruling.judgement is not Judgement.CONFORMS:
        return ruling
    return Ruling(Judgement.NO_VERDICT, withheld, (Ground.CHECKS_NOT_JUDGED,))


def _accuse(ruling: Ruling, accusation: str) -> Ruling:
    own = (Ground.CHECKS_BROKEN,)
    reason, grounds = {
        Judgement.NO_VERDICT: (
            f"{accusation} The examples alone give no verdict: {ruling.reason}",
            (*own, *ruling.grounds),
        ),
        Judgement.CONFORMS: (accusation, own),
        Judgement.DIFFERS: (f"{ruling.reason} {accusation}", (*ruling.grounds, *own)),
    }[ruling.judgement]
    return Ruling(Judgement.DIFFERS, reason, grounds)


def _nothing_answered(rows: Sequence[Row], checks: Sequence[Check]) -> bool:
    """Returns whether the endpoint was asked about examples and answered none of them, and kept no claim."""
    asked = [row for row in rows if row.api.failure is not FailureKind.NOT_ASKED]
    silent = bool(asked) and all(row.api.outcome is OutcomeKind.ERROR for row in asked)
    return silent and not with_outcome(checks, CheckOutcome.KEPT)


def accusation(broken: Sequence[Check], total: int) -> str:
    """Returns a sentence about the first broken claims, each told once.

    Args:
        broken: at least one.
        total: how many checks came to an end.
    """
    claims = list(dict.fromkeys(check.clause for check in broken))
    more = [f"and {len(claims) - NAMED} more"] if len(claims) > NAMED else []
    fails = "fails" if len(broken) == 1 else "fail"
    return f"{len(broken)} of {number_of_checks(total)} {fails}: {'; '.join([*claims[:NAMED], *more])}."


def doubts(checks: Sequence[Check], not_run: int, uncollected: Sequence[str]) -> Iterator[str]:
    """Yields why checks that were to run can pass nobody."""
    unanswered, faults = with_outcome(checks, CheckOutcome.UNANSWERED), with_outcome(checks, CheckOutcome.ERROR)
    if unanswered:
        yield f"{len(unanswered)} of {number_of_checks(len(checks))} got no answer: {_first(unanswered)}"
    if faults:
        yield f"{len(faults)} of {number_of_checks(len(checks))} could not be judged: {_first(faults)}"
    if not_run:
        yield f"{number_of_checks(not_run)} never came to an end: run it again."
    if uncollected:
        yield f"{', '.join(uncollected)} could not be collected, so none of its tests ran: see pytest's errors."


def number_of_checks(count: int) -> str:
    """Returns a number of wire checks in words."""
    return "1 wire check" if count == 1 else f"{count} wire checks"


def _first(checks: Sequence[Check]) -> str:
    message = cut(one_line(checks[0].message), _REPEATED)
    return message if message.endswith((".", "!", "?")) else f"{message}."
