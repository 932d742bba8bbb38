"""What can go wrong between a prompt and its answer, in the order of a request's life.

A request first needs a backend that can work at all (`BackendUnavailable`: no token, no GPU, no such model, nobody
listening). Then it must reach the other side (`BackendUnreachable`: connection refused or broken, rate limit or gateway
error that does not lift) and its response must come to an end in time (`ResponseOverdue`); a run whose time for the
endpoint is spent asks no more (`TimeSpent`). The account may not be let in (`AccountRefused`). The other side may
answer with another HTTP error status (`RequestRefused` for 4xx, `ServerFailed` for 5xx; `backends.statuses` says which
is whose) or with something that is not a chat completion (`ResponseUnusable`). The local model may fail while it
generates (`GenerationFailed`).

Only an answer can differ from another answer. A `Failure` is what remains of an error: a value that travels in the
place of a `Completion`, so that one failed request never costs the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """Why there is no answer; the closed vocabulary of `Failure.kind`.

    `ACCOUNT` is also the address: what the endpoint holds against whoever asks, or against where. `OVERDUE` is a
    response that did not end in time. `NOT_ASKED` is a request that should have been made; `POINTLESS` one that another
    answer has made void. `NOT_A_TEXT` is a caller's own slip: something else was given in the place of a text.
    """

    UNAVAILABLE = "unavailable"
    UNREACHABLE = "unreachable"
    ACCOUNT = "account"
    OVERDUE = "overdue"
    REFUSED = "refused"
    SERVER = "server"
    UNUSABLE = "unusable"
    GENERATION = "generation"
    NOT_ASKED = "not_asked"
    NOT_A_TEXT = "not_a_text"
    POINTLESS = "pointless"


#: Kinds that say something about the connection, the account or this machine, not about what an endpoint serves.
TRANSPORT_FAILURES = frozenset(
    {
        FailureKind.UNAVAILABLE,
        FailureKind.UNREACHABLE,
        FailureKind.ACCOUNT,
        FailureKind.OVERDUE,
        FailureKind.NOT_ASKED,
        FailureKind.NOT_A_TEXT,
    }
)


class BackendError(Exception):
    """The base of all errors of this room. `str(error)` is one sentence for the user."""

    kind = FailureKind.UNREACHABLE
    attempts = 1
    status: int | None = None


class BackendUnavailable(BackendError):  # noqa: N818 - the words of the life of a request read as states
    """The backend cannot work on this machine or with these settings; the message says what to do."""

    kind = FailureKind.UNAVAILABLE


class BackendUnreachable(BackendError):  # noqa: N818 - as above
    """No HTTP response of the server's own arrived: refused, reset, a gateway's, or rate limited on every attempt."""

    kind = FailureKind.UNREACHABLE


class AccountRefused(BackendError):  # noqa: N818 - as above
    """The endpoint does not serve this account, or nothing under this address, whatever is asked."""

    kind = FailureKind.ACCOUNT


class ResponseOverdue(BackendError):  # noqa: N818 - as above
    """A response was not there, whole, when its time was over, however it came in."""

    kind = FailureKind.OVERDUE


class TimeSpent(BackendError):  # noqa: N818 - as above
    """The endpoint has had all the time that the run gives it."""

    kind = FailureKind.NOT_ASKED


class MoneySpent(BackendError):  # noqa: N818 - as above
    """The run may cost no more, and nothing was sent."""

    kind = FailureKind.NOT_ASKED


class AskedNoMore(BackendError):  # noqa: N818 - as above
    """Nobody needs the answer any more, and nothing was sent."""

    kind = FailureKind.NOT_ASKED


class RequestRefused(BackendError):  # noqa: N818 - as above
    """The server answered with a 4xx status."""

    kind = FailureKind.REFUSED


class ServerFailed(BackendError):  # noqa: N818 - as above
    """The server answered with a 5xx status, on every attempt."""

    kind = FailureKind.SERVER


class ResponseUnusable(BackendError):  # noqa: N818 - as above
    """The server answered 200 with something that is not a chat completion."""

    kind = FailureKind.UNUSABLE


class GenerationFailed(BackendError):  # noqa: N818 - as above
    """The local model raised while it generated."""

    kind = FailureKind.GENERATION


class NotAText(BackendError, TypeError):  # noqa: N818 - as above
    """Something else was given in the place of a text, and nobody was asked about it."""

    kind = FailureKind.NOT_A_TEXT


#: The error of each kind of failure; requests that were never sent have none of their own.
_ERRORS: dict[FailureKind, type[BackendError]] = {
    error.kind: error
    for error in (
        BackendUnavailable,
        BackendUnreachable,
        AccountRefused,
        ResponseOverdue,
        TimeSpent,
        RequestRefused,
        ServerFailed,
        ResponseUnusable,
        GenerationFailed,
        NotAText,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An answer that never came.

    Attributes:
        kind: where in the life of the request it ended.
        message: one sentence, already free of secrets.
        attempts: how many requests were sent.
        status: the HTTP status, where there was one.
        latency_s: seconds from the first attempt to giving up.
        raw: JSON text of the evidence (request body, response body), or an empty string.
    """

    kind: FailureKind
    message: str
    attempts: int = 1
    status: int | None = None
    latency_s: float | None = None
    raw: str = ""

    def as_error(self) -> BackendError:
        """Returns the error that this is the remains of, to be raised where no value can stand in its place."""
        error = _ERRORS.get(self.kind, BackendError)(self.message)
        error.kind, error.attempts, error.status = self.kind, self.attempts, self.status
        return error

    def __repr__(self) -> str:
        """Returns the failure in a line: its kind, how often it was tried, and why."""
        tried = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        return f"<Failure {self.kind}{tried}: {' '.join(self.message.split())}>"
