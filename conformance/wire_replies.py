"""What a wire check looks at: replies that came, and what to do about those that did not.

A claim can be broken only by an answer. Where none came, or what came is about the account, the address, a limit or a
gateway, the check is unanswered; so it is where what came is no chat completion, which one check tells for all. Where
another reply has made the call void, or the endpoint declares that it does not do this, it is skipped.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from backends.completion import text_or_none
from backends.errors import BackendUnavailable, Failure, FailureKind, ResponseUnusable
from backends.no_completion import NoCompletion
from backends.statuses import NOT_THE_ENDPOINTS, meant_by_reply
from reports.checks import CheckId, CheckViolation, Facts, Unserved
from reports.session.statuses import UNANSWERED, ExampleMismatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backends.api.parsed_reply import ParsedReply
    from backends.renderings import CountExplanation
    from fixtures.wire import Wire

#: Statuses with which a server says that it does not do what was asked.
DECLINED = frozenset({400, 405, 415, 422, 501})

_SHOWN = 300

#: Kinds of failures that say the same of each call that has them.
_ABOUT_ALL_CALLS = frozenset({FailureKind.ACCOUNT, FailureKind.NOT_ASKED})


def any_reply(wire: Wire, name: str, *, expected: frozenset[int] = frozenset()) -> ParsedReply:
    """Returns what came back for a call, whatever its status says of the request or of the server.

    The check ends where nothing came, or what is nobody's fault. A message about what concerns all calls alike names
    none of them, so that it is told once.

    Args:
        wire: what the check sees.
        name: of the call.
        expected: statuses that say something of this call, whomever they are about elsewhere.
    """
    __tracebackhide__ = True
    reply = wire.reply(name)
    if isinstance(reply, Failure):
        if reply.kind is FailureKind.POINTLESS:
            pytest.skip(reply.message)
        lacking = "No answer came" if reply.kind in _ABOUT_ALL_CALLS else f"The exchange {name} got no answer"
        raise ExampleMismatch(UNANSWERED, f"{lacking}: {reply.message}")
    if reply.status not in expected and meant_by_reply(reply.status, reply.text) in NOT_THE_ENDPOINTS:
        raise ExampleMismatch(UNANSWERED, f"No answer came: HTTP {reply.status}: {reply.text[:_SHOWN] or 'no text'}")
    return reply


def completion_of(wire: Wire, name: str) -> ParsedReply:
    """Returns the chat completion, or the stream of one, that came back for a call.

    Where something else came, the check ends and breaks no claim: `requests-answered` tells of it, once for all.
    """
    __tracebackhide__ = True
    reply = any_reply(wire, name)
    if (why := reply.no_completion) is not None:
        raise ExampleMismatch(
            UNANSWERED,
            f"No chat completion came ({why.sentence}{told_status(reply.status)}): the check "
            f"{CheckId.REQUESTS_ANSWERED} tells of it.\n{name}: {reply.text[:_SHOWN] or 'no text'}",
        )
    return reply


def accepted_completion_of(wire: Wire, name: str) -> ParsedReply:
    """Returns the chat completion that came back for a call of which the claim is that it is taken."""
    __tracebackhide__ = True
    reply = any_reply(wire, name)
    if reply.refused:
        raise broken(
            f"The server answers a legitimate request (exchange {name}) with HTTP {reply.status}: "
            f"{reply.text[:_SHOWN] or 'no text'}",
            reply,
            facts=Facts(status=reply.status, said=reply.text[:_SHOWN], unserved=unserved_of(reply)),
        )
    if (why := reply.no_completion) is not None:
        raise broken(
            f"The exchange {name} has no chat completion in it, since {why.sentence}: {reply.text[:_SHOWN]}",
            reply,
            facts=Facts(unusable=True, unserved=unserved_of(reply)),
        )
    return reply


def unserved_of(reply: ParsedReply) -> tuple[Unserved, ...]:
    """Returns why a reply holds no chat completion, as a fact; empty where it holds one."""
    why, said = reply.no_completion, reply.text[:_SHOWN]
    return () if why is None else (Unserved(exchange=reply.name, why=why, status=reply.status, said=said),)


def told_status(status: int | None) -> str:
    """Returns a status as it stands behind a cause."""
    return "" if status is None else f", HTTP {status}"


def declines(wire: Wire, names: Sequence[str], *, plain: str) -> bool:
    """Returns whether the server declares that it does not do what these calls ask for, and answers a plain one."""
    __tracebackhide__ = True
    replies = [any_reply(wire, name) for name in names]
    if not all(reply.status in DECLINED and reply.no_completion is NoCompletion.REFUSED for reply in replies):
        return False
    completion_of(wire, plain)
    return True


def drawn_texts(wire: Wire, names: Sequence[str], *, plain: str) -> list[tuple[str, str]] | None:
    """Returns reasoning and answer of replies that were drawn; None where the server declares that it does not draw so.

    Where it refuses a plain call too, it declares nothing, and the check ends. A model that draws this hot may write
    what no server can read. So a call that fails inside, or has no completion in its reply, ends the check too and
    breaks no claim.
    """
    __tracebackhide__ = True
    if declines(wire, names, plain=plain):
        return None
    replies = [any_reply(wire, name) for name in names]
    for reply in replies:
        if reply.refused:
            pytest.skip(f"the drawn text {reply.name} did not come (HTTP {reply.status}): draws cannot be compared")
    try:
        return [texts_of(reply) for reply in replies]
    except ResponseUnusable as error:
        pytest.skip(f"a drawn text is no chat completion ({error}): draws cannot be compared")


def tokens_of(wire: Wire, text: str) -> int:
    """Returns how many tokens a text without special tokens has for the model."""
    with _tokenizer_at_hand():
        return wire.count_tokens(text)


def explain_count(wire: Wire, name: str, count: int) -> CountExplanation:
    """Returns what a reported length says about the prompt of a call."""
    with _tokenizer_at_hand():
        return wire.explain_count(name, count)


def legitimate_lengths(wire: Wire, name: str) -> frozenset[int]:
    """Returns how long the prompt of a call may legitimately be."""
    with _tokenizer_at_hand():
        return wire.legitimate_lengths(name)


def date_shift(wire: Wire) -> int:
    """Returns by how many tokens the date line of the endpoint's prompts is longer than ours."""
    with _tokenizer_at_hand():
        return wire.possible_forms().shift


@contextmanager
def _tokenizer_at_hand() -> Iterator[None]:
    """Leaves a check unanswered where the model's tokenizer cannot be had: the endpoint is not to blame for that."""
    try:
        yield
    except BackendUnavailable as error:
        raise ExampleMismatch(UNANSWERED, str(error)) from None


def broken(
    message: str, *replies: ParsedReply, beside: Sequence[ParsedReply] = (), facts: Facts | None = None
) -> CheckViolation:
    """Returns the error that tells a broken claim.

    Args:
        message: for people.
        replies: the exchanges that show it: whoever makes them again sees it.
        beside: others that belong to the evidence.
        facts: what was seen, for the rules.
    """
    evidence = {reply.name: reply.evidence for reply in (*replies, *beside)}
    return CheckViolation(message, evidence=evidence, shown_by=[reply.name for reply in replies], facts=facts)


def content_of(reply: ParsedReply) -> str:
    """Returns the final answer; an absent or null one is empty."""
    return text_or_none(reply.completion.content) or ""


def reasoning_of(reply: ParsedReply) -> str:
    """Returns the reasoning; an absent or null one is empty."""
    return text_or_none(reply.completion.reasoning) or ""


def texts_of(reply: ParsedReply) -> tuple[str, str]:
    """Returns reasoning and final answer."""
    return reasoning_of(reply), content_of(reply)
