"""A comparison as Markdown: tables of short cells, in which no text from outside is more than text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.changes.lines import SHOWN, outcome_line
from reports.changes.named import new_findings
from reports.markdown import cell, prose, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.changes.comparison import Comparison, SubjectComparison
    from reports.changes.flips import Flip


def comparison_markdown(compared: Comparison) -> str:
    """Returns the comparison as Markdown, free of credentials."""
    return "\n".join([*_sections(compared)]).rstrip() + "\n"


def _sections(compared: Comparison) -> Iterator[str]:
    yield "## Compared with an earlier run"
    yield ""
    yield f"**{cell(outcome_line(compared), length=1000)}**"
    yield ""
    yield f"{prose(compared.old)} (older) and {cell(compared.new)} (newer)."
    for one in compared.subjects:
        yield ""
        yield f"### {cell(one.new.id)}: {one.old.verdict or 'none'} → {one.new.verdict or 'none'}"
        yield ""
        yield from (f"- {prose(found.told, 300)}" for found in one.likeness.differences)
        if one.likeness.untold:
            yield f"- Not told in both reports: {cell(', '.join(one.likeness.untold), length=300)}"
        yield ""
        yield from _tables(one)
    yield from (f"\nNot compared: {cell(name)} is in {cell(report)} alone." for name, report in compared.unpaired)


def _tables(one: SubjectComparison) -> Iterator[str]:
    yield from table(("change", "what", "is"), ((change.kind, change.told, change.direction) for change in one.changes))
    yield from table(
        ("criterion", "older", "newer", "difference, 95% interval", "p", "n"),
        (
            (
                result.name,
                f"{result.old:.3f}",
                f"{result.new:.3f}",
                f"{result.difference:+.3f} ({result.interval[0]:+.3f} to {result.interval[1]:+.3f})",
                f"{result.corrected:.3f}",
                str(result.n),
            )
            for result in one.criteria
        ),
    )
    named = [("new", found) for found in new_findings(one.old, one.new)]
    named += [("gone", found) for found in new_findings(one.new, one.old)]
    yield from table(("finding", "is", "what"), ((found.id, word, found.title) for word, found in named))
    yield from _flips(one.flips, one.common)


def _flips(flips: Sequence[Flip], common: int) -> Iterator[str]:
    if not flips:
        return
    yield f"{len(flips)} of {common} answers came to something else{_first(flips)}:"
    yield ""
    yield from table(
        ("example", "conversation", "older", "newer", "reference", "older answer", "newer answer"),
        (
            (
                flip.example_id,
                flip.conv_id,
                flip.old,
                flip.new,
                flip.new_local or "",
                flip.old_answer or "",
                flip.new_answer or "",
            )
            for flip in flips[:SHOWN]
        ),
    )


def _first(flips: Sequence[Flip]) -> str:
    return f", the first {SHOWN}" if len(flips) > SHOWN else ""
