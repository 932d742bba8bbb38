"""Streamed replies as checks look at them: those that come whole.

A stream that does not come breaks one claim, that of `stream-comes-whole`. All others about it are unanswered then: the
cause is told once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backends.errors import Failure, FailureKind
from conformance.wire_assertions import shown
from conformance.wire_replies import any_reply, broken, completion_of
from fixtures.wire import STREAMED_CALLS, streamed_as
from reports.checks import Facts
from reports.session.statuses import UNANSWERED, ExampleMismatch

if TYPE_CHECKING:
    from backends.api.chat_stream import ChatStream
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire
    from reports.checks import CheckViolation

#: Every streamed call, and the same call unstreamed.
UNSTREAMED: Final = {streamed_as(name): name for name in STREAMED_CALLS}

STREAMED: Final = tuple(UNSTREAMED)


def streamed(wire: Wire, name: str) -> ParsedReply:
    """Returns the reply to a streamed call, a stream that came whole; the check ends where there is none."""
    __tracebackhide__ = True
    violation = what_is_missing(wire, name)
    if violation is not None:
        raise ExampleMismatch(UNANSWERED, str(violation))
    return completion_of(wire, name)


def what_is_missing(wire: Wire, name: str) -> CheckViolation | None:
    """Returns what keeps a stream from coming whole where its unstreamed call is answered; None where nothing does."""
    __tracebackhide__ = True
    failure = wire.reply(name)
    if isinstance(failure, Failure) and failure.kind is FailureKind.UNREACHABLE and failure.status is None:
        completion_of(wire, UNSTREAMED[name])
        return broken(
            f"An unstreamed request is answered, but the stream {name} breaks off: {failure.message}",
            facts=Facts(said=failure.message),
        )
    reply = any_reply(wire, name)
    error = reply.stream.error
    if error is not None and not reply.refused:
        completion_of(wire, UNSTREAMED[name])
        return broken(
            f"An unstreamed request is answered, but the stream {name} holds an error in the place of its end: "
            f"{shown(error.words)}",
            reply,
            facts=Facts(said=error.words),
        )
    completion_of(wire, name)
    return None


def joined_texts(reply: ParsedReply) -> tuple[str, str]:
    """Returns reasoning and final answer of a stream that came whole."""
    return reply.stream.reasoning, reply.stream.content


def stream_of(wire: Wire, name: str) -> ChatStream:
    """Returns the stream of a streamed call, read."""
    return streamed(wire, name).stream
