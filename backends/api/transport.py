"""One request on the wire, and what its fate means.

Transport may be tried again: no connection, a broken one, a gateway's or a rate limit's status. Everything else is
said once and believed, and a response that is not there in time has had its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.api.access import NO_TOKEN
from backends.api.cut_short import is_cut
from backends.api.deadline import DeadlinePassed, call_within
from backends.api.endpoint import Endpoint, chat_body, request_arguments
from backends.api.exchange import Exchange, capture_exchange
from backends.api.fate import explain_silence, raise_for, raise_for_transport
from backends.api.left_open import PATIENCE_S, OpenEnd
from backends.api.responses_request import RESPONSES_ROUTE, UNSTREAMED, responses_request
from backends.api.retries import TransientError
from backends.api.watched_body import LONGEST_BODY
from backends.errors import BackendUnreachable, ResponseOverdue, ResponseUnusable
from backends.http_api import HttpApi
from backends.statuses import FIRST_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from huggingface_hub import InferenceClient

    from backends.prompt import Prompt

_PROBE_TIMEOUT_S = 8.0

#: A probe's connection is not used again: a server that failed at its list of models closes it without a word, and the
#: first request of the run would be sent into it.
_USED_ONCE = {"Connection": "close"}

#: How much longer than a whole response the client waits for its next byte: the deadline decides, not the client.
_LONGER = 1.1


def send(endpoint: Endpoint, prompt: Prompt, timeout_s: float, exchange: Exchange) -> None:
    """Sends one request, through the API of the endpoint, and fills `exchange` with what went over the wire.

    Returns where a successful response with a body arrived.

    Args:
        endpoint: where to.
        prompt: what is asked.
        timeout_s: seconds for the whole of it, to the last byte of the response.
        exchange: is filled.

    Raises:
        TransientError: it may be tried again.
        BackendError: it may not.
    """
    if endpoint.api is HttpApi.RESPONSES:
        body = endpoint.with_more({**UNSTREAMED, **responses_request(chat_body(endpoint, prompt))})
        post(endpoint, RESPONSES_ROUTE, body, timeout_s, exchange)
        problem = None
    else:
        problem = _make(lambda: _call(endpoint, prompt, timeout_s * _LONGER), endpoint, timeout_s, exchange)
    raise_for(exchange, problem, endpoint)


def post(endpoint: Endpoint, route: str, body: Mapping[str, Any], timeout_s: float, exchange: Exchange) -> int:
    """Sends `body` to a route below the endpoint's base URL, fills `exchange` and returns the status, whichever it is.

    Args:
        endpoint: where to.
        route: below its base URL.
        body: plain data.
        timeout_s: as in `send`.
        exchange: is filled.

    Raises:
        TransientError: nobody answered, or a gateway or a rate limit did: it may be tried again.
        BackendError: it may not.
    """
    from huggingface_hub import get_session  # noqa: PLC0415 - half a second that collecting tests must not pay

    def call() -> Exception | None:
        try:
            get_session().post(
                endpoint.address(route), json=body, headers=endpoint.headers(), timeout=timeout_s * _LONGER
            )
        except Exception as error:  # noqa: BLE001 - the HTTP library's, the Hub's and Python's own errors
            return error
        return None

    problem = _make(call, endpoint, timeout_s, exchange, streams=bool(body.get("stream")))
    return raise_for_transport(exchange, problem, endpoint)


def _make(
    call: Callable[[], Exception | None],
    endpoint: Endpoint,
    timeout_s: float,
    exchange: Exchange,
    *,
    streams: bool = False,
) -> Exception | None:
    """Makes a call within its time and fills `exchange`; returns what the call raised.

    A stream that was asked for and stays open behind its last event is whole.

    Raises:
        ResponseOverdue: the response was not there, whole, in time. The exchange holds what was.
        ResponseUnusable: the response is longer than any answer.
        TransientError: it ends in the middle of what it says.
    """
    own = Exchange()

    def captured() -> Exception | None:
        with capture_exchange(own):
            return call()

    end = OpenEnd(own, PATIENCE_S)
    try:
        problem = call_within(timeout_s, captured, is_over=end.is_over if streams else None)
    except DeadlinePassed:
        own.is_given_up = True
        exchange.take(own)
        exchange.break_off()
        if streams and end.has_last_event():
            exchange.is_left_open, exchange.status = True, own.begun
            return None
        raise ResponseOverdue(f"{endpoint.place} {_progress(own)} after {timeout_s:g} seconds.") from None
    exchange.take(own)
    if own.is_too_long:
        exchange.status = own.begun
        if (own.begun or 0) < FIRST_ERROR:
            raise ResponseUnusable(f"{endpoint.place} answered with more than {LONGEST_BODY} bytes, as no answer is.")
    elif is_cut(own):
        raise TransientError(ResponseUnusable(f"{endpoint.place} broke its answer off on every attempt."))
    return problem


def _progress(exchange: Exchange) -> str:
    """Returns how far a response has come, as the rest of a sentence."""
    if exchange.begun is None:
        return "had not begun to answer"
    return f"was still sending its response (status {exchange.begun}, {len(exchange.arrived)} bytes so far)"


def _call(endpoint: Endpoint, prompt: Prompt, timeout_s: float) -> Exception | None:
    """Makes the client's call for its effect on the wire; returns what it raised, which the exchange explains."""
    try:
        arguments = request_arguments(endpoint, prompt)
        arguments["extra_body"] = endpoint.with_more(arguments["extra_body"])
        _client(endpoint, timeout_s).chat_completion(**arguments)
    except Exception as error:  # noqa: BLE001 - the client raises its HTTP library's, the Hub's and Python's own errors
        return error
    return None


def _client(endpoint: Endpoint, timeout_s: float) -> InferenceClient:
    from huggingface_hub import InferenceClient  # noqa: PLC0415 - as in post

    key = endpoint.who.key() or NO_TOKEN
    if endpoint.base_url is None:
        provider: Any = endpoint.provider or "auto"
        # Without the token among its headers: of some providers it is another one, or has another name.
        return InferenceClient(provider=provider, token=key, timeout=timeout_s, headers=endpoint.who.further_headers())
    return InferenceClient(base_url=endpoint.address(), token=key, timeout=timeout_s, headers=endpoint.headers())


def probe(endpoint: Endpoint) -> None:
    """Asks for the list of models: any HTTP status at all shows that somebody is there, however the rest comes in."""
    from huggingface_hub import get_session  # noqa: PLC0415 - as in post

    seen = Exchange(is_probe=True)

    def look() -> None:
        with capture_exchange(seen):
            headers = endpoint.headers() | _USED_ONCE
            get_session().get(endpoint.address("models"), headers=headers, timeout=_PROBE_TIMEOUT_S)

    try:
        call_within(_PROBE_TIMEOUT_S, look, is_over=lambda: seen.begun is not None)
    except Exception as error:
        seen.is_given_up = True
        if seen.begun is not None:
            return
        if isinstance(error, DeadlinePassed):
            said = f"{endpoint.place} could not be reached: its list of models did not begin to come in"
            raise BackendUnreachable(
                f"{said} {_PROBE_TIMEOUT_S:g} seconds. Is the server running, and is the address right?"
            ) from None
        explained = explain_silence(error, endpoint)
        final = explained.final if isinstance(explained, TransientError) else explained
        raise type(final)(f"{final} Is the server running, and is the address right?") from error
