"""Named assertions about where a text ends, and about what is billed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from backends.completion import FinishReason
from backends.outcome import FORMAT_TOKENS
from conformance.wire_assertions import parting, shown
from conformance.wire_replies import broken, content_of, reasoning_of, tokens_of
from reports.checks import Facts

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire


_REASONING: Literal["reasoning"] = "reasoning"
_CONTENT: Literal["content"] = "content"


def assert_finish_reason(reply: ParsedReply, expected: FinishReason, *, ended: str) -> None:
    """Asserts that a text that was made to end in some way, told in words, says so."""
    __tracebackhide__ = True
    got = reply.completion.finish_reason
    if got is not expected:
        raise broken(
            f"{ended}, the finish_reason is not '{expected}' but {reply.finish_reason!r}.",
            reply,
            facts=Facts(finish_reason=str(reply.finish_reason)),
        )


def assert_not_cut_before(reply: ParsedReply, limit: int) -> None:
    """Asserts that a text was not cut before the limit that was asked for."""
    __tracebackhide__ = True
    used = reply.completion.usage.completion_tokens
    if reply.completion.finish_reason is FinishReason.LENGTH and used is not None and used < limit:
        raise broken(
            f"Exchange {reply.name} was cut with finish_reason 'length' after {used} tokens, though {limit} were asked "
            "for: the server has a lower limit of its own.",
            reply,
            facts=Facts(used=used, limit=limit),
        )


def assert_usage_within(cut: ParsedReply, limit: int) -> None:
    """Asserts that no more tokens are reported for a cut text than the limit allows, and at least one."""
    __tracebackhide__ = True
    used = cut.completion.usage.completion_tokens
    if used is None or not 0 < used <= limit:
        raise broken(f"Cut at {limit} tokens, usage reports {used} completion tokens.", cut, facts=Facts(used=used))


def assert_beginning_of(whole: ParsedReply, cut: ParsedReply, *, wire: Wire, limit: int) -> None:
    """Asserts that a cut text is the beginning of the whole one, or a reasoning at least no longer than the limit."""
    __tracebackhide__ = True
    for part, text, beginning in (
        (_REASONING, reasoning_of(whole), reasoning_of(cut)),
        (_CONTENT, content_of(whole), content_of(cut)),
    ):
        told = beginning.rstrip("\ufffd")
        short = bool(told) and not text.startswith(told) and tokens_of(wire, told) <= limit
        if text.startswith(told) or (short and part == _REASONING):
            continue
        raise broken(
            f"Cut at {limit} tokens, the {part} is not the beginning of the whole one:\n  whole: {shown(text)}\n"
            f"  cut:   {shown(beginning)}\n  {parting(beginning, text)}",
            cut,
            facts=Facts(part=part),
        )


def assert_left_out(word: str, stopped: ParsedReply, whole: ParsedReply) -> None:
    """Asserts that a stop string does not stay in the text."""
    __tracebackhide__ = True
    got = content_of(stopped)
    if word in got:
        raise broken(
            f"The stop string {word!r} stays in the text: {shown(got)}",
            stopped,
            beside=[whole],
            facts=Facts(stop_left=True),
        )


def require_stop_reached(word: str, stopped: ParsedReply, whole: ParsedReply) -> None:
    """Ends the check where the stopped text is not what the whole one says before the stop string.

    A model that stands between two words may say another thing, and never come to the stop string.
    """
    __tracebackhide__ = True
    expected, got = content_of(whole).partition(word)[0], content_of(stopped)
    if not expected.startswith(got.rstrip()):
        pytest.skip(f"the text that should stop at {word!r} is another one than without it, and may not come to it")


def require_cut(cut: ParsedReply, limit: int) -> None:
    """Ends the check where a text ended by itself before the limit, with an answer: then nothing was cut.

    The whole text was longer, but a model may say a shorter thing the next time.
    """
    __tracebackhide__ = True
    used, ended = cut.completion.usage.completion_tokens, cut.completion.finish_reason is FinishReason.STOP
    if ended and used is not None and 0 < used < limit and content_of(cut).strip():
        pytest.skip(f"the text that should be cut at {limit} tokens ended by itself after {used}")


def require_end(reply: ParsedReply, wanted: str) -> None:
    """Ends the check where an answer did not come to an end of its own: cut, it may not have come to what is wanted."""
    __tracebackhide__ = True
    if reply.completion.finish_reason is not FinishReason.STOP:
        pytest.skip(f"the answer ended with finish_reason {reply.finish_reason!r}, and may not have come to {wanted}")


def assert_usage_adds_up(reply: ParsedReply) -> None:
    """Asserts that a usage is reported, and that its total is the sum of its parts."""
    __tracebackhide__ = True
    usage = reply.completion.usage
    if not usage.prompt_tokens or not usage.completion_tokens:
        raise broken(
            f"Exchange {reply.name} reports no usage worth the name: {usage}.", reply, facts=Facts(missing=True)
        )
    if usage.total_tokens != usage.prompt_tokens + usage.completion_tokens:
        raise broken(
            f"In exchange {reply.name} the total is not the sum of prompt and completion: {usage}.",
            reply,
            facts=Facts(missing=False),
        )


def assert_usage_counts_the_texts(reply: ParsedReply, *, wire: Wire) -> None:
    """Asserts that the completion tokens are those of reasoning and answer, and of little more."""
    __tracebackhide__ = True
    answered = tokens_of(wire, content_of(reply))
    seen = tokens_of(wire, reasoning_of(reply)) + answered
    billed = reply.completion.usage.completion_tokens or 0
    if not seen <= billed <= seen + FORMAT_TOKENS:
        raise broken(
            f"Exchange {reply.name} reports {billed} completion tokens; reasoning and answer have {seen} together, and "
            f"the format adds at most {FORMAT_TOKENS}.",
            reply,
            facts=Facts(used=billed, counted=seen, answered=answered),
        )
