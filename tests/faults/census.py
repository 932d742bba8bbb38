"""Who came, how often, and who is there now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.request import ProxiedRequest


class Census:
    """Numbers requests and counts those under way. Who only looks whether the server is there disturbs nobody.

    Only the proxy's event loop calls `enter` and `leave`; `seen` may be called from any thread.
    """

    def __init__(self) -> None:
        self._seen: list[ProxiedRequest] = []
        self._times: Counter[str] = Counter()
        self._underway: set[ProxiedRequest] = set()

    def enter(self, request: ProxiedRequest) -> None:
        """Notes that `request` came, and tells it so."""
        digest = request.digest
        request.index, request.repeat = len(self._seen), self._times[digest]
        self._times[digest] += 1
        if request.method == "POST":
            self._underway.add(request)
        request.underway = len(self._underway)
        for present in self._underway:
            present.underway_peak = max(present.underway_peak, request.underway)
        self._seen.append(request)

    def leave(self, request: ProxiedRequest) -> None:
        """Notes that `request` is done with; doing so again changes nothing."""
        self._underway.discard(request)

    def seen(self) -> list[ProxiedRequest]:
        """Returns all requests so far, in the order in which they came."""
        return list(self._seen)
