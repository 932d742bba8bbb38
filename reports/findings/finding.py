"""A Finding: a named fault, with its evidence and a way to reproduce it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.findings.diagnosis import Side
    from reports.findings.fault_id import FaultId


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A named fault.

    Attributes:
        id: of the fault that explains the evidence best.
        title: what a user sees.
        count: examples that show it; where no example does, wire checks.
        evidence: the best example or exchange, and what else shows it, as plain data.
        cause: what usually brings it about.
        reproduce: one command.
        resembles: reported cases.
        candidates: ids of other faults that the same evidence supports, the likelier first.
        distinguished_by: what would tell the candidates apart; empty where there are none.
        side: whose fault it is.
        switches: sentences that say with which switches a server does not show it.
    """

    id: FaultId
    title: str
    count: int
    evidence: Mapping[str, Any] = field(hash=False)
    cause: str
    reproduce: str
    resembles: tuple[str, ...] = ()
    candidates: tuple[FaultId, ...] = ()
    distinguished_by: str = ""
    side: Side = "api"
    switches: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Returns the finding as `verdict.json` tells it."""
        return {
            "id": self.id,
            "title": self.title,
            "side": self.side,
            "count": self.count,
            "evidence": dict(self.evidence),
            "reproduce": self.reproduce,
            "cause": self.cause,
            "resembles": list(self.resembles),
            "candidates": list(self.candidates),
            "told_apart_by": self.distinguished_by,
            "switches": list(self.switches),
        }
