"""One request on the wire, and what its fate means.

Transport may be tried again: no connection, a broken one, a gateway's or a rate limit's status. Everything else is
said once and believed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from backends.api.endpoint import Endpoint, request_arguments
from backends.api.exchange import Exchange, capture_exchange
from backends.api.retries import TransientError, retry_after_seconds
from backends.errors import (
    BackendUnavailable,
    BackendUnreachable,
    RequestRefused,
    ResponseUnusable,
    ServerFailed,
)
from backends.raw_reply import RawReply
from backends.secrets import access_token, redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.prompt import Prompt

#: Statuses of gateways and rate limits: the request did not reach the model. 500 is not among them: it is an answer
#: of the server.
TRANSIENT_STATUSES = frozenset({408, 425, 429, 502, 503, 504})

#: The client insists on some token; servers that need none ignore it. It keeps a token saved on this machine from
#: being sent instead.
NO_TOKEN = "none-given"  # noqa: S105 - this is the absence of a token

_ROUTER_URL = "https://router.huggingface.co/v1"
_PROBE_TIMEOUT_S = 8.0

#: Where HTTP's error statuses and, among them, the server's own begin.
FIRST_ERROR, FIRST_SERVER_ERROR = 400, 500


def send(endpoint: Endpoint, prompt: Prompt, timeout_s: float, exchange: Exchange) -> None:
    """Sends one chat completion request and fills `exchange` with what went over the wire.

    Returns where a successful response with a body arrived.

    Raises:
        TransientError: it may be tried again.
        BackendError: it may not.
    """
    with capture_exchange(exchange):
        problem = _call(endpoint, prompt, timeout_s)
    _raise_for(exchange, problem, endpoint)


def post(endpoint: Endpoint, route: str, body: Mapping[str, Any], timeout_s: float, exchange: Exchange) -> int:
    """Sends `body` to a route below the endpoint's base URL, fills `exchange` and returns the status, whichever it is.

    Raises:
        TransientError: nobody answered, or a gateway or a rate limit did: it may be tried again.
        BackendError: it may not.
    """
    from huggingface_hub import get_session  # noqa: PLC0415 - as in _call

    problem: Exception | None = None
    exchange.clear()
    with capture_exchange(exchange):
        try:
            get_session().post(f"{_root(endpoint)}/{route}", json=body, headers=_headers(), timeout=timeout_s)
        except Exception as error:  # noqa: BLE001 - the HTTP library's, the Hub's and Python's own errors
            problem = error
    return _raise_for_transport(exchange, problem, endpoint)


def evidence(exchange: Exchange) -> str:
    """Returns an exchange as JSON text, cleared of credentials."""
    if exchange.status is None and not exchange.request_body:
        return ""
    return json.dumps(
        {
            "request": _shown(exchange.request_body),
            "status": exchange.status,
            "headers": _shown_headers(exchange),
            "response": None if exchange.response_body is None else _shown(exchange.response_body),
        }
    )


def raw_reply(exchange: Exchange, *, status: int, attempts: int) -> RawReply:
    """Returns an exchange that got the response `status` as a raw reply, cleared of credentials."""
    return RawReply(
        status=status,
        headers=_shown_headers(exchange),
        body=None if exchange.response_body is None else _shown(exchange.response_body),
        request=_shown(exchange.request_body),
        attempts=attempts,
    )


def _shown_headers(exchange: Exchange) -> dict[str, str]:
    return {name: redact(value) for name, value in exchange.headers.items()}


def _shown(body: bytes) -> str:
    """Returns a body as text without credentials. They go before anything is cut: half a token is still a secret."""
    return redact(body.decode("utf-8", "replace"))


def _call(endpoint: Endpoint, prompt: Prompt, timeout_s: float) -> Exception | None:
    """Makes the client's call for its effect on the wire; returns what it raised, which the exchange explains."""
    from huggingface_hub import InferenceClient  # noqa: PLC0415 - half a second that collecting tests must not pay

    token = access_token() or NO_TOKEN
    try:
        client = InferenceClient(
            base_url=endpoint.base_url, provider=_provider(endpoint), token=token, timeout=timeout_s
        )
        client.chat_completion(**request_arguments(endpoint, prompt))
    except Exception as error:  # noqa: BLE001 - the client raises its HTTP library's, the Hub's and Python's own errors
        return error
    return None


def _provider(endpoint: Endpoint) -> Any:  # noqa: ANN401 - the client's type is a literal of all known providers
    return None if endpoint.base_url is not None else endpoint.provider or "auto"


def _raise_for(exchange: Exchange, problem: Exception | None, endpoint: Endpoint) -> None:
    """Raises the error that the exchange amounts to; returns where a 200 response with a body arrived."""
    status = _raise_for_transport(exchange, problem, endpoint)
    if status >= FIRST_ERROR:
        body = _shown(exchange.response_body or b"").strip()[:300]
        kind = RequestRefused if status < FIRST_SERVER_ERROR else ServerFailed
        error = kind(f"{endpoint.place} answered {status}: {body or 'no text'}")
        error.status = status
        raise error from problem
    if exchange.response_body is None:
        raise ResponseUnusable(f"{endpoint.place} answered {exchange.status} without a body.") from problem


def _raise_for_transport(exchange: Exchange, problem: Exception | None, endpoint: Endpoint) -> int:
    """Raises where no response arrived, or none of the server's own; returns the status otherwise."""
    if exchange.status is None:
        raise _explain_silence(problem, endpoint) from problem
    if exchange.status in TRANSIENT_STATUSES:
        retry_after = retry_after_seconds(exchange.headers.get("retry-after", ""))
        final = BackendUnreachable(f"{endpoint.place} answered {exchange.status} on every attempt.")
        final.status = exchange.status
        raise TransientError(final, retry_after) from problem
    return exchange.status


def _root(endpoint: Endpoint) -> str:
    return (endpoint.base_url or _ROUTER_URL).rstrip("/")


def _headers() -> dict[str, str]:
    return {"authorization": f"Bearer {access_token() or NO_TOKEN}"}


def _explain_silence(problem: Exception | None, endpoint: Endpoint) -> Exception:
    said = redact(
        str(problem).strip().splitlines()[0] if problem is not None and str(problem).strip() else type(problem).__name__
    )
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


def probe(endpoint: Endpoint) -> None:
    """Asks for the list of models: any HTTP status at all shows that somebody is there."""
    from huggingface_hub import get_session  # noqa: PLC0415 - as in _call

    try:
        get_session().get(f"{_root(endpoint)}/models", headers=_headers(), timeout=_PROBE_TIMEOUT_S)
    except Exception as error:
        explained = _explain_silence(error, endpoint)
        final = explained.final if isinstance(explained, TransientError) else explained
        raise type(final)(f"{final} Is the server running, and is the address right?") from error
