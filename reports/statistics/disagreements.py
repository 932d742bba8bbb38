"""Disagreements: examples on which the two sides do not agree, by whether they would disagree again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.statistics.noise import OTHER_PRECISION, exceeds, precision_floor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.rows.row import Row
    from reports.statistics.criteria import CriterionResult
    from reports.statistics.noise import NoiseMeasurement

#: The probability with which the floor alone may bring about as many disagreements as are called systematic.
LEVEL = 0.01


@dataclass(frozen=True, slots=True)
class Disagreements:
    """Ids of the examples that do not agree.

    Attributes:
        systematic: both sides repeat themselves, or a finding explains them, or they are more than noise makes.
        random: a side does not repeat itself there, or they are as few as noise makes.
    """

    systematic: tuple[str, ...] = ()
    random: tuple[str, ...] = ()

    def as_data(self) -> dict[str, list[str]]:
        """Returns them as `verdict.json` tells them."""
        return {"systematic": list(self.systematic), "random": list(self.random)}


def disagreeing(rows: Iterable[Row], least: float) -> list[Row]:
    """Returns the rows with another outcome, or with answers less alike than `least`, 0 to 1."""
    return [row for row in rows if not row.outcomes_match or row.response_similarity < least]


def classify(
    rows: Sequence[Row],
    criteria: Sequence[CriterionResult],
    noise: Sequence[NoiseMeasurement],
    *,
    explained: bool,
) -> Disagreements:
    """Returns the disagreements of a run: another outcome, or answers less alike than the criterion asks for.

    Args:
        rows: of the results.
        criteria: their results, for the threshold of the similarity.
        noise: how far each side agrees with itself.
        explained: True where a finding was named: it explains all of them.
    """
    least = next((result.threshold for result in criteria if result.name == "response_similarity"), 0.0)
    odd = [row.example_id for row in disagreeing(rows, least)]
    beyond = explained or exceeds(len(odd), len(rows), *precision_floor(noise), LEVEL)
    again = [measured for measured in noise if measured.change not in OTHER_PRECISION]
    unsteady = {example for measured in again for example in measured.differing}
    api, local = (
        {example for measured in again if measured.side == side for example in measured.examples}
        for side in ("api", "local")
    )
    steady = (api & local) - unsteady
    systematic = tuple(example for example in odd if example in steady or (beyond and example not in unsteady))
    return Disagreements(systematic, tuple(example for example in odd if example not in systematic))
