"""For which requests an alteration acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tests.faults.alteration import Alteration

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.reply import ProxiedReply
    from tests.faults.request import ProxiedRequest
    from tests.faults.sse import Chunk

    Condition: TypeAlias = Callable[[ProxiedRequest], bool]


def when(condition: Condition, alteration: Alteration) -> Alteration:
    """Returns `alteration` for the requests that fulfil `condition`; each hook asks it anew."""
    return _When(condition, alteration)


def repeated(request: ProxiedRequest) -> bool:
    """True where the very same request came before."""
    return request.repeat > 0


def side_by_side(request: ProxiedRequest) -> bool:
    """True where another request was under way at some moment of its life so far: only later hooks can know."""
    return request.underway_peak > 1


def streamed(request: ProxiedRequest) -> bool:
    """True where the client asked for a stream."""
    return request.streams


def unstreamed(request: ProxiedRequest) -> bool:
    """True where the client did not ask for a stream."""
    return not request.streams


def chance(share: float, seed: int) -> Condition:
    """Returns a condition that a `share` (0 to 1) of requests fulfil, the same ones in whatever order they come."""
    return lambda request: request.random(seed).random() < share


@dataclass(frozen=True, slots=True)
class _When(Alteration):
    condition: Condition
    alteration: Alteration

    def request(self, request: ProxiedRequest) -> None:
        if self.condition(request):
            self.alteration.request(request)

    def reply(self, request: ProxiedRequest) -> ProxiedReply | None:
        return self.alteration.reply(request) if self.condition(request) else None

    def head(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        if self.condition(request):
            self.alteration.head(request, reply)

    def response(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        if self.condition(request):
            self.alteration.response(request, reply)

    def chunks(self, request: ProxiedRequest, chunks: list[Chunk]) -> list[Chunk]:
        return self.alteration.chunks(request, chunks) if self.condition(request) else chunks

    @property
    def edits_chunks(self) -> bool:
        return self.alteration.edits_chunks
