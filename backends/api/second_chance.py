"""What got no answer is asked again once all has been asked, where the endpoint answers others.

An answer is never asked again, whatever it says. But a page of a gateway's in the place of an answer, an error of the
server's own or a response that does not end may be the moment's or the text's: a while later the text alone is left.
The attempts are counted, and what fails again stays what it is.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from backends.api.worker_pool import run_concurrently
from backends.completion import Completion
from backends.errors import Failure, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.completion import Answer

#: So often what got no answer is asked again, as long as that helps any of it.
ROUNDS = 3

#: What may be the moment's.
_MOMENTARY = frozenset(
    {FailureKind.UNREACHABLE, FailureKind.OVERDUE, FailureKind.SERVER, FailureKind.UNUSABLE},
)

#: Statuses of redirects, which lie between success and error.
_REDIRECTS = range(300, 400)


@dataclass(slots=True)
class SecondChance:
    """Delivers answers, and holds back the failures that deserve another chance until they have had it.

    Attributes:
        deliver: takes each position with its answer, once.
    """

    deliver: Callable[[int, Answer], None]
    _failures: dict[int, Failure] = field(default_factory=dict)
    _is_answering: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def take(self, position: int, answer: Answer) -> None:
        """Takes an answer from the first round or from a later one."""
        with self._lock:
            earlier = self._failures.pop(position, None)
            told = _joined(earlier, answer)
            self._is_answering = self._is_answering or isinstance(told, Completion)
            if isinstance(told, Failure) and is_momentary(told):
                self._failures[position] = told
                return
        self.deliver(position, told)

    def give(self, width: int, ask: Callable[[int, Callable[[], bool]], None], stopped: Callable[[], bool]) -> None:
        """Asks again what deserves it.

        Args:
            width: so many at a time.
            ask: asks about a position and takes what comes; see `run_concurrently`.
            stopped: once it is true, nothing more is asked.
        """
        for _ in range(ROUNDS):
            waiting = sorted(self._failures)
            if not self._is_answering or not waiting:
                break
            run_concurrently(waiting, width, ask, stopped)
            if stopped() or len(self._failures) == len(waiting):
                break

    def close(self, stopped: Callable[[], bool]) -> None:
        """Delivers what fails all the same, unless the run was stopped."""
        for position, failure in sorted(self._failures.items()):
            if not stopped():
                self.deliver(position, failure)


def is_momentary(failure: Failure) -> bool:
    """Returns whether a failure may be the moment's; a redirect may be that of one of several machines."""
    return failure.kind in _MOMENTARY or failure.status in _REDIRECTS


def _joined(earlier: Failure | None, answer: Answer) -> Answer:
    """Returns what comes of asking again: the attempts of both, and the earlier failure where nothing was asked."""
    if earlier is None or not isinstance(answer, Completion | Failure):
        return answer
    if isinstance(answer, Failure) and answer.kind is FailureKind.NOT_ASKED:
        return earlier
    return replace(answer, attempts=earlier.attempts + answer.attempts)
