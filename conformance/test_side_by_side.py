"""Requests that run side by side do not disturb each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.drawing import is_lost_beside_others
from conformance.wire_assertions import assert_no_more_markup, shown, shows_markup
from conformance.wire_replies import broken, completion_of, content_of
from fixtures.wire import REPEATED_CALLS, askings_of
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire

ALONE = {name: askings_of(name)[:2] for name in REPEATED_CALLS}
BESIDE = {name: askings_of(name)[2:] for name in REPEATED_CALLS}

#: A model may write markup by itself, now and then, or always in answer to one of four requests. More than half of
#: sixteen answers do not.
MARKUP_ALLOWED = 8


@pytest.mark.wire(CheckId.CONCURRENT_CALLS_ANSWER_ALIKE)
@pytest.mark.exchanges(*(asked for name in REPEATED_CALLS for asked in askings_of(name)))
def test_sixteen_at_once_get_the_answers_that_each_gets_alone(wire: Wire) -> None:
    """The labels that requests get one at a time are not lost when sixteen go out at once."""
    alone = {name: [completion_of(wire, one) for one in names] for name, names in ALONE.items()}
    beside = {name: [completion_of(wire, one) for one in names] for name, names in BESIDE.items()}
    _assert_markup_stays_out(alone, beside)
    labels = {name: _labels(wire, replies) for name, replies in beside.items()}

    if all(is_lost_beside_others(_labels(wire, alone[name]), labels[name]) for name in REPEATED_CALLS):
        pairs = [(alone[name][0], reply) for name in REPEATED_CALLS for reply in beside[name]]
        other = [(one, reply) for one, reply in pairs if content_of(one) != content_of(reply)]
        one, reply = other[0]
        raise broken(
            f"{len(other)} of {len(pairs)} requests that went out at once get another answer than alone; the first is "
            f"{one.name}: {shown(content_of(one))} alone, {shown(content_of(reply))} beside the others.",
            beside=[one, reply],
            facts=Facts(parted=len(other), of=len(pairs)),
        )


def _labels(wire: Wire, replies: list[ParsedReply]) -> list[bool | None]:
    return [wire.read_label(content_of(reply)) for reply in replies]


def _assert_markup_stays_out(alone: dict[str, list[ParsedReply]], beside: dict[str, list[ParsedReply]]) -> None:
    __tracebackhide__ = True
    pairs = [(alone[name][0], reply) for name, replies in beside.items() for reply in replies]
    marked = [(one, reply) for one, reply in pairs if shows_markup(reply) and not shows_markup(one)]
    if len(marked) > MARKUP_ALLOWED:
        one, reply = marked[0]
        assert_no_more_markup(reply, than=one)
