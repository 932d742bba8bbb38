"""The way of one request past the alterations, and of its reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.alteration import Alteration
    from tests.faults.reply import ProxiedReply
    from tests.faults.request import ProxiedRequest


class Way:
    """Calls the hooks of all alterations in their order, one kind of hook after the other."""

    def __init__(self, request: ProxiedRequest, alterations: Sequence[Alteration]) -> None:
        self.request = request
        self._alterations = alterations

    @property
    def edits_chunks(self) -> bool:
        """True where a stream must be whole before it is passed on."""
        return any(alteration.edits_chunks for alteration in self._alterations)

    def out(self) -> ProxiedReply | None:
        """Edits the request; returns the reply of the first alteration that answers itself, with its head edited."""
        for alteration in self._alterations:
            alteration.request(self.request)
        replies = (alteration.reply(self.request) for alteration in self._alterations)
        reply = next((reply for reply in replies if reply is not None), None)
        if reply is not None:
            self.head(reply)
        return reply

    def head(self, reply: ProxiedReply) -> None:
        """Edits status and headers."""
        for alteration in self._alterations:
            alteration.head(self.request, reply)

    def back(self, reply: ProxiedReply) -> None:
        """Edits the body, for which an earlier alteration may have put one of another kind."""
        for alteration in self._alterations:
            if isinstance(reply.body, list):
                reply.body = alteration.chunks(self.request, reply.body)
            elif isinstance(reply.body, dict):
                alteration.response(self.request, reply)
