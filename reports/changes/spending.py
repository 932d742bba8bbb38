"""What a run's answers took: time, tokens and, where the endpoint tells it, money."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.strict_json import read_json
from reports.changes.report import mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.rows.row import Row, RowSide


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What the API's answers took.

    Attributes:
        answers: that came.
        timed: of them, those that were asked in this run, and not taken from the cache.
        latency_median_s: of those, in seconds; None where there are none.
        latency_p95_s: below which 95 of 100 of them lie.
        prompt_tokens: of all answers together, as reported; None where none is.
        completion_tokens: the same of what was written.
        cost: of all answers together, as their responses tell it under `usage.cost`; None where not all do.
        requests: that were sent, retries among them.
    """

    answers: int
    timed: int
    latency_median_s: float | None
    latency_p95_s: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    requests: int


def spending_of(rows: Sequence[Row]) -> Spending:
    """Returns what the API's answers in `rows` took."""
    answered = [row.api for row in rows if row.api.failure is None]
    times = sorted(side.latency_s for side in answered if side.latency_s is not None and not side.cached)
    costs = [_cost(side) for side in answered]
    known = [cost for cost in costs if cost is not None]
    return Spending(
        answers=len(answered),
        timed=len(times),
        latency_median_s=statistics.median(times) if times else None,
        latency_p95_s=times[math.ceil(0.95 * len(times)) - 1] if times else None,
        prompt_tokens=_sum([side.prompt_tokens for side in answered]),
        completion_tokens=_sum([side.completion_tokens for side in answered]),
        cost=sum(known) if known and len(known) == len(costs) else None,
        requests=sum(row.api.attempts for row in rows if not row.api.cached),
    )


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _cost(side: RowSide) -> float | None:
    """Returns what a response says that it cost, as OpenRouter's do: https://openrouter.ai/docs/use-cases/usage-accounting."""
    cost = mapping(mapping(read_json(side.said).value).get("usage")).get("cost") if side.said else None
    return float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None
