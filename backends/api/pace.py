"""How fast an endpoint is asked: so many requests at a time, and so many in a minute.

How many at a time is found out: a few at first, more while answers come as quickly as before, half as many as soon as
the endpoint says that it is too much, by a limit's status or by not answering in time (Chiu and Jain, "Analysis of the
Increase and Decrease Algorithms for Congestion Avoidance", 1989; the beginning as in RFC 5681, section 3.1).
Requests that a minute allows begin evenly spaced, so that no minute holds more of them.

Own code, since both bounds hold for the same request and the clock must be one that a test can turn: pyrate-limiter
and `limits` bound what a minute holds, and not how many requests are under way.
"""

from __future__ import annotations

import math
import statistics
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backends.api.retries import TransientError
from backends.errors import AskedNoMore, BackendError, ResponseOverdue
from backends.statuses import Meant, meant_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Requests at a time, where no other number is asked for.
DEFAULT_CONCURRENCY = 8

#: Requests at a time in the beginning.
FIRST = 2

#: Answers come as quickly as before where half of them take no longer than this many times the best half so far:
#: answers of one model are of different lengths, and a queue at the server at least doubles what they take.
FLAT = 1.5

#: Seconds between two looks at whether somebody still waits.
_TURN_S = 0.1

_MINUTE_S = 60.0

#: Gateways say with these that the server behind them did not answer in time.
_OVERDUE_BEHIND = frozenset({408, 504, 524})


@dataclass(slots=True)
class Pace:
    """Lets requests to one endpoint begin, and learns from how they end.

    Attributes:
        most: requests at a time, at the most.
        together: of requests that mean something side by side, at the most; None for any number.
        first: requests at a time in the beginning; None for as many as there may be.
        per_minute: requests that begin in a minute, at the most; None for any number.
        now: tells the time, in seconds.
        pause: waits for so many seconds at the most, or until a place falls free; only tests have another one.
    """

    most: int = DEFAULT_CONCURRENCY
    together: int | None = None
    first: int | None = None
    per_minute: int | None = None
    now: Callable[[], float] = time.monotonic
    pause: Callable[[threading.Condition, float], object] = threading.Condition.wait
    allowed: int = field(init=False)
    _underway: int = field(default=0, init=False)
    _next_start: float = field(default=float("-inf"), init=False)
    _eased_at: float = field(default=float("-inf"), init=False)
    _took: list[float] = field(default_factory=list, init=False)
    _best: float | None = field(default=None, init=False)
    _is_beginning: bool = field(default=True, init=False)
    _free: threading.Condition = field(default_factory=threading.Condition, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.allowed = self.most if self.first is None else min(self.first, self.most)

    @contextmanager
    def turn(self, is_over: Callable[[], bool], *, together: bool = False) -> Iterator[None]:
        """Waits for a place, and holds it for the request that is made inside.

        Args:
            is_over: tells that nobody needs the answer any more.
            together: for requests that mean something side by side: as many may be there as `together` says.

        Raises:
            AskedNoMore: nobody did before there was a place.
        """
        self._take_place(is_over, together=together)
        try:
            yield
        finally:
            with self._free:
                self._underway -= 1
                self._free.notify_all()

    def note_answer(self, seconds: float) -> None:
        """Notes that a request got an answer in so many seconds: as many answers as are allowed make a round."""
        with self._free:
            self._took.append(seconds)
            if len(self._took) < self.allowed:
                return
            usual, self._took = statistics.median(self._took), []
            self._best = usual if self._best is None else min(usual, self._best)
            if usual > FLAT * self._best:
                self._is_beginning = False
                return
            self.allowed = min(self.most, self.allowed * 2 if self._is_beginning else self.allowed + 1)
            self._free.notify_all()

    def note_too_much(self, begun: float) -> None:
        """Notes that the endpoint could not keep up with a request that began at a time: half as many from here on.

        What began before the last time says nothing new.
        """
        with self._free:
            if begun <= self._eased_at:
                return
            self._eased_at, self._is_beginning = self.now(), False
            self.allowed, self._took = max(1, self.allowed // 2), []

    def _take_place(self, is_over: Callable[[], bool], *, together: bool) -> None:
        with self._free:
            while True:
                if is_over():
                    raise AskedNoMore("the run ended before this was asked")
                wait = self._next_start - self.now()
                is_full = self._underway >= (self.together or math.inf if together else self.allowed)
                if not is_full and wait <= 0:
                    break
                self.pause(self._free, _TURN_S if is_full else min(wait, _TURN_S))
            self._underway += 1
            if self.per_minute is not None:
                self._next_start = self.now() + _MINUTE_S / self.per_minute


def is_too_much(error: BaseException) -> bool:
    """Returns whether an error says that an endpoint was asked for more than it can do."""
    final = error.final if isinstance(error, TransientError) else error
    if isinstance(final, ResponseOverdue):
        return True
    status = final.status if isinstance(final, BackendError) else None
    return status is not None and (status in _OVERDUE_BEHIND or meant_by(status) is Meant.LIMIT)
