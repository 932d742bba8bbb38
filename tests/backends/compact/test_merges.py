"""The merges are those that encoding by ranks comes by."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from backends.compact.merges import merges_of

_ALPHABET = (b"a", b"b", b"c")


def by_ranks(text: bytes, ranks: list[bytes]) -> list[bytes]:
    """Encodes as tiktoken does: of all neighbours that make a token, those of the lowest rank, the leftmost first."""
    parts = [text[at : at + 1] for at in range(len(text))]
    while True:
        found = [
            (ranks.index(left + right), at) for at, (left, right) in enumerate(pairwise(parts)) if left + right in ranks
        ]
        if not found:
            return parts
        at = min(found)[1]
        parts[at : at + 2] = [parts[at] + parts[at + 1]]


def by_merges(text: bytes, merges: list[tuple[bytes, bytes]]) -> list[bytes]:
    """Encodes as a `tokenizer.json` is read: of all neighbours, the first merge, leftmost first."""
    parts = [text[at : at + 1] for at in range(len(text))]
    while True:
        pairs = list(pairwise(parts))
        found = [(merges.index(pair), at) for at, pair in enumerate(pairs) if pair in merges]
        if not found:
            return parts
        at = min(found)[1]
        parts[at : at + 2] = [parts[at] + parts[at + 1]]


@given(
    longer=st.lists(st.text("abc", min_size=2, max_size=6).map(str.encode), unique=True, max_size=12),
    text=st.text("abc", max_size=16).map(str.encode),
)
def test_any_ranks_and_their_merges_encode_alike(longer: list[bytes], text: bytes) -> None:
    ranks = [*_ALPHABET, *longer]

    assert by_merges(text, list(merges_of(ranks))) == by_ranks(text, ranks)


def test_a_token_has_one_pair_the_last_that_is_joined() -> None:
    assert list(merges_of([*_ALPHABET, b"bc", b"ab", b"abc"])) == [(b"b", b"c"), (b"a", b"b"), (b"a", b"bc")]


def test_a_token_that_encoding_never_reaches_has_no_pair_of_its_own() -> None:
    assert list(merges_of([*_ALPHABET, b"abc"])) == []
