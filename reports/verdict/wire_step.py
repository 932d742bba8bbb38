"""What wire checks say that nobody asked an example beside.

A broken claim accuses, as it does beside examples. A pass takes every check of the suite: a part of them shows what it
shows, is told, and passes nobody. And where nothing but error statuses and bodies without a completion came back, what
looks like broken claims is more likely a proxy, a login page or the wrong address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.checks.check import CheckOutcome, with_outcome
from reports.verdict.checks_step import NAMED, accusation, doubts, number_of_checks
from reports.verdict.judgement import Ground, Judgement, Ruling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.checks.check import Check
    from reports.checks.check_id import CheckId
    from reports.verdict.case import Case

_UNASKED = "No example was asked, so nothing is said of whether its answers are the model's."


def rule_on_wire(case: Case) -> Ruling:
    """Returns what the wire checks say by themselves."""
    checks = case.evidence.checks
    broken = with_outcome(checks, CheckOutcome.BROKEN)
    if broken and not _says_nothing(checks):
        told = " ".join((accusation(broken, len(checks)), *_partly(case)))
        return Ruling(Judgement.DIFFERS, told, (Ground.CHECKS_BROKEN,))
    withheld = [*_silence(broken, checks), *doubts(checks, case.not_run, case.uncollected)]
    grounds = [Ground.CHECKS_NOT_JUDGED] if withheld else []
    grounds += [Ground.CHECKS_NOT_SELECTED] if case.unselected else []
    if grounds:
        return Ruling(Judgement.NO_VERDICT, " ".join((*withheld, *_partly(case))), tuple(grounds))
    if not with_outcome(checks, CheckOutcome.KEPT):
        return Ruling(Judgement.NO_VERDICT, f"{_counted(checks)} {_UNASKED}", (Ground.CHECKS_NOT_JUDGED,))
    return Ruling(Judgement.CONFORMS, f"{_counted(checks)} {_UNASKED}", (Ground.CHECKS_KEPT,))


def _says_nothing(checks: Sequence[Check]) -> bool:
    """Returns whether no claim was kept, and each broken one had no completion to look at."""
    broken = with_outcome(checks, CheckOutcome.BROKEN)
    hollow = all(
        check.facts.status is not None or check.facts.unusable or check.facts.unserved is not None for check in broken
    )
    return hollow and not with_outcome(checks, CheckOutcome.KEPT)


def _silence(broken: Sequence[Check], checks: Sequence[Check]) -> Iterator[str]:
    if broken:
        first = broken[0].message.partition("\n")[0].rstrip(".")
        yield f"No completion came back for any of {number_of_checks(len(checks))}: {first}."


def _partly(case: Case) -> Iterator[str]:
    """Yields what was not selected."""
    if case.unselected:
        yield f"{unselected_checks(case.unselected)}: a pass takes all of them, with -m wire."


def unselected_checks(names: Sequence[CheckId], *, named: int = NAMED) -> str:
    """Returns how many claims were not selected, and the first ones' ids, without a full stop."""
    more = [f"and {len(names) - named} more"] if len(names) > named else []
    listed = ", ".join([*map(str, names[:named]), *more])
    claims = "1 claim was" if len(names) == 1 else f"{len(names)} claims were"
    return f"{claims} not selected, wholly or in part ({listed})"


def _counted(checks: Sequence[Check]) -> str:
    kept, known, skipped = (
        len(with_outcome(checks, outcome))
        for outcome in (CheckOutcome.KEPT, CheckOutcome.KNOWN_DIFFERENCE, CheckOutcome.SKIPPED)
    )
    beside = [f"{known} differ as is known"] if known else []
    beside += [f"{skipped} skipped"] if skipped else []
    return f"{kept} of {number_of_checks(len(checks))} kept{''.join(f', {part}' for part in beside)}."
