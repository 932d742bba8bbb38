"""Named assertions about requests that say more than simple clients do: taken, honoured, or refused as they may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from backends.no_completion import NoCompletion
from backends.statuses import FIRST_ERROR
from conformance.wire_replies import accepted_completion_of, any_reply, broken, completion_of, unserved_of
from reports.checks import Facts

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire
    from reports.checks import CheckViolation

#: From this status on the server says that it fails, but for one with which it says that it cannot do this.
_FAILS, _NOT_IMPLEMENTED = 500, 501

#: What a server says that does not do what was asked; a guard says nothing of that.
_DECLINING = (NoCompletion.REFUSED, NoCompletion.FAILED)

_SHOWN = 300


def completion_of_form(wire: Wire, name: str, form: Literal["developer", "parts", "second system"]) -> ParsedReply:
    """Returns the completion of a request in a form that the protocol allows; a refusal breaks the claim."""
    __tracebackhide__ = True
    reply = any_reply(wire, name)
    if is_declined(reply) and reply.no_completion in _DECLINING:
        raise broken(
            f"The server refuses a request that the protocol allows (exchange {name}) with HTTP {reply.status}: "
            f"{reply.text[:_SHOWN] or 'no text'}",
            reply,
            facts=Facts(status=reply.status, said=reply.text[:_SHOWN], refused_form=form, unserved=unserved_of(reply)),
        )
    return completion_of(wire, name)


def completion_unless_declined(wire: Wire, name: str) -> ParsedReply | None:
    """Returns the completion of a request with a parameter that a server may decline; None where it does."""
    __tracebackhide__ = True
    reply = any_reply(wire, name)
    # A server that does not answer a plain request either declares nothing.
    completion_of(wire, "policy")
    if is_declined(reply) and reply.no_completion in _DECLINING:
        return None
    return accepted_completion_of(wire, name)


def is_declined(reply: ParsedReply) -> bool:
    """Returns whether a server says that it does not do what was asked, and does not merely fail."""
    return FIRST_ERROR <= reply.status < _FAILS or reply.status == _NOT_IMPLEMENTED


def prompt_length(reply: ParsedReply) -> int:
    """Returns the reported length of the prompt; where none is reported, the check ends: others tell of it."""
    __tracebackhide__ = True
    count = reply.completion.usage.prompt_tokens
    if not count:
        pytest.skip(f"no length of the prompt is reported in exchange {reply.name}, so nothing can be said of it")
    return count


def ignored(field: str, message: str, *replies: ParsedReply) -> CheckViolation:
    """Returns the error that tells of a field of the request that was accepted and has no effect."""
    return broken(message, *replies, facts=Facts(ignored=field))
