"""The fields of a response say what the model said, each in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.completion import FinishReason
from backends.http_api import HttpApi
from conformance.limit_assertions import (
    assert_beginning_of,
    assert_finish_reason,
    assert_left_out,
    assert_not_cut_before,
    assert_usage_adds_up,
    assert_usage_counts_the_texts,
    assert_usage_within,
    require_cut,
    require_stop_reached,
)
from conformance.thoughts import assert_answers_do_not_think, assert_reasoning_told_once
from conformance.wire_assertions import (
    assert_constant,
    assert_content_present,
    assert_model_named,
    assert_no_markup,
    assert_reasoning_apart,
)
from conformance.wire_replies import completion_of
from fixtures.wire import SHORT_LIMIT
from reports.checks import CheckId

if TYPE_CHECKING:
    from fixtures.wire import Wire

#: Whole answers, none of them about tools.
ANSWERS = ("policy", "harmless", "no-policy", "effort-low", "effort-high")

#: Two conversations, each at low and at high effort.
EFFORTS = (("effort-low", "effort-high"), ("effort-low-harmless", "effort-high-harmless"))


@pytest.mark.wire(CheckId.REASONING_APART)
@pytest.mark.exchanges("policy", "no-policy", *(name for pair in EFFORTS for name in pair))
def test_reasoning_comes_apart_from_the_answer(wire: Wire) -> None:
    """The reasoning comes under a known name, apart from the answer."""
    for name in ("policy", "no-policy"):
        assert_reasoning_apart(wire, completion_of(wire, name))
        assert_reasoning_told_once(wire, completion_of(wire, name))
    pairs = [(completion_of(wire, low), completion_of(wire, high)) for low, high in EFFORTS]
    assert_answers_do_not_think(pairs)


@pytest.mark.wire(CheckId.NO_MARKUP)
@pytest.mark.exchanges(*ANSWERS)
def test_answer_holds_no_harmony_markup(wire: Wire) -> None:
    """Neither the answer nor the reasoning holds Harmony markup or channels that are glued together."""
    for name in ANSWERS:
        assert_no_markup(completion_of(wire, name))


@pytest.mark.wire(CheckId.ANSWER_PRESENT)
@pytest.mark.exchanges(*ANSWERS)
def test_finished_answer_is_present(wire: Wire) -> None:
    """An answer that ended by itself has content, neither null nor missing nor empty."""
    for name in ANSWERS:
        assert_content_present(completion_of(wire, name))


@pytest.mark.wire(CheckId.ENDS_BEFORE_LIMIT)
@pytest.mark.exchanges("policy", "no-policy", "harmless")
def test_answer_ends_before_the_limit(wire: Wire) -> None:
    """An answer that needs far fewer tokens than the limit ends by itself."""
    for name in ("policy", "no-policy", "harmless"):
        assert_not_cut_before(completion_of(wire, name), wire.prompt(name).max_new_tokens)


@pytest.mark.wire(CheckId.LIMIT_KEPT)
@pytest.mark.exchanges("policy", "cut")
def test_token_limit_is_kept_and_told(wire: Wire) -> None:
    """A token limit ends the text with finish_reason length, an honest usage, and no invented text."""
    whole, cut = completion_of(wire, "policy"), completion_of(wire, "cut")
    if (whole.completion.usage.completion_tokens or 0) <= SHORT_LIMIT:
        pytest.skip(f"the whole answer has no more than {SHORT_LIMIT} tokens, so the limit cuts nothing")

    require_cut(cut, SHORT_LIMIT)
    assert_finish_reason(cut, FinishReason.LENGTH, ended=f"Cut at {SHORT_LIMIT} tokens")
    assert_usage_within(cut, SHORT_LIMIT)
    assert_beginning_of(whole, cut, wire=wire, limit=SHORT_LIMIT)


@pytest.mark.wire(CheckId.USAGE_ADDS_UP)
@pytest.mark.exchanges("policy", "no-policy", "tool")
def test_usage_adds_up(wire: Wire) -> None:
    """Usage is reported, and its total is the sum of its parts."""
    for name in ("policy", "no-policy", "tool"):
        assert_usage_adds_up(completion_of(wire, name))


@pytest.mark.wire(CheckId.USAGE_COUNTS_REASONING)
@pytest.mark.exchanges("policy", "no-policy")
def test_usage_counts_the_reasoning(wire: Wire) -> None:
    """The completion tokens are those of reasoning and answer together, and little more."""
    for name in ("policy", "no-policy"):
        assert_usage_counts_the_texts(completion_of(wire, name), wire=wire)


@pytest.mark.wire(CheckId.STOP_STRING_LEFT_OUT)
@pytest.mark.only_api(HttpApi.CHAT)
@pytest.mark.exchanges("no-policy", "stop")
def test_stop_string_ends_the_text_and_is_left_out(wire: Wire) -> None:
    """A stop string ends the text and does not stay in it."""
    whole, stopped = completion_of(wire, "no-policy"), completion_of(wire, "stop")
    word = stopped.request["stop"][0]

    assert_left_out(word, stopped, whole)
    assert_finish_reason(stopped, FinishReason.STOP, ended=f"Stopped at {word!r}")
    require_stop_reached(word, stopped, whole)


@pytest.mark.wire(CheckId.MODEL_AND_PROVIDER_CONSTANT)
@pytest.mark.exchanges(*ANSWERS, "cut", "tool")
def test_model_and_provider_are_told_and_constant(wire: Wire) -> None:
    """The response names the model, and model and provider stay the same over the run."""
    replies = [completion_of(wire, name) for name in (*ANSWERS, "cut", "tool")]

    assert_model_named(replies)
    assert_constant([(reply, reply.completion.model) for reply in replies], "model")
    assert_constant([(reply, reply.completion.provider) for reply in replies], "provider")
