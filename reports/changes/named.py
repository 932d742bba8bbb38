"""What two reports name otherwise: verdicts, findings, wire checks, and how the tokens stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.errors import TRANSPORT_FAILURES
from reports.changes.change import Change, ChangeKind, Direction
from reports.checks.check import CheckOutcome
from reports.statistics.token_evidence import TokenStanding
from reports.verdict.judgement import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.changes.report import ToldCheck, ToldFinding, ToldSubject

#: Outcomes of a check that say what the endpoint does, whatever was expected of it.
_LOOKED_AT = frozenset({CheckOutcome.KEPT, CheckOutcome.BROKEN})


def verdict_changes(old: ToldSubject, new: ToldSubject) -> Iterator[Change]:
    """Yields what became of the verdict. `conforms` beside `no-verdict` is more or less evidence, and no change."""
    accused = [one.verdict is Judgement.DIFFERS for one in (old, new)]
    if old.verdict is None or new.verdict is None or accused[0] == accused[1]:
        return
    direction = Direction.WORSE if accused[1] else Direction.OTHER
    if new.verdict is Judgement.CONFORMS:
        direction = Direction.BETTER
    told = f"the verdict was {old.verdict} and is {new.verdict}"
    yield Change(kind=ChangeKind.VERDICT, direction=direction, subject=new.id, what="", told=told)


def finding_changes(old: ToldSubject, new: ToldSubject) -> Iterator[Change]:
    """Yields findings that are new, and those that are gone.

    One that the same evidence could go by in the other report is neither. Where a report did not look at what shows a
    finding, or the fault is the reference's, the change says nothing of the endpoint.
    """
    if old.verdict is None or new.verdict is None:
        return
    for finding in new_findings(old, new):
        looked = _looked(finding, old)
        worse = looked and finding.side == "api"
        told = f"the finding {finding.id} is new ({finding.title})" + ("" if looked else _NOT_LOOKED.format("older"))
        yield _of_finding(finding, new, Direction.WORSE if worse else Direction.OTHER, told)
    for finding in new_findings(new, old):
        looked = _looked(finding, new)
        better = looked and finding.side == "api"
        told = f"the finding {finding.id} is gone ({finding.title})" + ("" if looked else _NOT_LOOKED.format("newer"))
        yield _of_finding(finding, new, Direction.BETTER if better else Direction.OTHER, told)


_NOT_LOOKED = "; the {} run did not look at what shows it"


def new_findings(old: ToldSubject, new: ToldSubject) -> tuple[ToldFinding, ...]:
    """Returns findings of the newer report that the older one has under no name."""
    return tuple(finding for finding in new.findings if not any(_is_one(finding, other) for other in old.findings))


def _is_one(finding: ToldFinding, other: ToldFinding) -> bool:
    """Returns whether two findings are of one fault, as far as their evidence can tell it from others."""
    if finding.side != other.side:
        return False
    return finding.id == other.id or finding.id in other.candidates or other.id in finding.candidates


def _looked(finding: ToldFinding, report: ToldSubject) -> bool:
    """Returns whether a report looked at what shows a finding."""
    if finding.checks and not finding.examples:
        return any(check.id in finding.checks and check.outcome in _LOOKED_AT for check in report.checks)
    heard = not report.rows or any(row.api.failure not in TRANSPORT_FAILURES for row in report.rows)
    return heard and not report.missing


def _of_finding(finding: ToldFinding, subject: ToldSubject, direction: Direction, told: str) -> Change:
    return Change(kind=ChangeKind.FINDING, direction=direction, subject=subject.id, what=finding.id, told=told)


def check_changes(old: ToldSubject, new: ToldSubject) -> Iterator[Change]:
    """Yields wire checks that the endpoint kept and breaks now, and those that it broke and keeps now."""
    earlier = {check.id: check for check in old.checks}
    for check in new.checks:
        before = earlier.get(check.id)
        if before is None or not {before.outcome, check.outcome} <= _LOOKED_AT or before.outcome is check.outcome:
            continue
        worse = check.outcome is CheckOutcome.BROKEN
        told = f"the check {check.id} is {'broken' if worse else 'kept again'}: {check.claim}"
        direction = Direction.WORSE if worse else Direction.BETTER
        yield Change(kind=ChangeKind.CHECK, direction=direction, subject=new.id, what=check.id, told=told)


def unlike_checks(old: ToldSubject, new: ToldSubject) -> tuple[ToldCheck, ...]:
    """Returns checks that are broken in the newer report and were not looked at in the older one."""
    looked = {check.id for check in old.checks if check.outcome in _LOOKED_AT}
    broken = (check for check in new.checks if check.outcome is CheckOutcome.BROKEN)
    return tuple(check for check in broken if check.id not in looked)


def token_changes(old: ToldSubject, new: ToldSubject) -> Iterator[Change]:
    """Yields what became of the token evidence; from or to `undecided` there is more or less of it, and no change."""
    beyond = [one.tokens is TokenStanding.BEYOND for one in (old, new)]
    if old.tokens is None or new.tokens is None or beyond[0] == beyond[1]:
        return
    same = TokenStanding.EQUIVALENT in (old.tokens, new.tokens)
    direction = (Direction.WORSE if beyond[1] else Direction.BETTER) if same else Direction.OTHER
    told = f"the tokens were {old.tokens} and are {new.tokens}"
    yield Change(kind=ChangeKind.TOKENS, direction=direction, subject=new.id, what="", told=told)
