"""The floor of margins: what a legitimate change of the reference does to the very tokens that the API wrote.

The reference and the changed reference both read the API's answers. Where they do not hold the same token for the
likeliest, the changed one would have written another: that is its margin there. So each answer gives two sums over the
same places, the API's own and the floor's, and where the API is no more than another legitimate computation of the same
model the two could be swapped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from backends.score import Score
    from reports.rows.variant_scores import VariantScores


#: More than this, in nats, no token's margin counts in a sum. Near-ties lie below it in every legitimate number format;
#: what lies above is told by how many such tokens there are. Otherwise one token, at which an expert was chosen by a
#: hair, would outweigh all ties of a hundred answers: in 280 of a faithful server one margin of 3.1 stood beside 1.5 of
#: all others together.
MOST_COUNTED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The margins of the API's answers beside those of one changed reference.

    Attributes:
        change: of the reference.
        pairs: by the id of an example, the API's counted sum of margins and the changed reference's, in nats.
        texts: by the id of an example, its text: those with one text are one observation.
        unlikely: places at which the changed reference would have written another token.
        greatest: its greatest margin, in nats; 0 where it has none.
        margins: by the id of an example, its margins above 0, in nats.
    """

    change: str
    pairs: Mapping[str, tuple[float, float]]
    texts: Mapping[str, str]
    unlikely: int
    greatest: float
    margins: Mapping[str, tuple[float, ...]] = field(default_factory=dict, hash=False)

    @property
    def api_sum(self) -> float:
        """Of the API's margins as they count, in nats."""
        return sum(own for own, _ in self.pairs.values())

    @property
    def floor_sum(self) -> float:
        """Of the changed reference's margins as they count, in nats."""
        return sum(floor for _, floor in self.pairs.values())

    def differences(self, times: float = 1.0) -> list[tuple[str, float]]:
        """Returns text and difference of each pair: the API's sum less so many times the floor's."""
        return [(self.texts[name], own - times * floor) for name, (own, floor) in self.pairs.items()]


def floors_of(
    answers: Mapping[str, tuple[str, Score]], variants: Sequence[VariantScores], least: float = 0.0
) -> tuple[Floor, ...]:
    """Returns the floor of each changed reference that read the API's answers, the greatest first.

    Args:
        answers: by the id of an example, its text and the score of the API's answer.
        variants: what the changed sides' scores are.
        least: margins up to this, in nats, do not count.
    """
    found = []
    for variant in variants:
        texts, pairs, by_example = {}, {}, {}
        for name, reading in variant.read.items():
            if name not in answers:
                continue
            text, own = answers[name]
            if own.tokens != reading.tokens:
                continue
            kept = [margin for margin in floor_margins(own, reading) if margin > least]
            mine = counted((token.margin for token in own.unlikely), least)
            texts[name], pairs[name] = text, (mine, counted(kept))
            by_example[name] = tuple(kept)
        margins = [margin for kept in by_example.values() for margin in kept]
        if pairs:
            found.append(
                Floor(
                    change=variant.change,
                    pairs=pairs,
                    texts=texts,
                    unlikely=len(margins),
                    greatest=max(margins, default=0.0),
                    margins=by_example,
                )
            )
    return tuple(sorted(found, key=lambda floor: -floor.floor_sum))


def counted(margins: Iterable[float], least: float = 0.0) -> float:
    """Returns the sum of margins as they count, in nats: those above `least`, each up to `MOST_COUNTED`."""
    return float(sum(min(margin, MOST_COUNTED) for margin in margins if margin > least))


def floor_margins(own: Score, changed: Score) -> list[float]:
    """Returns the margins of a changed reference on the tokens of one answer, in nats.

    Args:
        own: what the reference holds of the answer.
        changed: what the changed reference holds of it. Where the reference's likeliest token was written, and the
            changed one holds another for likelier, its own margin stands for what the reference would say of that
            other: they are as far apart. Where the changed one likes best what was written against the reference's
            liking, the reference has said it.
    """
    against = {token.position for token in own.unlikely}
    theirs = {token.position for token in changed.unlikely}
    other = [token.margin for token in changed.unlikely if token.position not in against]
    return other + [token.margin for token in own.unlikely if token.position not in theirs]
