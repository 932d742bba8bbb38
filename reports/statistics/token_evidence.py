"""What the API's own tokens show under the local model: no more than a legitimate change of it, or another writer.

The test is paired over examples. Where the API is one more legitimate computation of the same model, behind the same
prompt, its margins and those of a changed reference on the same places could be swapped, so the test of their
differences is exact. It accuses only beyond a size that legitimate computations do not show.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reports.statistics.noise import OTHER_PRECISION
from reports.statistics.probability import told_p
from reports.statistics.resampling import CONFIDENCE, chance_of_fall, clustered, greatest_mean
from reports.statistics.token_floor import MOST_COUNTED, Floor, counted, floors_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from backends.score import Score
    from reports.rows.row import Row
    from reports.rows.variant_scores import VariantScores

#: The probability with which a legitimate server may lie beyond each change of the reference by chance.
LEVEL = 0.001

#: The same for what is told without accusing.
TOLD_LEVEL = 0.05

#: So many times the floor's sum of margins a legitimate server may reach. Other roundings move each token's logits by
#: an error; both how many likeliest tokens change and by how much grow with it, so the sum grows with its square. Four
#: times the sum is twice the error of the greatest legitimate change: a number format with one bit less.
LEAST_TIMES = 4.0

#: A sum below this many nats is told as 0.0, and a multiple of that tells nobody anything.
_TOLD_NATS = 0.05

#: Fewer scored answers than this show no sameness. Ten answers that all lie beyond the floor are what `LEVEL` takes, so
#: of 40 a writer is caught who leaves the reference's way in a quarter more of the answers than the floor does.
FEWEST_SCORED = 40

#: So many answers that all lie beyond the floor are what `LEVEL` takes.
_FEWEST_BEYOND = 10

#: Where no other precision is in the floor, margins up to this, in nats, do not count: bfloat16 keeps 8 bits, so logits
#: of 32 to 64 lie 0.25 apart, and a server may well compute in it.
GRAIN = 0.5


class TokenStanding(StrEnum):
    """How the margins of the API's tokens stand beside those of the reference's own legitimate variants.

    `UNDECIDED` is thin evidence: too few scored answers, no floor, or too much spread to tell.
    """

    EQUIVALENT = "equivalent"
    BEYOND = "beyond"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEvidence:
    """What reading the API's answers under the local model came to.

    Attributes:
        standing: beside the floor, which is the reference's own legitimate variants.
        says: a sentence without a full stop: what was read, and what it would have caught.
        scored: answers that have a score.
        tokens: of them, that count.
        unlikely: of these, those that are not the reference's likeliest.
        margin_sum: by how much others were likelier, summed as `counted` does, in nats.
        floor: the greatest legitimate change; None where none was read.
        p_beyond: the probability that a legitimate server lies so far beyond each change; 1 where there is no floor.
        near_tie: the greatest margin of a legitimate change, in nats: up to it a token was nearly as likely; None where
            there is no floor.
        decisive: by the id of an example, how many of its tokens have a greater margin.
        other_precision: True where the margins are not the same computation's, and not beyond what is legitimate.
    """

    standing: TokenStanding
    says: str
    scored: int = 0
    tokens: int = 0
    unlikely: int = 0
    margin_sum: float = 0.0
    floor: Floor | None = None
    p_beyond: float = 1.0
    near_tie: float | None = None
    decisive: dict[str, int] = field(default_factory=dict, hash=False)
    other_precision: bool = False

    @property
    def shows_the_same_model(self) -> bool:
        """True where the tokens are those of the same model under the same prompt."""
        return self.standing is TokenStanding.EQUIVALENT

    def explains(self, row: Row) -> bool:
        """Returns whether an answer is one that the same model may write, whatever else it wrote: whole, all near-ties.

        False where the tokens of all answers together are not shown to be the same model's.
        """
        is_read = row.api_score is not None and row.api.is_well_formed
        return self.shows_the_same_model and is_read and row.example_id not in self.decisive

    @property
    def is_beyond(self) -> bool:
        """True where no legitimate computation of the same model behind the same prompt writes these tokens."""
        return self.standing is TokenStanding.BEYOND

    @property
    def times(self) -> float | None:
        """How many times the floor's sum the API's is; None where there is no floor, or it is 0."""
        if self.floor is None or not self.floor.floor_sum:
            return None
        return self.floor.api_sum / self.floor.floor_sum

    def is_beyond_without(self, odd: Collection[str]) -> bool:
        """Returns whether the other answers lie beyond the floor too, where these are left out, by their ids."""
        return self._standing_without(odd)[1] is TokenStanding.BEYOND

    def is_within_without(self, odd: Collection[str]) -> bool:
        """Returns whether the other answers are within the floor, where these are left out, by their ids.

        False where so few are left that even writers of nothing but nonsense would not lie beyond it.
        """
        left, standing = self._standing_without(odd)
        return left >= _FEWEST_BEYOND and standing is not TokenStanding.BEYOND

    def _standing_without(self, odd: Collection[str]) -> tuple[int, TokenStanding]:
        """Returns how many of the floor's answers are left, and how they stand beside it."""
        if self.floor is None:
            return 0, TokenStanding.UNDECIDED
        rest = {name: pair for name, pair in self.floor.pairs.items() if name not in odd}
        if not rest:
            return 0, TokenStanding.UNDECIDED
        floor = replace(self.floor, pairs=rest)
        return len(rest), _standing(floor, _chance_beyond(floor))

    def as_data(self) -> dict[str, Any]:
        """Returns it as `verdict.json` tells it, margins in nats."""
        floor = None
        if self.floor is not None:
            floor = {
                "change": self.floor.change,
                "n": len(self.floor.pairs),
                "api_margin_sum": self.floor.api_sum,
                "margin_sum": self.floor.floor_sum,
                "margin_greatest": self.floor.greatest,
                "unlikely": self.floor.unlikely,
            }
        names = ("scored", "tokens", "unlikely", "margin_sum", "p_beyond", "near_tie", "other_precision", "says")
        told = {name: getattr(self, name) for name in names}
        return {"standing": str(self.standing), **told, "decisive_examples": len(self.decisive), "floor": floor}


def token_evidence_of(rows: Sequence[Row], variants: Sequence[VariantScores]) -> TokenEvidence | None:
    """Returns what the API's tokens show; None where nobody scored any.

    Args:
        rows: of the results.
        variants: what the reference said of its changed sides' answers, and its changed sides of the API's.
    """
    scored = {row.example_id: (row.text, row.api_score) for row in rows if row.api_score is not None}
    return token_evidence(scored, variants)


def token_evidence(answers: Mapping[str, tuple[str, Score]], variants: Sequence[VariantScores]) -> TokenEvidence | None:
    """Returns the same of `answers`: by the id of an example, its text and the score of the API's answer."""
    if not answers:
        return None
    scores = {name: score for name, (_, score) in answers.items()}
    changes = {variant.change for variant in variants if variant.read}
    floors = floors_of(answers, variants, 0.0 if changes & OTHER_PRECISION else GRAIN)
    greatest = floors[0] if floors else None
    p_beyond = max((_chance_beyond(floor) for floor in floors), default=1.0)
    limit = max((floor.greatest for floor in floors), default=0.0)
    counts = {name: sum(token.margin > limit for token in one.unlikely) for name, one in scores.items()}
    found = TokenEvidence(
        standing=_standing(greatest, p_beyond),
        says="",
        scored=len(scores),
        tokens=sum(one.tokens for one in scores.values()),
        unlikely=sum(len(one.unlikely) for one in scores.values()),
        margin_sum=sum(counted(token.margin for token in one.unlikely) for one in scores.values()),
        floor=greatest,
        p_beyond=p_beyond,
        near_tie=limit if floors else None,
        decisive={name: count for name, count in counts.items() if count} if floors else {},
        other_precision=_is_other_precision(floors),
    )
    return replace(found, says=_says(found))


def _chance_beyond(floor: Floor) -> float:
    """Returns the probability that a legitimate server lies so far beyond one change of the reference."""
    return chance_of_fall(clustered((text, -difference) for text, difference in floor.differences()))


def _standing(greatest: Floor | None, p_beyond: float) -> TokenStanding:
    if greatest is None:
        return TokenStanding.UNDECIDED
    if p_beyond < LEVEL and greatest.api_sum > LEAST_TIMES * greatest.floor_sum:
        return TokenStanding.BEYOND
    if len(greatest.pairs) < FEWEST_SCORED:
        return TokenStanding.UNDECIDED
    # So many times the floor, with the confidence of every bound, is out of reach: then the same model wrote it.
    room = clustered(greatest.differences(LEAST_TIMES))
    silent = not greatest.api_sum
    return TokenStanding.EQUIVALENT if silent or greatest_mean(room) < 0 else TokenStanding.UNDECIDED


def _is_other_precision(floors: Sequence[Floor]) -> bool:
    """Returns whether the margins are beyond those of every change that keeps the precision, if any was read."""
    same = [floor for floor in floors if floor.change not in OTHER_PRECISION]
    return bool(same) and all(_chance_beyond(floor) < TOLD_LEVEL for floor in same)


def _says(found: TokenEvidence) -> str:
    read = (
        f"of {found.tokens} tokens in {found.scored} answers {found.unlikely} are not the likeliest of the "
        f"local model, by {found.margin_sum:.1f} nats together (each counts up to {MOST_COUNTED})"
    )
    if found.floor is None:
        return f"{read}; no changed reference has read them, so there is nothing to hold this against"
    floor = f"{found.floor.floor_sum:.1f} under the greatest of its own legitimate changes ({found.floor.change})"
    if found.standing is TokenStanding.BEYOND:
        return f"{read}, where it is {floor}: beyond what is legitimate ({told_p(found.p_beyond)})"
    if found.standing is TokenStanding.EQUIVALENT:
        same = f"{read}, where it is {floor}: the same model behind the same prompt"
        if found.floor.floor_sum < _TOLD_NATS:
            return same
        return (
            f"{same}; {LEAST_TIMES:.0f} times as much would have been told as another one ({CONFIDENCE:.0%} confidence)"
        )
    return f"{read}, where it is {floor}: too few, or too uneven, to tell"
