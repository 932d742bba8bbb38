"""The fields of a response say what the model said, each in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.completion import FinishReason
from backends.outcome import FORMAT_TOKENS
from conformance.wire_assertions import (
    assert_constant,
    assert_content_present,
    assert_no_markup,
    assert_reasoning_apart,
    parting,
    shown,
)
from conformance.wire_replies import answer_to, broken, content_of, reasoning_of, tokens_of
from fixtures.wire import SHORT_LIMIT

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire

pytestmark = pytest.mark.wire

#: Whole answers, none of them about tools.
ANSWERS = ("policy", "harmless", "no-policy", "effort-low", "effort-high")


@pytest.mark.exchanges("policy", "no-policy")
def test_reasoning_comes_apart_from_the_answer(wire: Wire) -> None:
    """The reasoning comes under a known name, apart from the answer."""
    for name in ("policy", "no-policy"):
        assert_reasoning_apart(wire, answer_to(wire, name))


@pytest.mark.exchanges(*ANSWERS)
def test_answer_holds_no_harmony_markup(wire: Wire) -> None:
    """Neither the answer nor the reasoning holds Harmony markup or channels that are glued together."""
    for name in ANSWERS:
        assert_no_markup(answer_to(wire, name))


@pytest.mark.exchanges(*ANSWERS)
def test_finished_answer_is_present(wire: Wire) -> None:
    """An answer that ended by itself has content, neither null nor missing nor empty."""
    for name in ANSWERS:
        assert_content_present(answer_to(wire, name))


@pytest.mark.exchanges("policy", "no-policy", "harmless")
def test_answer_ends_before_the_limit(wire: Wire) -> None:
    """An answer that needs far fewer tokens than the limit ends by itself."""
    for name in ("policy", "no-policy", "harmless"):
        reply = answer_to(wire, name)
        used, limit = reply.completion.usage.completion_tokens, wire.prompt(name).max_new_tokens
        if reply.completion.finish_reason is FinishReason.LENGTH and used is not None and used < limit:
            raise broken(
                f"Exchange {name} was cut with finish_reason 'length' after {used} tokens, though {limit} were asked "
                "for: the server has a lower limit of its own.",
                reply,
                used=used,
                limit=limit,
            )


@pytest.mark.exchanges("policy", "cut")
def test_token_limit_is_kept_and_told(wire: Wire) -> None:
    """A token limit ends the text with finish_reason length, an honest usage, and no invented text."""
    whole, cut = answer_to(wire, "policy"), answer_to(wire, "cut")
    used = cut.completion.usage.completion_tokens
    if (whole.completion.usage.completion_tokens or 0) <= SHORT_LIMIT:
        pytest.skip(f"the whole answer has no more than {SHORT_LIMIT} tokens, so the limit cuts nothing")

    if cut.completion.finish_reason is not FinishReason.LENGTH:
        raise broken(f"Cut at {SHORT_LIMIT} tokens, the finish_reason is not 'length' but {_finish(cut)}.", cut)
    if used is None or not 0 < used <= SHORT_LIMIT:
        raise broken(f"Cut at {SHORT_LIMIT} tokens, usage reports {used} completion tokens.", cut)
    for what, part, text in (
        ("reasoning", reasoning_of(cut), reasoning_of(whole)),
        ("content", content_of(cut), content_of(whole)),
    ):
        _assert_nothing_invented(wire, what, part, text, cut)


def _assert_nothing_invented(wire: Wire, what: str, part: str, text: str, cut: ParsedReply) -> None:
    """A cut text is the beginning of the whole one, or at least no longer than the limit allows."""
    __tracebackhide__ = True
    beginning = part.rstrip("\ufffd")
    if text.startswith(beginning) or (beginning and tokens_of(wire, beginning) <= SHORT_LIMIT and what != "content"):
        return
    raise broken(
        f"Cut at {SHORT_LIMIT} tokens, the {what} is not the beginning of the whole one:\n  whole: {shown(text)}\n"
        f"  cut:   {shown(part)}\n  {parting(part, text)}",
        cut,
    )


@pytest.mark.exchanges("policy", "no-policy", "tool")
def test_usage_adds_up(wire: Wire) -> None:
    """Usage is reported, and its total is the sum of its parts."""
    for name in ("policy", "no-policy", "tool"):
        reply = answer_to(wire, name)
        usage = reply.completion.usage
        if not usage.prompt_tokens or not usage.completion_tokens:
            raise broken(f"Exchange {name} reports no usage worth the name: {usage}.", reply, missing=True)
        if usage.total_tokens != usage.prompt_tokens + usage.completion_tokens:
            raise broken(f"In exchange {name} the total is not the sum of prompt and completion: {usage}.", reply)


@pytest.mark.exchanges("policy", "no-policy")
def test_usage_counts_the_reasoning(wire: Wire) -> None:
    """The completion tokens are those of reasoning and answer together, and little more."""
    for name in ("policy", "no-policy"):
        reply = answer_to(wire, name)
        seen = tokens_of(wire, reasoning_of(reply)) + tokens_of(wire, content_of(reply))
        billed = reply.completion.usage.completion_tokens or 0
        if not seen <= billed <= seen + FORMAT_TOKENS:
            raise broken(
                f"Exchange {name} reports {billed} completion tokens; reasoning and answer have {seen} together, and "
                f"the format adds at most {FORMAT_TOKENS}.",
                reply,
            )


@pytest.mark.exchanges("no-policy", "stop")
def test_stop_string_ends_the_text_and_is_left_out(wire: Wire) -> None:
    """A stop string ends the text and does not stay in it."""
    whole, stopped = answer_to(wire, "no-policy"), answer_to(wire, "stop")
    word = stopped.request["stop"][0]
    expected, got = content_of(whole).partition(word)[0], content_of(stopped)

    if word in got:
        raise broken(f"The stop string {word!r} stays in the text: {shown(got)}", whole, stopped, stop_left=True)
    if stopped.completion.finish_reason is not FinishReason.STOP:
        raise broken(f"Stopped at {word!r}, the finish_reason is not 'stop' but {_finish(stopped)}.", stopped)
    if not expected.startswith(got.rstrip()):
        raise broken(
            f"Stopped at {word!r}, the text is {shown(got)}; without it the text before the word is {shown(expected)}.",
            whole,
            stopped,
        )


@pytest.mark.exchanges(*ANSWERS, "cut", "tool")
def test_model_and_provider_are_told_and_constant(wire: Wire) -> None:
    """The response names the model, and model and provider stay the same over the run."""
    replies = [answer_to(wire, name) for name in (*ANSWERS, "cut", "tool")]
    if unnamed := [reply for reply in replies if not reply.completion.model]:
        raise broken(f"Exchange {unnamed[0].name} does not name the model that answered.", unnamed[0])

    assert_constant([(reply, reply.completion.model) for reply in replies], "model")
    assert_constant([(reply, reply.completion.provider) for reply in replies], "provider")


def _finish(reply: ParsedReply) -> str:
    return repr(str(reply.completion.finish_reason))
