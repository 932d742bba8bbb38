"""What a run may cost: a request is made only where the most that it can cost is still there."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backends.api.price import FREE, Price
from backends.billed import billed_in_body
from backends.errors import AskedNoMore, MoneySpent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from backends.api.exchange import Exchange

#: Seconds between two looks at whether somebody still waits.
_TURN_S = 0.1

#: A text has no more tokens than half its bytes, in any language that gpt-oss's vocabulary was made for, and a chat
#: template no more than this many of its own.
_BYTES_A_TOKEN, _OF_THE_TEMPLATE = 2, 300

#: Where a request says how long its answer may be.
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")

#: Counted for an answer without a limit.
_UNLIMITED = 131_072

_OK = 200


@dataclass(slots=True)
class Purse:
    """The money of a run, shared by all its endpoints.

    Attributes:
        limit: US dollars.
        spent: of them, what replies tell; of a request that may have been answered unseen, the most.
    """

    limit: float
    spent: float = field(default=0.0, init=False)
    _held: float = field(default=0.0, init=False)
    _changed: threading.Condition = field(default_factory=threading.Condition, init=False, repr=False, compare=False)

    @contextmanager
    def paying(
        self, price: Price, body: Mapping[str, Any], exchange: Exchange, is_over: Callable[[], bool]
    ) -> Iterator[None]:
        """Holds back the most that a request can cost while it is made inside, and then counts what it did cost.

        Args:
            price: at the endpoint.
            body: of the request.
            exchange: that is filled inside.
            is_over: tells that nobody needs the answer any more.

        Raises:
            MoneySpent: not enough is left, and nobody under way will give any back.
            AskedNoMore: nobody needed the answer before there was enough.
        """
        most = _most_of(price, body)
        self._hold(most, is_over)
        try:
            yield
        finally:
            with self._changed:
                self._held -= most
                self.spent += _cost_of(price, exchange, most)
                self._changed.notify_all()

    def _hold(self, most: float, is_over: Callable[[], bool]) -> None:
        with self._changed:
            while self.spent + self._held + most > self.limit:
                if is_over():
                    raise AskedNoMore("the run ended before this was asked")
                if self._held <= 0:
                    raise MoneySpent(
                        f"Of the {self.limit:g} US dollars that this run may cost, {self.spent:.4f} are spent, and one "
                        f"more request may cost {most:.4f}: --max-cost allows more."
                    )
                self._changed.wait(_TURN_S)
            self._held += most


def _most_of(price: Price, body: Mapping[str, Any]) -> float:
    """Returns the most that a request can cost, in US dollars."""
    if price == FREE:
        return 0.0
    limit = max((body[name] for name in _LIMITS if isinstance(body.get(name), int)), default=_UNLIMITED)
    choices = body.get("n") if isinstance(body.get("n"), int) else 1
    prompt = len(str(body).encode(errors="replace")) / _BYTES_A_TOKEN + _OF_THE_TEMPLATE
    return price.of(prompt, limit * max(1, choices or 1))


def _cost_of(price: Price, exchange: Exchange, most: float) -> float:
    """Returns what a request has cost: nothing where it was refused, and the most where nobody knows."""
    if exchange.status is not None and exchange.status != _OK:
        return 0.0
    body = (exchange.response_body or b"").decode(errors="replace")
    billed = billed_in_body(body)
    if billed is not None:
        return price.of(billed.prompt, billed.completion)
    # A connection that was never made costs nothing; a response that was not waited for may well be billed.
    return most if exchange.status is not None or exchange.begun is not None or exchange.is_given_up else 0.0
