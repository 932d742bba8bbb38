"""What the fate of a request means: whose doing an error is, and whether the request may be sent again."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from backends.api.exchange_evidence import shown
from backends.api.redirects import NotFollowed
from backends.api.retries import TransientError, retry_after_seconds
from backends.errors import (
    AccountRefused,
    BackendError,
    BackendUnavailable,
    BackendUnreachable,
    RequestRefused,
    ResponseUnusable,
    ServerFailed,
)
from backends.plain_text import printable_lines
from backends.secrets import redact
from backends.statuses import (
    CONFLICT,
    FIRST_ERROR,
    FIRST_SERVER_ERROR,
    NOT_THE_ENDPOINTS,
    PASSING,
    Meant,
    meant_by_reply,
)

if TYPE_CHECKING:
    from backends.api.endpoint import Endpoint
    from backends.api.exchange import Exchange

#: Characters of a body that a message repeats.
_REPEATED = 300


def raise_for(exchange: Exchange, problem: Exception | None, endpoint: Endpoint) -> None:
    """Raises the error that the exchange amounts to; returns where a 200 response with a body arrived."""
    status = raise_for_transport(exchange, problem, endpoint)
    meant = meant_by_reply(status, exchange.response_body)
    if meant in NOT_THE_ENDPOINTS:
        raise _answered(AccountRefused, exchange, endpoint) from problem
    if status >= FIRST_ERROR:
        kind = RequestRefused if status < FIRST_SERVER_ERROR else ServerFailed
        raise _answered(kind, exchange, endpoint) from problem
    if exchange.response_body is None:
        raise ResponseUnusable(f"{endpoint.place} answered {exchange.status} without a body.") from problem


def raise_for_account(exchange: Exchange, endpoint: Endpoint) -> None:
    """Raises where the endpoint does not serve the account; a route that is not there may well be one of several."""
    if exchange.status is not None and meant_by_reply(exchange.status, exchange.response_body) is Meant.ACCOUNT:
        raise _answered(AccountRefused, exchange, endpoint)


def raise_for_transport(exchange: Exchange, problem: Exception | None, endpoint: Endpoint) -> int:
    """Raises where no response arrived, or none of the server's own; returns the status otherwise."""
    if exchange.status is None:
        raise explain_silence(problem, endpoint) from problem
    if meant_by_reply(exchange.status, exchange.response_body) in PASSING:
        retry_after = retry_after_seconds(exchange.headers.get("retry-after", ""))
        raise TransientError(_answered(BackendUnreachable, exchange, endpoint), retry_after) from problem
    if exchange.status == CONFLICT:
        raise TransientError(_answered(RequestRefused, exchange, endpoint)) from problem
    return exchange.status


def _answered(kind: type[BackendError], exchange: Exchange, endpoint: Endpoint) -> BackendError:
    """Returns the error of this kind that tells with which status and words an endpoint answered."""
    said = printable_lines(shown(exchange.response_body or b"").strip())[:_REPEATED] or "no text"
    every = " on every attempt" if kind is BackendUnreachable else ""
    error = kind(f"{endpoint.place} answered {exchange.status}{every}: {said}")
    error.status = exchange.status
    return error


def explain_silence(problem: Exception | None, endpoint: Endpoint) -> Exception:
    """Returns the error that a call amounts to which got no response and raised `problem`."""
    if (known := _explained_already(problem, endpoint)) is not None:
        return known
    lines = str(problem).strip().splitlines() if problem is not None else []
    said = printable_lines(redact(lines[0] if lines else type(problem).__name__))
    if type(problem).__name__ == "OfflineModeIsEnabled":
        return BackendUnavailable(
            "HF_HUB_OFFLINE is set, and huggingface_hub then refuses every request, loopback included: unset it."
        )
    if isinstance(problem, UnicodeError):
        # About this one text, not about the endpoint: the other requests go on.
        return RequestRefused(f"The text cannot be sent as UTF-8: {said}")
    if isinstance(problem, (ValueError, TypeError)):
        return BackendUnavailable(f"The request for {endpoint.place} could not be made: {said}")
    return TransientError(
        BackendUnreachable(f"{endpoint.place} could not be reached ({type(problem).__name__}: {said}).")
    )


def _explained_already(problem: Exception | None, endpoint: Endpoint) -> BackendError | None:
    """Returns what a problem says by its kind: our own error, a redirect, a certificate; None for any other."""
    if isinstance(problem, BackendError):
        return problem
    if isinstance(problem, NotFollowed):
        return _not_followed(problem, endpoint)
    distrust = _distrust(problem)
    if distrust is None:
        return None
    return BackendUnreachable(
        f"The certificate of {endpoint.place} is not trusted ({redact(distrust.verify_message)}), and nothing was "
        "sent: correct the address or the certificate, or name the authority that signed it in SSL_CERT_FILE."
    )


def _not_followed(problem: NotFollowed, endpoint: Endpoint) -> BackendError:
    """Returns the error of a redirect that leads where the request must not go."""
    why = "another server" if problem.is_elsewhere else "another address, with a status that strips the request"
    error = AccountRefused(
        f"{endpoint.place} answered {problem.status} and leads to {problem.target}, {why}: nothing was sent there. "
        "If it is the one that is meant, name it with --base-url."
    )
    error.status = problem.status
    return error


def _distrust(problem: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """Returns why a certificate is not trusted, where that lies behind what the HTTP library raised."""
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        if isinstance(problem, ssl.SSLCertVerificationError):
            return problem
        seen.add(id(problem))
        problem = problem.__cause__ or problem.__context__
    return None
