"""How long a response, and all responses of a run, may take.

An HTTP client counts from byte to byte: a body that grows by one byte a second never times out there. Here the clock
runs from the beginning of a request to the end of its response.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from backends.errors import TimeSpent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Result = TypeVar("Result")

#: Seconds that one response may take, from the request to its last byte.
DEFAULT_TIMEOUT_S = 300.0

#: Seconds in which an endpoint may be asked in one run: six hours.
DEFAULT_BUDGET_S = 6 * 3600.0


class DeadlinePassed(Exception):  # noqa: N818 - it says what is the case
    """A call was still under way when its time was over."""


#: Seconds between two looks at a call that may be over before it ends.
_TURN_S = 0.1


def call_within(seconds: float, call: Callable[[], Result], *, is_over: Callable[[], bool] | None = None) -> Result:
    """Returns what `call` returns, or raises what it raises.

    Args:
        seconds: that it may take.
        call: is made in a thread of its own.
        is_over: tells that nobody need wait for its end, though its time is not over; None where nobody can tell.

    Raises:
        DeadlinePassed: it has not ended in time, or is over. It goes on in a thread that nobody waits for.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - a thread's error must reach the caller, not the void
            errors.append(error)

    thread = threading.Thread(target=run, name="request", daemon=True)
    thread.start()
    _wait_for(thread, seconds, is_over)
    if errors:
        raise errors[0]
    if not results:
        raise DeadlinePassed(f"nothing whole came in {seconds:g} seconds")
    return results[0]


def _wait_for(thread: threading.Thread, seconds: float, is_over: Callable[[], bool] | None) -> None:
    if is_over is None:
        return thread.join(seconds)
    end = time.monotonic() + seconds
    while thread.is_alive() and (left := end - time.monotonic()) > 0 and not is_over():
        thread.join(min(_TURN_S, left))
    return None


@dataclass(slots=True)
class TimeBudget:
    """The time that a run gives an endpoint: while at least one request is under way, it is being spent.

    Attributes:
        limit_s: seconds.
    """

    limit_s: float = DEFAULT_BUDGET_S
    _spent_s: float = field(default=0.0, init=False)
    _underway: int = field(default=0, init=False)
    _since: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def left_s(self) -> float:
        """Returns how many seconds are left.

        Raises:
            TimeSpent: none is.
        """
        with self._lock:
            left = self.limit_s - self._spent_s - (time.monotonic() - self._since if self._underway else 0.0)
        if left <= 0:
            raise TimeSpent(
                f"The {self.limit_s:g} seconds that this run gives the endpoint are spent: --time-budget gives more."
            )
        return left

    def told_with(self, problem: str) -> str:
        """Returns what is told of a request that came to nothing: where the time is spent, that too."""
        try:
            self.left_s()
        except TimeSpent as spent:
            return problem if str(spent) in problem else f"{problem} {spent}"
        return problem

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Counts the time inside, once for all that is inside at the same moment."""
        with self._lock:
            self._since = self._since if self._underway else time.monotonic()
            self._underway += 1
        try:
            yield
        finally:
            with self._lock:
                self._underway -= 1
                if not self._underway:
                    self._spent_s += time.monotonic() - self._since
