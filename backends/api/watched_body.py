"""A response's body, read piece by piece, so that it can be given up in its middle and never fills the memory."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

from backends.api.content_coding import BrokenOff, NotSoCoded, decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Bytes of a body that is longer than any answer, as it comes and with its coding undone. gpt-oss writes at most
#: 131,072 tokens: about 0.6 MB of English, 1.5 MB of a script of which JSON escapes every character.
LONGEST_BODY = 8 * 1024 * 1024

#: Bytes that are kept as evidence of such a body, and of any other one in which no answer was found; and a while more,
#: in which a credential that lies across the end is still whole.
KEPT_OF_TOO_LONG, _FOR_REDACTION = 256 * 1024, 4 * 1024

_PIECE = 64 * 1024


class GivenUp(Exception):  # noqa: N818 - it says what is the case
    """Nobody waits for the rest of the body."""


class TooLong(Exception):  # noqa: N818 - as above
    """The body is longer than any answer. `beginning` is what is kept of it."""

    def __init__(self, beginning: bytes) -> None:
        super().__init__(f"more than {LONGEST_BODY} bytes")
        self.beginning = beginning


def read_watched(
    response: Any,  # noqa: ANN401 - an httpx or a requests response
    arrived: bytearray,
    given_up: Callable[[], bool],
    noted: Callable[[], None] = lambda: None,
) -> bytes:
    """Returns the body of a response, its content coding undone; as it came where that cannot be undone.

    The response is then one of which the HTTP library has read this body.

    Args:
        response: whose body nobody has read yet.
        arrived: grows with what has come, as it came.
        given_up: tells whether nobody waits any more.
        noted: is called when a piece has come.

    Raises:
        GivenUp: nobody does.
        TooLong: the body is longer than `LONGEST_BODY`, as it comes or with its coding undone.
        BrokenOff: it ends with the connection, before what it holds does.
        Exception: the HTTP library's own, where the connection breaks.
    """
    source = response.stream if _is_httpx(response) else response.raw
    watched = _watched(_pieces(response), arrived, given_up, noted)
    coding = response.headers.get("content-encoding", "")
    try:
        body = _undone(watched, arrived, coding, given_up)
    except BrokenOff:
        if is_open_ended(response):
            raise
        body = bytes(arrived)
    finally:
        source.close()
    _hand_on(response, body)
    return body


def is_open_ended(response: Any) -> bool:  # noqa: ANN401 - as above
    """Returns whether nothing but the end of the connection tells where the body ends (RFC 9112, section 6.3)."""
    return not {"content-length", "transfer-encoding"} & {name.lower() for name in response.headers}


def _is_httpx(response: Any) -> bool:  # noqa: ANN401 - as above
    return hasattr(response, "read")


def _pieces(response: Any) -> Iterable[bytes]:  # noqa: ANN401 - as above
    if _is_httpx(response):
        pieces: Iterable[bytes] = response.stream
        return pieces
    streamed: Iterable[bytes] = response.raw.stream(_PIECE, decode_content=False)
    return streamed


def _watched(
    pieces: Iterable[bytes], arrived: bytearray, given_up: Callable[[], bool], noted: Callable[[], None]
) -> Iterator[bytes]:
    for piece in pieces:
        if given_up():
            raise GivenUp
        arrived.extend(piece)
        noted()
        _require_answer_size(arrived)
        yield piece


def _undone(watched: Iterator[bytes], arrived: bytearray, coding: str, given_up: Callable[[], bool]) -> bytes:
    body = bytearray()
    try:
        for piece in decoded(watched, coding):
            if given_up():
                raise GivenUp
            body.extend(piece)
            _require_answer_size(body)
    except NotSoCoded:
        for _ in watched:
            pass
        return bytes(arrived)
    except TooLong as error:
        raise TooLong(_beginning(body) or error.beginning) from None
    return bytes(body)


def _require_answer_size(body: bytearray) -> None:
    if len(body) > LONGEST_BODY:
        raise TooLong(_beginning(body))


def _beginning(body: bytearray) -> bytes:
    return bytes(body[: KEPT_OF_TOO_LONG + _FOR_REDACTION])


def _hand_on(response: Any, body: bytes) -> None:  # noqa: ANN401 - as above
    """Lets the HTTP library read `body` as the response's own. The class of its stream is the library's."""
    response.headers.pop("content-encoding", None)
    if not _is_httpx(response):
        response.raw = io.BytesIO(body)
        return
    library = sys.modules[type(response).__module__.partition(".")[0]]
    response.stream = library.ByteStream(body)
    response.read()
