"""What an error inside a stream means: what a gateway or a limit says there is no more its answer than a status is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.api.chat_stream import read_chat_stream
from backends.api.exchange_evidence import shown
from backends.api.retries import TransientError
from backends.errors import AccountRefused, BackendUnreachable
from backends.plain_text import printable_lines
from backends.secrets import redact
from backends.statuses import FIRST_ERROR, PASSING, Meant

if TYPE_CHECKING:
    from backends.api.endpoint import Endpoint
    from backends.api.exchange import Exchange


def raise_for_stream(exchange: Exchange, endpoint: Endpoint) -> None:
    """Raises where a stream tells of an error that is about the account, or that may pass by itself.

    Raises:
        AccountRefused: the endpoint does not serve the account.
        TransientError: it may be tried again.
    """
    body = exchange.response_body or b""
    if (exchange.status or FIRST_ERROR) >= FIRST_ERROR or b"error" not in body:
        return
    # Credentials go before anything is cut: half a token is still a secret.
    error = read_chat_stream(shown(body)).error
    words = "" if error is None else printable_lines(redact(error.words))
    said = f"{endpoint.place} answered a stream with an error in it: {words}"
    if error is not None and error.meant is Meant.ACCOUNT:
        raise AccountRefused(said)
    if error is not None and error.meant in PASSING:
        raise TransientError(BackendUnreachable(said))
