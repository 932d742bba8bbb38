"""What a rule has seen, before it is told as a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.checks.check import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What shows a fault.

    Attributes:
        ids: of the faults that it supports, the likeliest first; never empty.
        rows: examples that show it, the best one first.
        checks: wire checks that show it, the best one first.
        apart: what would tell the faults apart, where there are several.
        side: whose fault it is: `api`, or `local` where the reference itself has drifted.
        lines: what was seen, where no answer tells it.
    """

    ids: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]] = ()
    checks: Sequence[Check] = ()
    apart: str = ""
    side: str = "api"
    lines: Sequence[str] = ()
