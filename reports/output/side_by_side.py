"""Several subjects in one table: the verdict on each, its criteria and what was found, side by side."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from reports.statistics.criteria import CRITERIA, Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.statistics.criteria import CriterionResult
    from reports.verdict.verdict import SubjectVerdict, Verdict

#: What stands in the place of a criterion that was not looked at.
_NOT_THERE = "-"


def side_by_side(verdict: Verdict) -> list[Sequence[str]]:
    """Returns the heading and a row for each subject; nothing where there is one subject alone."""
    if len(verdict.subjects) < 2:  # noqa: PLR2004 - a table of one line compares nothing
        return []
    heading = ("subject", "verdict", *(criterion.name for criterion in CRITERIA), "findings")
    return [heading, *(_cells(judged) for judged in verdict.subjects)]


def side_by_side_lines(verdict: Verdict) -> Iterator[str]:
    """Yields a line for each subject below a heading; nothing where there is one subject alone."""
    table = side_by_side(verdict)
    widths = [max(map(len, column)) for column in zip_longest(*table, fillvalue="")]
    for cells in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cells(judged: SubjectVerdict) -> Sequence[str]:
    results = {} if judged.is_silent else {result.name: result for result in judged.criteria}
    criteria = (_observed(results[one.name]) if one.name in results else _NOT_THERE for one in CRITERIA)
    return judged.subject.id, str(judged.judgement), *criteria, _found(judged)


def _observed(result: CriterionResult) -> str:
    """Returns what was observed, and whether it fails or is open."""
    if result.standing is Standing.UNDECIDED:
        return f"{result.observed:.3f} undecided"
    return f"{result.observed:.3f}" if result.passed else f"{result.observed:.3f} FAIL"


def _found(judged: SubjectVerdict) -> str:
    ids = [str(finding.id) for finding in judged.findings]
    return f"{len(ids)}: {ids[0]}" + (", ..." if len(ids) > 1 else "") if ids else "0"
