"""The reasoning effort reaches the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.drawing import share_longer
from conformance.wire_assertions import shown
from conformance.wire_replies import broken, completion_of, reasoning_of, texts_of
from fixtures.wire import askings_of
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire

#: Where a model thinks longer at high effort than at low effort in 97 of 100 pairs of texts, no more than half of the
#: 36 pairs of six texts each say so in 1 of 100,000 runs.
NOT_LONGER = 0.5

LOW, HIGH = (askings_of(f"effort-{effort}") for effort in ("low", "high"))
HARMLESS = ("effort-low-harmless", "effort-high-harmless")


@pytest.mark.wire(CheckId.EFFORT_CHANGES_THINKING)
@pytest.mark.exchanges(*LOW, *HIGH, *HARMLESS)
def test_effort_changes_how_long_the_model_thinks(wire: Wire) -> None:
    """At high effort the model thinks longer than at low effort."""
    _assert_texts_change(wire, ((LOW[0], HIGH[0]), HARMLESS))
    short, long = ([completion_of(wire, name) for name in names] for names in (LOW, HIGH))
    lengths = [[len(reasoning_of(reply)) for reply in replies] for replies in (short, long)]
    one, other = (len(reasoning_of(completion_of(wire, name))) for name in HARMLESS)

    if share_longer(*lengths) <= NOT_LONGER and sum(lengths[1]) + other <= sum(lengths[0]) + one:
        raise broken(
            f"At high effort the model thinks no longer than at low effort: {sum(lengths[1])} characters in "
            f"{len(long)} texts against {sum(lengths[0])}.",
            short[0],
            long[0],
            facts=Facts(longer=False) if _vary(short) and _vary(long) else None,
        )


@pytest.mark.wire(CheckId.EFFORT_FIELD_READ)
@pytest.mark.exchanges("field-low", "field-high")
def test_effort_is_read_in_the_field_of_its_own(wire: Wire) -> None:
    """The request's field reasoning_effort alone is enough to change the text."""
    _assert_texts_change(wire, (("field-low", "field-high"),))


def _assert_texts_change(wire: Wire, pairs: tuple[tuple[str, str], ...]) -> None:
    """Fails where the texts do not change with the effort."""
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


def _vary(replies: list[ParsedReply]) -> bool:
    return len({reasoning_of(reply) for reply in replies}) > 1
