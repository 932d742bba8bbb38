"""A Change: one thing that is otherwise in a newer run, beyond chance, and whether that is worse."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """What changed."""

    VERDICT = "verdict"
    FINDING = "finding"
    CRITERION = "criterion"
    CHECK = "check"
    TOKENS = "tokens"
    SHIFT = "shift"


class Direction(StrEnum):
    """Whether a change is a regression (`WORSE`), the end of a fault (`BETTER`), or says neither (`OTHER`)."""

    WORSE = "worse"
    BETTER = "better"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is otherwise in a newer run.

    Attributes:
        kind: what changed.
        direction: whether it is worse.
        subject: the id of the subject, in the newer report.
        what: the id of a finding or a check, or the name of a criterion or a feature; empty for verdict and tokens.
        told: one clause.
    """

    kind: ChangeKind
    direction: Direction
    subject: str
    what: str
    told: str
