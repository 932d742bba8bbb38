"""Notices that an endpoint has stopped answering, so that hundreds of requests do not each wait for a time-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.errors import Failure, FailureKind

if TYPE_CHECKING:
    from backends.completion import Answer

#: After this many requests in a row that got nowhere, the endpoint counts as gone and is asked no more.
GIVE_UP_AFTER = 5

#: What gets nowhere whatever is asked.
NOWHERE = frozenset({FailureKind.UNREACHABLE, FailureKind.UNAVAILABLE, FailureKind.ACCOUNT, FailureKind.OVERDUE})


class Gone:
    """Counts failures in a row.

    Args:
        kinds: of the failures that count.

    Attributes:
        reason: why the endpoint is asked no more; None while it is.
    """

    def __init__(self, kinds: frozenset[FailureKind] = NOWHERE) -> None:
        self.reason: str | None = None
        self._kinds = kinds
        self._in_a_row = 0

    def note(self, answer: Answer) -> Answer:
        """Returns `answer`, counted."""
        kind = answer.kind if isinstance(answer, Failure) else None
        self._in_a_row = self._in_a_row + 1 if kind in self._kinds else 0
        if isinstance(answer, Failure) and (kind is FailureKind.UNAVAILABLE or self._in_a_row >= GIVE_UP_AFTER):
            self.reason = self.reason or answer.message
        return answer
