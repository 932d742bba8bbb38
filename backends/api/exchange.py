"""The raw body behind a client call.

`huggingface_hub` parses a response into objects in which a missing field and a null one look alike. What the server
really said is kept by a hook on the client's own HTTP session: it reads the body of the response that belongs to the
current thread's call. huggingface_hub 1.0 and later use httpx, earlier ones requests; both offer response hooks.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from huggingface_hub import get_session

from backends.api.content_coding import ACCEPTED
from backends.api.log_records import clear_log_records
from backends.api.redirects import refuse_redirect
from backends.api.watched_body import TooLong, is_open_ended, read_watched
from backends.statuses import FIRST_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Response headers that tell who answered; all others stay unrecorded, since some carry credentials.
RECORDED_HEADERS = (
    "server",
    "x-inference-provider",
    "x-request-id",
    "x-ratelimit-remaining",
    "retry-after",
    "content-type",
)


@dataclass(slots=True)
class Exchange:
    """One request and its response as bytes on the wire.

    Attributes:
        request_body: what was sent.
        status: the HTTP status; None where no response came, or not to its end.
        headers: the telling ones among the response's headers, lower case.
        response_body: what came back, to the letter.
        begun: the status of a response that has begun, whether or not it ends.
        arrived: its bytes so far, as they came.
        is_given_up: True once nobody waits for it any more.
        is_left_open: True where a stream has not ended behind its last event: then nobody waits for more.
        is_too_long: True where the response was longer than any answer: then its beginning stands for its body.
        is_open_ended: True where nothing but the end of the connection told where the body ends.
        is_probe: True where only its beginning matters.
        sent: when the request was sent, on the clock of `time.monotonic`.
        pieces: how many bytes had come by how many seconds after that.
    """

    request_body: bytes = field(default=b"", repr=False)
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    response_body: bytes | None = field(default=None, repr=False)
    begun: int | None = None
    arrived: bytearray = field(default_factory=bytearray, repr=False)
    is_given_up: bool = False
    is_left_open: bool = False
    is_too_long: bool = False
    is_open_ended: bool = False
    is_probe: bool = False
    sent: float = 0.0
    pieces: list[tuple[int, float]] = field(default_factory=list, repr=False)

    @property
    def is_stream(self) -> bool:
        """True where the response says that it is a stream of events."""
        return "event-stream" in self.headers.get("content-type", "")

    def clear(self) -> None:
        """Forgets everything, before another attempt."""
        self.take(Exchange())

    def take(self, other: Exchange) -> None:
        """Becomes what `other` is at this moment."""
        for one in fields(self):
            setattr(self, one.name, getattr(other, one.name))

    def note_piece(self) -> None:
        """Notes that one more piece of the body has come."""
        self.pieces.append((len(self.arrived), time.monotonic() - self.sent))

    def break_off(self) -> None:
        """Makes what has arrived so far of a response all of it; a status is one of whole responses."""
        self.response_body = None if self.begun is None else bytes(self.arrived)


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


@contextmanager
def capture_exchange(exchange: Exchange) -> Iterator[None]:
    """Lets the call made inside fill in `exchange`. The last response counts, if there are several.

    Redirects are followed to the same origin alone: any other one raises `NotFollowed`.
    """
    clear_log_records()
    _watch(get_session())
    token = _current.set(exchange)
    exchange.sent = time.monotonic()
    try:
        yield
    finally:
        _current.reset(token)


def _watch(session: Any) -> None:  # noqa: ANN401 - an httpx client or a requests session, by the library's version
    """Adds the hook to `session` once; the library may have made a new session since the last call."""
    session.headers["accept-encoding"] = ACCEPTED
    if hasattr(session, "event_hooks"):
        hooks = session.event_hooks
        if _record not in hooks["response"]:
            session.event_hooks = {**hooks, "response": [*hooks["response"], _record]}
    elif _record not in session.hooks["response"]:
        session.hooks["response"].append(_record)


def _record(response: Any, *_: object, **__: object) -> None:  # noqa: ANN401 - as above
    exchange = _current.get()
    if exchange is None:
        return
    refuse_redirect(response)
    if not exchange.is_probe and _is_preparation(response):
        return
    exchange.begun = response.status_code
    if exchange.is_probe:
        read_watched(response, exchange.arrived, lambda: exchange.is_given_up)
        return
    exchange.headers = {name: response.headers[name] for name in RECORDED_HEADERS if name in response.headers}
    exchange.status, exchange.response_body = None, None
    exchange.arrived.clear()
    exchange.pieces.clear()
    exchange.request_body = _request_body(response.request) or exchange.request_body
    exchange.is_open_ended = is_open_ended(response)
    try:
        exchange.response_body = read_watched(
            response, exchange.arrived, lambda: exchange.is_given_up, exchange.note_piece
        )
    except TooLong as error:
        exchange.is_too_long, exchange.response_body = True, error.beginning
        exchange.arrived.clear()
        raise
    # Only now: a connection that breaks while the body is read leaves an exchange without a response.
    exchange.status = response.status_code


def _is_preparation(response: Any) -> bool:  # noqa: ANN401 - as above
    """True for a look-up that the library makes first, such as who serves a model; a failed one is the call's end."""
    return bool(response.request.method != "POST" and response.status_code < FIRST_ERROR)


def _request_body(request: Any) -> bytes:  # noqa: ANN401 - as above
    """Returns what was sent; nothing where httpx sends it again behind a redirect and does not hold it."""
    if not hasattr(request, "stream"):
        return _as_bytes(request.body)
    try:
        content: bytes = request.content
    except Exception:  # noqa: BLE001 - httpx's own error, of whichever edition is there
        return b""
    return content


def _as_bytes(body: bytes | str | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""
