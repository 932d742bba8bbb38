"""A conversation can go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.no_completion import NoCompletion
from conformance.wire_assertions import assert_content_present, assert_no_markup
from conformance.wire_replies import accepted_completion_of, any_reply, broken, completion_of
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from fixtures.wire import Wire

#: Statuses with which a server says that it takes no reasoning in a conversation's history.
_NOT_TAKEN = frozenset({400, 422})


@pytest.mark.wire(CheckId.SECOND_TURN_WORKS)
@pytest.mark.exchanges("policy", "second-turn")
def test_second_turn_works(wire: Wire) -> None:
    """A second turn, given the first answer alone, is answered."""
    reply = accepted_completion_of(wire, "second-turn")

    assert_content_present(reply)
    assert_no_markup(reply)


@pytest.mark.wire(CheckId.SECOND_TURN_WITH_REASONING_WORKS)
@pytest.mark.exchanges("policy", "second-turn-with-reasoning")
def test_second_turn_works_with_the_first_turns_reasoning(wire: Wire) -> None:
    """A second turn, given the first answer with its reasoning as the server sent it, is answered."""
    _end_where_not_taken(wire)
    reply = accepted_completion_of(wire, "second-turn-with-reasoning")

    assert_content_present(reply)
    assert_no_markup(reply)


@pytest.mark.wire(CheckId.EARLIER_REASONING_DROPPED)
@pytest.mark.exchanges("policy", "second-turn", "second-turn-with-reasoning")
def test_earlier_reasoning_is_dropped(wire: Wire) -> None:
    """The reasoning of an answered turn is not fed back to the model."""
    _end_where_not_taken(wire)
    without, given = completion_of(wire, "second-turn"), completion_of(wire, "second-turn-with-reasoning")
    fewer, more = without.completion.usage.prompt_tokens, given.completion.usage.prompt_tokens

    if fewer != more:
        raise broken(
            f"The prompt of the second turn has {more} tokens when the first turn's reasoning is sent along and "
            f"{fewer} without it: Harmony drops the reasoning of an answered turn.",
            without,
            given,
            facts=Facts(offset=(more or 0) - (fewer or 0)),
        )


def _end_where_not_taken(wire: Wire) -> None:
    __tracebackhide__ = True
    reply = any_reply(wire, "second-turn-with-reasoning")
    if reply.status in _NOT_TAKEN and reply.no_completion is NoCompletion.REFUSED:
        pytest.skip(f"the server refuses reasoning in a conversation's history (HTTP {reply.status})")
