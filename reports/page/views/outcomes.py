"""The flow of outcomes: what the API made of each example, beside what the local reference made of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reports.rows.flow import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.page.source import SubjectSource

#: From this share of the busiest cell on, a cell has the next heavier tint.
_TINTS: Final = (0.0, 0.15, 0.4, 0.7)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCell:
    """How many examples came to a pair of outcomes; `same` where the sides came to the same."""

    api: str
    local: str
    count: int
    tint: int
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView:
    """The table: a line for each outcome of the API, a column for each of the local reference."""

    across: Sequence[str]
    lines: Sequence[tuple[str, Sequence[FlowCell], int]]
    totals: Sequence[int]
    agreeing: int
    n: int


def kind_of(row: Mapping[str, Any], side: str) -> str:
    """Returns what a side made of an example: its label, or its outcome; `not asked` where it was asked nothing."""
    label, outcome = row.get(f"{side}_binary_label"), row.get(f"{side}_outcome")
    if label is not None:
        return f"label {int(label)}"
    return "not asked" if outcome is None else str(outcome)


def flow_view(subject: SubjectSource) -> FlowView:
    """Returns the table of a subject's rows."""
    counts = Counter((kind_of(row, "api"), kind_of(row, "local")) for row in subject.rows)
    down = _ordered({api for api, _ in counts})
    across = _ordered({local for _, local in counts})
    most = max(counts.values(), default=1)
    cells = {api: [_cell(api, local, counts[api, local], most) for local in across] for api in down}
    return FlowView(
        across=across,
        lines=[(api, cells[api], sum(cell.count for cell in cells[api])) for api in down],
        totals=[sum(counts[api, local] for api in down) for local in across],
        agreeing=sum(row.get("outcome_match") is True for row in subject.rows),
        n=len(subject.rows),
    )


def _ordered(found: set[str]) -> list[str]:
    return [*(kind for kind in KINDS if kind in found), *sorted(found - set(KINDS))]


def _cell(api: str, local: str, count: int, most: int) -> FlowCell:
    tint = sum(count > most * least for least in _TINTS)
    return FlowCell(api=api, local=local, count=count, tint=tint, same=api == local)
