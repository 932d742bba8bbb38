"""The words of a verdict, and a ruling: one of them with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Judgement(StrEnum):
    """The three verdicts."""

    CONFORMS = "conforms"
    DIFFERS = "differs"
    NO_VERDICT = "no-verdict"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A judgement and its reason. Each step of the judge takes one and returns one.

    Attributes:
        judgement: one of the three.
        reason: for a reader who was not there, in whole sentences.
    """

    judgement: Judgement
    reason: str

    @property
    def accuses(self) -> bool:
        """True where the judgement is `differs`."""
        return self.judgement is Judgement.DIFFERS
