"""The reasoning effort reaches the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.wire_assertions import shown
from conformance.wire_replies import broken, completion_of, reasoning_of, texts_of
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from fixtures.wire import Wire


@pytest.mark.wire(CheckId.EFFORT_CHANGES_THINKING)
@pytest.mark.exchanges("effort-low", "effort-high", "effort-low-harmless", "effort-high-harmless")
def test_effort_changes_how_long_the_model_thinks(wire: Wire) -> None:
    """At high effort the model thinks longer than at low effort."""
    _assert_effort_matters(wire, (("effort-low", "effort-high"), ("effort-low-harmless", "effort-high-harmless")))


@pytest.mark.wire(CheckId.EFFORT_FIELD_READ)
@pytest.mark.exchanges("field-low", "field-high")
def test_effort_is_read_in_the_field_of_its_own(wire: Wire) -> None:
    """The request's field reasoning_effort alone is enough to change the effort."""
    _assert_effort_matters(wire, (("field-low", "field-high"),))


def _assert_effort_matters(wire: Wire, pairs: tuple[tuple[str, str], ...]) -> None:
    """Fails where the texts do not change with the effort, or the thinking as a whole does not grow."""
    __tracebackhide__ = True
    replies = [(completion_of(wire, low), completion_of(wire, high)) for low, high in pairs]
    if all(texts_of(low) == texts_of(high) for low, high in replies):
        low, high = replies[0]
        raise broken(
            f"The answers at low and at high effort are the same, word for word: {shown(reasoning_of(high))}",
            low,
            high,
            facts=Facts(same=bool(reasoning_of(high))),
        )
    short, long = (sum(len(reasoning_of(pair[side])) for pair in replies) for side in (0, 1))
    if long <= short:
        raise broken(
            f"At high effort the model thinks no longer than at low effort: {long} characters against {short}.",
            *(reply for pair in replies for reply in pair),
        )
