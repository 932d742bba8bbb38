"""What a rule has seen, before it is told as a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.checks.check import Check
    from reports.findings.fault_id import FaultId
    from reports.rows.row import Row

#: Whose fault it is: the endpoint's, or that of a local reference that has drifted.
Side: TypeAlias = Literal["api", "local"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What shows a fault.

    Attributes:
        ids: of the faults that it supports, the likeliest first; never empty.
        tied: how many of the first of them the evidence supports alike, so that their order says nothing.
        rows: examples that show it, the best one first.
        checks: wire checks that show it, the best one first.
        shown_by: names of exchanges of the best check that show it, where only some of them do.
        times: how often the request about an example must be made to show it.
        distinguished_by: what would tell the faults apart, where there are several.
        side: whose fault it is.
        lines: what was seen, where no answer tells it.
    """

    ids: tuple[FaultId, ...]
    rows: Sequence[Row] = ()
    checks: Sequence[Check] = ()
    distinguished_by: str = ""
    side: Side = "api"
    lines: Sequence[str] = ()
    tied: int = 1
    shown_by: Sequence[str] = ()
    times: int = 1
