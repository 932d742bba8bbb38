"""The merges of a byte-pair encoding, from the ranks of its tokens.

tiktoken keeps ranks alone: of all pairs of neighbours whose bytes together are a token it joins the pair of the lowest
rank, the leftmost first. A `tokenizer.json` names the pairs instead. The pair that makes a token is the last one that
is joined when the token's own bytes are encoded: what lies beside them in a text cannot change the order within them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Pair: TypeAlias = tuple[bytes, bytes]


def merges_of(ranks: Sequence[bytes]) -> Iterator[Pair]:
    """Yields the pair that makes each token of two bytes and more, in the order of their ranks.

    A token that encoding never reaches has no pair: it is found only where a whole piece of the text is that token.
    """
    rank_of = {token: rank for rank, token in enumerate(ranks)}
    for token in ranks:
        if len(token) > 1 and (pair := _last_pair(token, rank_of)) is not None:
            yield pair


def _last_pair(token: bytes, rank_of: Mapping[bytes, int]) -> Pair | None:
    halves = [at for at in range(1, len(token)) if token[:at] in rank_of and token[at:] in rank_of]
    if len(halves) == 1:  # a pair that encoding never reaches does no harm: it is never seen
        return token[: halves[0]], token[halves[0] :]
    parts = _encoded_to_two(token, rank_of)
    return (parts[0], parts[1]) if parts is not None else None


def _encoded_to_two(token: bytes, rank_of: Mapping[bytes, int]) -> list[bytes] | None:
    """Returns the two parts of `token` before the last is joined, or None where more than two remain."""
    parts = [token[at : at + 1] for at in range(len(token))]
    never = len(rank_of)
    ranks = [rank_of.get(left + right, never) for left, right in pairwise(parts)]
    while len(parts) > 2:  # noqa: PLR2004 - a pair
        lowest = min(ranks)
        if lowest == never:
            return None
        at = ranks.index(lowest)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
        del ranks[at]
        if at > 0:
            ranks[at - 1] = rank_of.get(parts[at - 1] + parts[at], never)
        if at < len(ranks):
            ranks[at] = rank_of.get(parts[at] + parts[at + 1], never)
    return parts
