"""Legitimate requests are answered. What comes instead is told here, once, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.errors import Failure
from backends.no_completion import NoCompletion
from backends.statuses import NOT_THE_ENDPOINTS, meant_by_reply
from conformance.stream_replies import STREAMED
from conformance.wire_replies import any_reply, broken, told_status
from fixtures.wire import GREEDY_WORDS, REPEATED_CALLS, askings_of
from reports.checks import CheckId, Facts, Unserved, cause_of
from reports.session.statuses import UNANSWERED, ExampleMismatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire
    from reports.checks.one_cause import Cause

#: Requests that a server may refuse, since it need not do all that they ask for.
OPTIONAL = ("json-mode",)

#: Requests that every server must answer, if not with a refusal. Left out are those of which a check of its own says
#: that they are taken, and those that are drawn: a model that draws may write what no server can read.
LEGITIMATE = (
    *(asked for name in REPEATED_CALLS for asked in askings_of(name)),
    "no-policy",
    "form",
    "cut",
    "tool",
    "effort-low-harmless",
    "effort-high-harmless",
    "field-low",
    "field-high",
    GREEDY_WORDS,
    "stop",
    "several-turns",
    "unicode",
    "special-tokens",
    "longest",
    "accents",
    *STREAMED,
    *OPTIONAL,
)

#: Characters of what came instead that are told.
_SHOWN = 300

#: Causes that a message tells, and exchanges that it names for each.
_CAUSES, _NAMED = 5, 4


@pytest.mark.wire(CheckId.REQUESTS_ANSWERED)
@pytest.mark.exchanges(*LEGITIMATE)
def test_legitimate_requests_are_answered(wire: Wire) -> None:
    """A legitimate request is answered with a chat completion, or with a stream of one where it asks for that."""
    replies = [reply for name in LEGITIMATE if (reply := _of_the_endpoint(wire, name)) is not None]
    if not replies:
        any_reply(wire, LEGITIMATE[0])
        raise ExampleMismatch(UNANSWERED, "No exchange got a reply of the endpoint's own.")
    unserved = [found for reply in replies if (found := _unserved(reply)) is not None]

    if unserved:
        named = {found.exchange for found in unserved}
        raise broken(
            _told(unserved, len(replies)),
            *(reply for reply in replies if reply.name in named),
            facts=Facts(unserved=tuple(unserved), of=len(replies)),
        )


def _of_the_endpoint(wire: Wire, name: str) -> ParsedReply | None:
    """Returns the reply to a call; None where none came, or one that is nobody's fault."""
    reply = wire.reply(name)
    if isinstance(reply, Failure) or meant_by_reply(reply.status, reply.text) in NOT_THE_ENDPOINTS:
        return None
    return reply


def _unserved(reply: ParsedReply) -> Unserved | None:
    """Returns what keeps a reply from being an answer; None where nothing does, or where it is told elsewhere."""
    why = NoCompletion.PARTS if reply.is_in_parts else reply.no_completion
    if why is NoCompletion.REFUSED and reply.name in OPTIONAL:
        return None
    # Of streams that end in an error where their unstreamed request is answered, `stream-comes-whole` tells.
    if why in (None, NoCompletion.BROKEN_OFF) or (why is NoCompletion.NO_OBJECT and reply.json_problems):
        return None
    return Unserved(exchange=reply.name, why=why, status=reply.status, said=reply.text[:_SHOWN])


def _told(unserved: Sequence[Unserved], of: int) -> str:
    """Returns how many requests were not answered, and each cause once, with the words that came with it."""
    causes: dict[Cause, list[Unserved]] = {}
    for one in unserved:
        causes.setdefault(cause_of(one), []).append(one)
    lines = [f"{len(unserved)} of {of} legitimate requests are not answered with a chat completion:"]
    for alike in sorted(causes.values(), key=len, reverse=True)[:_CAUSES]:
        names, more = ", ".join(one.exchange for one in alike[:_NAMED]), ", ..." if len(alike) > _NAMED else ""
        first = alike[0]
        lines.append(f"  {names}{more}: {first.why.sentence}{told_status(first.status)}: {first.said or 'no text'}")
    if len(causes) > _CAUSES:
        lines.append(f"  and {len(causes) - _CAUSES} more causes")
    return "\n".join(lines)
