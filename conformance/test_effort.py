"""The reasoning effort reaches the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.drawing import share_longer
from conformance.knowledge import end_unless_reference, reasoning_in, reference_pairs
from conformance.wire_assertions import shown
from conformance.wire_replies import broken, completion_of, reasoning_of, texts_of
from fixtures.wire import askings_of
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from typing import TypeAlias

    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire

    #: Names of calls that differ in the effort alone, low before high.
    Pairs: TypeAlias = tuple[tuple[str, str], ...]

#: Where a model thinks longer at high effort than at low effort in 97 of 100 pairs of texts, no more than half of the
#: 36 pairs of six texts each say so in 1 of 100,000 runs.
NOT_LONGER = 0.5

LOW, HIGH = (askings_of(f"effort-{effort}") for effort in ("low", "high"))
HARMLESS = ("effort-low-harmless", "effort-high-harmless")

#: What the reference is asked: each of its texts once.
ITSELF = (LOW[0], HIGH[0])


@pytest.mark.wire(CheckId.EFFORT_CHANGES_THINKING)
@pytest.mark.exchanges(*LOW, *HIGH, *HARMLESS)
@pytest.mark.knows(*ITSELF, *HARMLESS)
def test_effort_changes_how_long_the_model_thinks(wire: Wire) -> None:
    """At high effort the model thinks longer than at low effort.

    Skipped where the reference does not either: then the model was not taught to.
    """
    _assert_texts_change(wire, ((LOW[0], HIGH[0]), HARMLESS), itself=(ITSELF, HARMLESS))
    short, long = ([completion_of(wire, name) for name in names] for names in (LOW, HIGH))
    lengths = [[len(reasoning_of(reply)) for reply in replies] for replies in (short, long)]
    one, other = (len(reasoning_of(completion_of(wire, name))) for name in HARMLESS)

    if share_longer(*lengths) <= NOT_LONGER and sum(lengths[1]) + other <= sum(lengths[0]) + one:
        end_unless_reference(wire, _thinks_longer(wire), "think longer at high effort than at low effort")
        raise broken(
            f"At high effort the model thinks no longer than at low effort: {sum(lengths[1])} characters in "
            f"{len(long)} texts against {sum(lengths[0])}.",
            short[0],
            long[0],
            facts=Facts(longer=False) if _vary(short) and _vary(long) else None,
        )


@pytest.mark.wire(CheckId.EFFORT_FIELD_READ)
@pytest.mark.exchanges("field-low", "field-high")
@pytest.mark.knows(*ITSELF)
def test_effort_is_read_in_the_field_of_its_own(wire: Wire) -> None:
    """The request's field reasoning_effort alone is enough to change the text.

    Skipped where the reference's text does not change with the effort either.
    """
    _assert_texts_change(wire, (("field-low", "field-high"),), itself=(ITSELF,))


def _assert_texts_change(wire: Wire, pairs: Pairs, *, itself: Pairs) -> None:
    """Fails where the texts do not change with the effort; `itself` is what the reference is asked."""
    __tracebackhide__ = True
    replies = [(completion_of(wire, low), completion_of(wire, high)) for low, high in pairs]
    if all(texts_of(low) == texts_of(high) for low, high in replies):
        end_unless_reference(wire, _changes(wire, itself), "change its text with the effort")
        low, high = replies[0]
        raise broken(
            f"The answers at low and at high effort are the same, word for word: {shown(reasoning_of(high))}",
            low,
            high,
            facts=Facts(same=bool(reasoning_of(high))),
        )


def _changes(wire: Wire, itself: Pairs) -> bool | None:
    """Returns whether the reference's own texts change with the effort; None where it is not known."""
    own = reference_pairs(wire, itself)
    if own is None:
        return None
    return any((low.reasoning, low.content) != (high.reasoning, high.content) for low, high in own)


def _thinks_longer(wire: Wire) -> bool | None:
    """Returns whether the reference itself thinks longer at high effort, in all its texts together."""
    own = reference_pairs(wire, (ITSELF, HARMLESS))
    if own is None:
        return None
    return sum(len(reasoning_in(high)) - len(reasoning_in(low)) for low, high in own) > 0


def _vary(replies: list[ParsedReply]) -> bool:
    return len({reasoning_of(reply) for reply in replies}) > 1
