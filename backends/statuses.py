"""Whom an HTTP error status is about: the one table of statuses, with their sources.

What the user's account, the address, a limit or a gateway does says nothing about what an endpoint serves. Sources:
RFC 9110, section 15, and the IANA registry for what is registered there; Cloudflare's "5xx errors" for 520 to 530;
nginx's `ngx_http_request.h` for 494 to 499; the AWS load balancer's "HTTP status codes" for 460 to 464 and 561;
Anthropic's "Errors" for 529; text-generation-inference's `server.rs` for 424. The codes in bodies are those of OpenAI's
"Error codes" and of Anthropic's "Errors".
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from backends.error_body import error_in, is_of_a_guard

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where HTTP's error statuses and, among them, the server's own begin.
FIRST_ERROR, FIRST_SERVER_ERROR = 400, 500

#: Statuses between success and error: the address leads elsewhere, and the client has followed as far as it could.
_FIRST_REDIRECT = 300


class Meant(StrEnum):
    """Whom an error is about."""

    ACCOUNT = "account"
    ADDRESS = "address"
    LIMIT = "limit"
    GATEWAY = "gateway"
    REQUEST = "request"
    SERVER = "server"


#: Of an HTTP status.
_DIGITS = 3

#: About the account, the address or the way to the server: nobody's fault, whatever was asked.
NOT_THE_ENDPOINTS = frozenset({Meant.ACCOUNT, Meant.ADDRESS, Meant.LIMIT, Meant.GATEWAY})

#: What may pass by itself: the request is sent again.
PASSING = frozenset({Meant.LIMIT, Meant.GATEWAY})

#: A conflict is about the request, and may be one with another request: OpenAI's own clients send it again.
CONFLICT = 409

#: Statuses that are not told by their hundred alone: the others of 400 are about the request, of 500 the server's own.
_STATUSES: Mapping[int, Meant] = {
    **dict.fromkeys((401, 402, 403, 451, 561), Meant.ACCOUNT),
    **dict.fromkeys((404, 410), Meant.ADDRESS),
    **dict.fromkeys((429, 509, 529), Meant.LIMIT),
    **dict.fromkeys((407, 408, 421, 425, 460, 463, 464, 494, 495, 496, 497, 499), Meant.GATEWAY),
    **dict.fromkeys((502, 503, 504, 511, *range(520, 528), 530, 598, 599), Meant.GATEWAY),
    424: Meant.SERVER,
}

#: What an error's `code` or `type` says more plainly than its status: an empty account comes as 400, 429 or 403.
_CODES: Mapping[str, Meant] = {
    **dict.fromkeys(
        (
            "account_deactivated",
            "authentication_error",
            "billing_error",
            "billing_hard_limit_reached",
            "billing_not_active",
            "insufficient_quota",
            "invalid_api_key",
            "permission_error",
            "unsupported_country_region_territory",
        ),
        Meant.ACCOUNT,
    ),
    **dict.fromkeys(("overloaded_error", "rate_limit_error", "rate_limit_exceeded"), Meant.LIMIT),
}


def meant_by(status: int) -> Meant | None:
    """Returns whom a status is about; None where it is none of an error."""
    if status < _FIRST_REDIRECT:
        return None
    if status < FIRST_ERROR:
        return Meant.ADDRESS
    return _STATUSES.get(status, Meant.REQUEST if status < FIRST_SERVER_ERROR else Meant.SERVER)


def meant_by_reply(status: int, body: bytes | str | None) -> Meant | None:
    """Returns whom a reply is about, by its status and by what its error says of itself; None where it is no error.

    Routers that have begun to answer give an error with a good status (OpenRouter, "Errors"): there the code of an
    error that takes the answer's place counts, as far as it is about the account or a limit.
    """
    meant, said = meant_by(status), error_in(body)
    if meant is not None:
        # A guard refuses this text, whoever asks and as often as it is asked: OpenRouter's does so with 403.
        is_refused = meant in NOT_THE_ENDPOINTS and is_of_a_guard(said)
        return Meant.REQUEST if is_refused else _by_name(said) or meant
    told = meant_by_error(said)
    return told if told in (Meant.ACCOUNT, Meant.LIMIT) else None


def meant_by_error(said: Mapping[str, object]) -> Meant | None:
    """Returns whom an error is about by its own `code` or `type`, a name or a status; None where they do not tell."""
    number = str(said.get("code"))
    return _by_name(said) or (meant_by(int(number)) if number.isdecimal() and len(number) == _DIGITS else None)


def _by_name(said: Mapping[str, object]) -> Meant | None:
    names = (str(said.get("code")), str(said.get("type")))
    return next((_CODES[name] for name in names if name in _CODES), None)
