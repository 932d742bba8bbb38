"""What the wire checks add to a verdict that the examples alone have come to.

A broken promise was seen in a raw exchange with the endpoint. The local reference had no part in it, so it accuses also
where the examples alone give no verdict: too few of them, a reference that cannot run or does not suit, examples that
were left out. Two things outweigh it. Where a test was lost with its process, `judge` gives no verdict whatever else
happened. And where nothing was answered, neither to an example nor to any check, what looks like a broken promise is
more likely a proxy, a login page or the wrong address.

Known differences and skips accuse nobody and hold nobody back. Neither does a known difference that no longer differs:
the server has become better than its file says, and the test that fails asks for the entry to be removed. Checks that
got no answer, could not be judged, never ran or could not even be collected hold back a pass, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.checks.check import CheckOutcome, with_outcome
from reports.text import cut, one_line
from reports.verdict.judgement import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.checks.check import Check

#: How many claims a reason names.
NAMED = 3

#: Characters of a message that a reason repeats.
_REPEATED = 200


def weigh(
    examples_say: tuple[Judgement, str],
    rows: Sequence[Mapping[str, Any]],
    checks: Sequence[Check],
    *,
    not_run: int = 0,
    uncollected: Sequence[str] = (),
) -> tuple[Judgement, str]:
    """Returns the judgement and its reason, with the wire checks counted in.

    Args:
        examples_say: judgement and reason without them.
        rows: of the examples, those that arrived.
        checks: what came of the wire checks.
        not_run: wire checks that were selected and never came to an end.
        uncollected: conformance files that could not be collected, so that none of their tests ran.
    """
    judgement, reason = examples_say
    broken = with_outcome(checks, CheckOutcome.BROKEN)
    if broken and not _nothing_answered(rows, checks):
        accusation = _accusation(broken, len(checks))
        if judgement is Judgement.NO_VERDICT:
            return Judgement.DIFFERS, f"{accusation} The examples alone give no verdict: {reason}"
        return Judgement.DIFFERS, accusation if judgement is Judgement.CONFORMS else f"{reason} {accusation}"
    doubts = " ".join(_doubts(checks, not_run, uncollected))
    return (Judgement.NO_VERDICT, doubts) if doubts and judgement is Judgement.CONFORMS else examples_say


def _nothing_answered(rows: Sequence[Mapping[str, Any]], checks: Sequence[Check]) -> bool:
    """Returns whether the endpoint was asked about examples and answered none of them, nor kept any promise."""
    asked = [row for row in rows if row["api_failure"] != "not_asked"]
    silent = bool(asked) and all(row["api_outcome"] == "error" for row in asked)
    return silent and not with_outcome(checks, CheckOutcome.KEPT)


def _accusation(broken: Sequence[Check], total: int) -> str:
    claims = list(dict.fromkeys(check.told for check in broken))
    more = [f"and {len(claims) - NAMED} more"] if len(claims) > NAMED else []
    fails = "fails" if len(broken) == 1 else "fail"
    return f"{len(broken)} of {_number(total)} {fails}: {'; '.join([*claims[:NAMED], *more])}."


def _doubts(checks: Sequence[Check], not_run: int, uncollected: Sequence[str]) -> Iterator[str]:
    unanswered, faults = with_outcome(checks, CheckOutcome.UNANSWERED), with_outcome(checks, CheckOutcome.ERROR)
    if unanswered:
        yield f"{len(unanswered)} of {_number(len(checks))} got no answer: {_first(unanswered)}"
    if faults:
        yield f"{len(faults)} of {_number(len(checks))} could not be judged: {_first(faults)}"
    if not_run:
        yield f"{_number(not_run)} never came to an end: run it again."
    if uncollected:
        yield f"{', '.join(uncollected)} could not be collected, so none of its tests ran: see pytest's errors."


def _number(count: int) -> str:
    return "1 wire check" if count == 1 else f"{count} wire checks"


def _first(checks: Sequence[Check]) -> str:
    message = cut(one_line(checks[0].message), _REPEATED)
    return message if message.endswith((".", "!", "?")) else f"{message}."
