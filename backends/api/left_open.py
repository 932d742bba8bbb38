"""Streams that stay open behind their last event.

After `[DONE]` nothing more can come, so nobody who reads for the answer waits: a server that does not close by then is
given a while, and what came until then is the whole response.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backends.api.exchange import Exchange

#: Seconds that a stream has to close behind `[DONE]`: the way of one packet takes far less, also through gateways.
PATIENCE_S = 10.0

_LAST = (b"data: [DONE]", b"data:[DONE]")


@dataclass(slots=True)
class OpenEnd:
    """Watches one response as it comes in.

    Attributes:
        exchange: that is being filled.
        patience_s: seconds to wait behind the last event.
    """

    exchange: Exchange
    patience_s: float
    _since: float | None = field(default=None, init=False)

    def is_over(self) -> bool:
        """Returns whether the last event of a stream came so long ago that nobody waits for its end."""
        if self._since is None and self.has_last_event():
            self._since = time.monotonic()
        return self._since is not None and time.monotonic() - self._since >= self.patience_s

    def has_last_event(self) -> bool:
        """Returns whether a stream's last event has come, and only comments or nothing behind it."""
        if not self.exchange.is_stream:
            return False
        for line in reversed(bytes(self.exchange.arrived).splitlines()):
            if line.strip() and not line.startswith(b":"):
                return line in _LAST
        return False
