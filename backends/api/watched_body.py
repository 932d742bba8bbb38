"""A response's body, read piece by piece, so that it can be given up in its middle and never fills the memory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Bytes of a body that is longer than any answer: the longest that gpt-oss can give takes a hundredth of it.
LONGEST_BODY = 64 * 1024 * 1024


class GivenUp(Exception):  # noqa: N818 - it says what is the case
    """Nobody waits for the rest of the body."""


class TooLong(Exception):  # noqa: N818 - as above
    """The body is longer than any answer."""


def read_watched(response: Any, arrived: bytearray, given_up: Callable[[], bool]) -> bytes:  # noqa: ANN401 - an httpx or a requests response
    """Returns the body of a response, its content coding undone; as it came where that cannot be undone.

    Args:
        response: whose body nobody has read yet.
        arrived: grows with what has come, as it came.
        given_up: tells whether nobody waits any more.

    Raises:
        GivenUp: nobody does.
        TooLong: the body is longer than `LONGEST_BODY`.
        Exception: the HTTP library's own, where the connection breaks.
    """
    if not hasattr(response, "read"):
        # requests hands out larger pieces only; its bodies are given up between requests.
        whole: bytes = response.content
        arrived += whole
        return whole
    response.stream = _watched(response, arrived, given_up)
    try:
        read: bytes = response.read()
    except Exception as error:
        if not _is_of_the_coding(error):
            raise
        return bytes(arrived)
    return read


def _is_of_the_coding(error: Exception) -> bool:
    """Returns whether the body came whole and is not coded as its header says."""
    return type(error).__name__ == "DecodingError"


def _watched(response: Any, arrived: bytearray, given_up: Callable[[], bool]) -> Any:  # noqa: ANN401 - as above
    """Returns a response's stream, watched. Its class is the HTTP library's: httpx reads no other."""
    library = sys.modules[type(response).__module__.partition(".")[0]]
    inner = response.stream

    class Watched(library.SyncByteStream):  # type: ignore[misc, name-defined]  # of whichever edition is there
        def __iter__(self) -> Iterator[bytes]:
            for piece in inner:
                if given_up():
                    raise GivenUp
                arrived.extend(piece)
                if len(arrived) > LONGEST_BODY:
                    raise TooLong
                yield piece

        def close(self) -> None:
            inner.close()

    return Watched()
