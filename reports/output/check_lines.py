"""Wire checks as text: pure functions from checks to lines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from backends.plain_text import printable
from reports.checks.check import CheckOutcome, with_outcome
from reports.text import cut, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.checks.check import Check
    from reports.subject_info import SubjectInfo

#: Lines of a message that are shown.
SHOWN_LINES = 25

#: Characters of such a line that are shown.
_WIDTH = 200

#: A single reason of all skips that is no longer than this stands in the line of counts.
_SHORT_REASON = 60

#: Outcomes of which more than one need other words than the outcome's own.
_WORDS = {
    CheckOutcome.KNOWN_DIFFERENCE: ("known difference", "known differences"),
    CheckOutcome.ERROR: ("error", "errors"),
}


def check_lines(checks: Sequence[Check], subject: SubjectInfo) -> Iterator[str]:
    """Yields counts and notes, then what was broken, what could not be told, what is known to differ, what was skipped.

    Without any check there is no line.
    """
    if not checks:
        return
    skips = Counter(one_line(check.message) for check in with_outcome(checks, CheckOutcome.SKIPPED))
    inline = "".join(skips) if len(skips) == 1 and len("".join(skips)) <= _SHORT_REASON else ""
    yield _counts(checks, inline)
    notes = Counter(_first_line(check) for check in with_outcome(checks, CheckOutcome.KEPT) if check.message)
    yield from (f"noted: {_number(count)}, {note}" for note, count in notes.items())
    for check in with_outcome(checks, CheckOutcome.BROKEN):
        yield from _broken_lines(check, subject)
    for check in with_outcome(checks, CheckOutcome.STALE):
        yield f"stale: {check.claim} {_first_line(check)}"
    for check in with_outcome(checks, CheckOutcome.ERROR):
        yield f"error: {check.claim} {_first_line(check)} ({check.id})"
    yield from _unanswered_lines(checks)
    for check in with_outcome(checks, CheckOutcome.KNOWN_DIFFERENCE):
        yield " ".join(part for part in ("known difference:", check.claim, _first_line(check), check.link) if part)
    if not inline:
        yield from (f"skipped: {_number(count)}, {cut(reason, _WIDTH)}" for reason, count in skips.items())


def _unanswered_lines(checks: Sequence[Check]) -> Iterator[str]:
    """Yields why checks could not be told, once for each reason; where none could, the first one says it."""
    lost = with_outcome(checks, CheckOutcome.UNANSWERED)
    said = Counter(map(_first_line, lost))
    if len(said) > 1 and len(lost) == len(checks) - len(with_outcome(checks, CheckOutcome.SKIPPED)):
        yield f"unanswered: {_number(len(lost))}, the first of them so: {_first_line(lost[0])}"
        return
    yield from (f"unanswered: {_number(count)}, {told}" for told, count in said.items())


def _counts(checks: Sequence[Check], skip_reason: str) -> str:
    """Returns the line of counts, which begins like those of the two sides."""
    counts = Counter(check.outcome for check in checks)
    told = [_counted(outcome, counts[outcome]) for outcome in CheckOutcome if counts[outcome]]
    if skip_reason:
        told = [f"{part} ({skip_reason})" if part.endswith(" skipped") else part for part in told]
    ran = [check for check in checks if check.outcome is not CheckOutcome.SKIPPED]
    requests = len({name for check in ran for name in check.exchanges})
    asked = f"; {requests} request{'' if requests == 1 else 's'}" if requests else ""
    return f"{'wire':<8} {_number(len(checks))}: {', '.join(told)}{asked}"


def _counted(outcome: CheckOutcome, count: int) -> str:
    one, many = _WORDS.get(outcome, (str(outcome), str(outcome)))
    return f"{count} {one if count == 1 else many}"


def _broken_lines(check: Check, subject: SubjectInfo) -> Iterator[str]:
    """Yields the claim, what was seen instead, and how to see it again."""
    lines = [cut(printable(line), _WIDTH) for line in check.message.splitlines()]
    yield f"broken: {check.claim}"
    yield from (f"    {line}".rstrip() for line in lines[:SHOWN_LINES])
    if len(lines) > SHOWN_LINES:
        where = ": exchanges.json in the report folder holds what was exchanged" if check.evidence else ""
        yield f"    ({len(lines) - SHOWN_LINES} more lines{where})"
    yield f"  rerun it with: {subject.rerun(check.selector)}"


def _number(count: int) -> str:
    return "1 check" if count == 1 else f"{count} checks"


def _first_line(check: Check) -> str:
    return cut(one_line(check.message.partition("\n")[0]), _WIDTH)
