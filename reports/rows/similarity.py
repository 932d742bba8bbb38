"""How alike two texts are."""

from __future__ import annotations

from rapidfuzz.distance import Indel


def similarity(one: str | None, other: str | None) -> float:
    """Returns the normalised similarity of two texts, 0 to 1: twice the longest common subsequence over both lengths.

    A missing or empty text is like nothing: it gives 0, also against another missing one.
    """
    if not one or not other:
        return 0.0
    return float(Indel.normalized_similarity(one, other))
