"""Retries of transport: what may be tried again, how often, and how long to wait."""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import random
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

import tenacity

from backends.errors import BackendError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_LONGEST_WAIT_S = 60.0

#: How often a request is sent again, where no other number is asked for.
DEFAULT_RETRIES = 3

#: Of its own: requests are tried again in threads, and whoever seeded the process's random numbers counts on them.
_JITTER = random.Random()  # noqa: S311 - nothing is kept secret with it


class TransientError(Exception):
    """A failure of transport that may be tried again; `final` is what it becomes after the last attempt."""

    def __init__(self, final: BackendError, retry_after_s: float = 0.0) -> None:
        super().__init__(str(final))
        self.final = final
        self.retry_after_s = retry_after_s


def call_with_retries(ask: Callable[[], Result], *, max_attempts: int, first_wait_s: float) -> tuple[Result, int]:
    """Calls `ask` until it returns or raises something else than a TransientError; returns its result and the attempts.

    Raises:
        BackendError: `ask` raised it, or the last attempt failed; its `attempts` are set.
    """
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(max_attempts),
        wait=_waiting_rule(first_wait_s),
        retry=tenacity.retry_if_exception_type(TransientError),
        reraise=True,
    )
    try:
        result = retrying(ask)
    except TransientError as error:
        error.final.attempts = retrying.statistics["attempt_number"]
        raise error.final from error.__cause__
    except BackendError as error:
        error.attempts = retrying.statistics["attempt_number"] - (error.kind is FailureKind.NOT_ASKED)
        raise
    return result, int(retrying.statistics["attempt_number"])


def retry_after_seconds(retry_after: str) -> float:
    """Returns the seconds that a `Retry-After` header asks for, as a number or as a date; 0 for anything else."""
    with contextlib.suppress(ValueError):
        seconds = float(retry_after)
        return max(seconds, 0.0) if math.isfinite(seconds) else 0.0
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max((parsedate_to_datetime(retry_after) - dt.datetime.now(dt.UTC)).total_seconds(), 0.0)
    return 0.0


def _waiting_rule(first_s: float) -> Callable[[tenacity.RetryCallState], float]:
    """Returns a waiting rule for tenacity: exponential with jitter, and as long as a `Retry-After` header asks for."""
    growing = tenacity.wait_exponential(multiplier=first_s, max=30.0)

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        retry_after = error.retry_after_s if isinstance(error, TransientError) else 0.0
        return max(min(retry_after, _LONGEST_WAIT_S), growing(state) + first_s * _JITTER.random())

    return wait
