"""The bodies of replies can be read by every client, and not by lenient ones alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.errors import Failure
from conformance.wire_replies import any_reply, broken
from reports.checks import CheckId, Facts
from reports.session.statuses import UNANSWERED, ExampleMismatch

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire

#: Replies of every kind: answers, a cut one, calls of tools, streams, and texts of many characters.
BODIES = (
    "policy",
    "no-policy",
    "harmless",
    "effort-low",
    "effort-high",
    "cut",
    "tool",
    "tool-result",
    "policy-streamed",
    "tool-streamed",
    "several-turns",
    "unicode",
    "special-tokens",
    "longest",
    "json-mode",
)


@pytest.mark.wire(CheckId.BODIES_STRICT_JSON)
@pytest.mark.exchanges(*BODIES)
def test_bodies_are_strict_json(wire: Wire) -> None:
    """The body of a reply, and each event of a stream, is JSON as strict readers take it.

    Errors are not looked at: they may come from anywhere on the way.
    """
    replies = _good_replies(wire)
    odd = [reply for reply in replies if reply.json_problems]

    if odd:
        first = odd[0]
        faults = dict.fromkeys(problem.fault for reply in odd for problem in reply.json_problems)
        raise broken(
            f"A strict reader of JSON trips over {len(odd)} of {len(replies)} replies: in exchange {first.name}, "
            f"{first.json_problems[0].told}.",
            first,
            beside=odd[1:2],
            facts=Facts(json_faults=tuple(faults)),
        )


def _good_replies(wire: Wire) -> list[ParsedReply]:
    """Returns the replies that are no errors; where there is none, the check ends."""
    there = [reply for name in BODIES if not isinstance(reply := wire.reply(name), Failure) and not reply.refused]
    if not there:
        any_reply(wire, BODIES[0])
        raise ExampleMismatch(UNANSWERED, "No exchange has a reply that is no error.")
    return there
