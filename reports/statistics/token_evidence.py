"""What the API's own tokens show under the local model, as far as the judge needs it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TokenStanding(StrEnum):
    """How the margins of the API's tokens stand beside those of the reference's own legitimate variants."""

    EQUIVALENT = "equivalent"
    BEYOND = "beyond"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEvidence:
    """What reading the API's answers under the local model came to.

    Attributes:
        standing: beside the floor, which is the reference's own legitimate variants.
        says: a sentence without a full stop: what was read, and what it would have caught.
    """

    standing: TokenStanding
    says: str

    @property
    def shows_the_same_model(self) -> bool:
        """True where the tokens are those of the same model under the same prompt."""
        return self.standing is TokenStanding.EQUIVALENT
