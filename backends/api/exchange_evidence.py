"""An exchange as evidence: what was sent and what came back, as text without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.api.first_token import first_token_s
from backends.api.watched_body import KEPT_OF_TOO_LONG
from backends.raw_reply import RawReply, evidence_of
from backends.secrets import redact
from backends.strict_json import first_byte_that_is_no_text

if TYPE_CHECKING:
    from backends.api.exchange import Exchange


def evidence(exchange: Exchange, *, most: int | None = None) -> str:
    """Returns an exchange as JSON text, cleared of credentials.

    Args:
        exchange: what went over the wire.
        most: characters of its body, of one that no answer was found in; None for all.
    """
    if exchange.status is None and not exchange.request_body:
        return ""
    return evidence_of(
        request=shown(exchange.request_body),
        status=exchange.status,
        headers=shown_headers(exchange),
        response=_shown_body(exchange, most),
        no_text_at=first_byte_that_is_no_text(exchange.response_body or b""),
        left_open=exchange.is_left_open,
    )


def raw_reply(exchange: Exchange, *, status: int, attempts: int) -> RawReply:
    """Returns an exchange that got the response `status` as a raw reply, cleared of credentials."""
    return RawReply(
        status=status,
        headers=shown_headers(exchange),
        body=_shown_body(exchange),
        request=shown(exchange.request_body),
        attempts=attempts,
        no_text_at=first_byte_that_is_no_text(exchange.response_body or b""),
        left_open=exchange.is_left_open,
        first_token_s=_first_token_s(exchange),
    )


def _first_token_s(exchange: Exchange) -> float | None:
    """Returns when a stream's first token came; None for what is no stream, or came in a coding of its own."""
    body = exchange.response_body
    if not exchange.is_stream or body is None or body != exchange.arrived:
        return None
    return first_token_s(body, exchange.pieces)


def shown_headers(exchange: Exchange) -> dict[str, str]:
    """Returns the telling headers without credentials."""
    return {name: redact(value) for name, value in exchange.headers.items()}


def _shown_body(exchange: Exchange, most: int | None = None) -> str | None:
    if exchange.response_body is None:
        return None
    text = shown(exchange.response_body)
    return text[: KEPT_OF_TOO_LONG if exchange.is_too_long else most]


def shown(body: bytes) -> str:
    """Returns a body as text without credentials. They go before anything is cut: half a token is still a secret."""
    return redact(body.decode("utf-8", "replace"))
