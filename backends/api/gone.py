"""Notices that an endpoint has stopped answering, so that hundreds of requests do not each wait for a time-out."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backends.errors import Failure, FailureKind

if TYPE_CHECKING:
    from backends.completion import Answer

#: After this many requests in a row that got nowhere, the endpoint counts as gone and is asked no more.
GIVE_UP_AFTER = 5

#: So it does where at least two got nowhere and nothing came for so many seconds: time-outs and waits that a limit asks
#: for are dear.
GIVE_UP_AFTER_S, _FEWEST = 600.0, 2

#: What gets nowhere whatever is asked.
NOWHERE = frozenset({FailureKind.UNREACHABLE, FailureKind.UNAVAILABLE, FailureKind.ACCOUNT, FailureKind.OVERDUE})

#: Nothing was sent.
_UNSENT = frozenset({FailureKind.NOT_ASKED, FailureKind.POINTLESS})


@dataclass(slots=True)
class Hearing:
    """What whoever asks an endpoint has heard of it so far, its wire calls included.

    Attributes:
        answered: True once anything came that is the endpoint's own, an error of its own too.
        given_up: why nobody asks it any more, though it never answered; None while somebody does.
    """

    answered: bool = False
    given_up: str | None = None


@dataclass(slots=True)
class Gone:
    """Counts failures in a row.

    Attributes:
        kinds: of the failures that count. As long as the endpoint has never answered, all that get nowhere do.
        hearing: shared by all that ask the endpoint.
        width: requests side by side. One that has answered is gone only once all of them failed twice: a hiccup of the
            network costs each that is under way.
        reason: why the endpoint is asked no more; None while it is.
    """

    kinds: frozenset[FailureKind] = NOWHERE
    hearing: Hearing = field(default_factory=Hearing)
    width: int = 1
    reason: str | None = field(default=None, init=False)
    _in_a_row: int = field(default=0, init=False)
    _nowhere: int = field(default=0, init=False)
    _heard_at: float = field(default_factory=time.monotonic, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begins where the others gave up."""
        self.reason = self.hearing.given_up

    def note(self, answer: Answer) -> Answer:
        """Returns `answer`, counted."""
        kind = answer.kind if isinstance(answer, Failure) else None
        with self._lock:
            if kind in _UNSENT or (isinstance(answer, Failure) and answer.attempts == 0):
                return answer
            if kind not in NOWHERE:
                self._hear()
            elif isinstance(answer, Failure):
                self._count(answer)
        return answer

    def _hear(self) -> None:
        self._in_a_row = self._nowhere = 0
        self._heard_at = time.monotonic()
        self.hearing.answered = True

    def _count(self, failure: Failure) -> None:
        counts = failure.kind in self.kinds or not self.hearing.answered
        self._in_a_row = self._in_a_row + 1 if counts else 0
        self._nowhere += 1
        is_dear = self._nowhere >= _FEWEST and time.monotonic() - self._heard_at >= GIVE_UP_AFTER_S
        most = max(GIVE_UP_AFTER, 2 * self.width) if self.hearing.answered else GIVE_UP_AFTER
        if failure.kind is FailureKind.UNAVAILABLE or self._in_a_row >= most or is_dear:
            self.reason = self.reason or failure.message
            if not self.hearing.answered:
                self.hearing.given_up = self.hearing.given_up or self.reason
