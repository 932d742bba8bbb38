"""What the answers became, as text: a small table, the API's outcomes down and the local reference's across."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from backends.completion import FinishReason
from reports.rows.flow import KINDS, Flow
from reports.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.rows.row import Row, RowSide

_WIDTH = max(map(len, KINDS))


def flow_lines(rows: Sequence[Row]) -> Iterator[str]:
    """Yields the table, how many labels each side gave, and what the API did where the reference labels.

    None where every example has two labels: the counts above have said it all.
    """
    flow = Flow(rows=rows)
    if flow.is_plain:
        return
    yield "what the answers became, API down and LOCAL across:"
    yield from _table(flow)
    api, local = flow.labels_given
    yield f"labels given: API {api}, LOCAL {local} of {len(rows)}; a refusal is an answer, and this gates nothing"
    if local:
        did = ", ".join(f"{count} {kind}" for kind, count in flow.where_reference_labels.most_common())
        yield f"where LOCAL gives a label ({local}), the API comes to: {did}"


def counts_of(sides: Sequence[RowSide]) -> str:
    """Returns the outcomes of one side, and how many of its answers took no request or more than one."""
    told = [f"{count} {kind}" for kind, count in Counter(side.outcome for side in sides).most_common()]
    if cached := sum(1 for side in sides if side.cached):
        told.append(f"{cached} from the cache")
    if retries := sum(max(0, side.attempts - 1) for side in sides):
        told.append(f"{retries} retries")
    told += [f"{count} with the finish reason {name}" for name, count in _foreign_reasons(sides).most_common()]
    return ", ".join(told)


def _foreign_reasons(sides: Sequence[RowSide]) -> Counter[str]:
    """Returns the finish reasons outside the protocol's vocabulary as they came, and how often each did."""
    foreign = [side for side in sides if side.finish_reason is FinishReason.UNKNOWN]
    told = (side.told_finish_reason for side in foreign)
    return Counter(excerpt(name) for name in told if name not in (None, str(FinishReason.UNKNOWN)))


def audit_lines(rows: Sequence[Row]) -> Iterator[str]:
    """Yields what the API's answers became, with no reference beside them, and how many the local model has read."""
    yield f"API      {counts_of([row.api for row in rows])}"
    flow = Flow(rows=rows)
    told = ", ".join(f"{flow.of_api[kind]} {kind}" for kind in KINDS if flow.of_api[kind])
    yield f"what the answers became: {told}; no reference stands beside it, and this gates nothing"
    unread = Counter(str(row.api_unscored.kind) for row in rows if row.api_unscored is not None)
    left = f" ({', '.join(f'{count} {kind}' for kind, count in unread.most_common())})" if unread else ""
    yield f"LOCAL    read {sum(row.api_score is not None for row in rows)} of {len(rows)} answers of the API{left}"


def _table(flow: Flow) -> Iterator[str]:
    across = flow.kinds_of_local
    yield _line("", across)
    for kind in flow.kinds_of_api:
        yield _line(kind, [str(flow.counts[kind, other] or ".") for other in across])


def _line(head: str, cells: Sequence[str]) -> str:
    return f"  {head:<{_WIDTH}}" + "".join(f"  {cell:>{_WIDTH}}" for cell in cells)
