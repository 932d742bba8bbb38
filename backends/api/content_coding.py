"""Undoes the content coding of a body piece by piece, in little memory: a small body may stand for gigabytes.

Law: RFC 9110, section 8.4.1; of gzip RFC 1952, of deflate RFC 1950, and RFC 1951 for servers that leave its frame out.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

#: What requests say that they accept: no more than can be undone here within bounds.
ACCEPTED = "gzip, deflate"

#: More codings on top of each other than this are nobody's who means well.
_MOST_CODINGS = 2

#: The most bytes that come out at once, whatever goes in.
_MOST_AT_ONCE = 64 * 1024

_GZIP, _ZLIB, _BARE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class NotSoCoded(Exception):  # noqa: N818 - it says what is the case
    """The body is not coded as its header says, or in a way that nobody asked for."""


class BrokenOff(Exception):  # noqa: N818 - as above
    """The body ended before what it holds did."""


def decoded(pieces: Iterable[bytes], content_encoding: str) -> Iterator[bytes]:
    """Yields a body with its content coding undone, never more than a little at once.

    Args:
        pieces: of the body, as they come.
        content_encoding: the header's value, the coding that was applied first in front; empty for none.

    Raises:
        NotSoCoded, BrokenOff: see there.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    applied = [name for name in names if name not in ("", "identity")]
    if len(applied) > _MOST_CODINGS or not set(applied) <= _CODINGS.keys():
        raise NotSoCoded(", ".join(applied))
    for name in reversed(applied):
        pieces = _CODINGS[name](pieces)
    yield from pieces


def _gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield from _inflated(pieces, lambda _: _GZIP)


def _undeflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield from _inflated(pieces, lambda first: _ZLIB if _has_zlib_head(first) else _BARE)


def _has_zlib_head(first: bytes) -> bool:
    """Returns whether a body begins as RFC 1950, section 2.2, says; one byte alone is taken for such a beginning."""
    return first[0] & 0x0F == zlib.DEFLATED and (len(first) == 1 or int.from_bytes(first[:2], "big") % 31 == 0)


def _inflated(pieces: Iterable[bytes], window: Callable[[bytes], int]) -> Iterator[bytes]:
    inflating = None
    for piece in pieces:
        if not piece:
            continue
        inflating = inflating or zlib.decompressobj(window(piece))
        try:
            while piece and not inflating.eof:
                yield inflating.decompress(piece, _MOST_AT_ONCE)
                piece = inflating.unconsumed_tail  # noqa: PLW2901 - what is left of it
        except zlib.error as error:
            raise NotSoCoded(str(error)) from error
    if inflating is not None and not inflating.eof:
        raise BrokenOff("the compressed body ended before its end")


_CODINGS: Mapping[str, Callable[[Iterable[bytes]], Iterator[bytes]]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _undeflated,
}
