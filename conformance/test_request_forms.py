"""What the protocol allows to be said in several ways reaches the model, whichever way it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.request_assertions import completion_of_form, prompt_length
from conformance.wire_replies import DECLINED, any_reply, broken, completion_of, explain_count
from fixtures.wire import FORM_PROBES
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from fixtures.wire import Wire

#: What may stand between two text parts, and what it may do to the tokens beside it, has no more tokens than this.
JOINT = 4


@pytest.mark.wire(CheckId.DEVELOPER_ROLE_TAKEN)
@pytest.mark.exchanges(*FORM_PROBES, "developer-role")
def test_developer_role_is_taken_as_the_system_role_is(wire: Wire) -> None:
    """Instructions in the role developer are taken, and make as long a prompt as those in the role system."""
    developer = completion_of_form(wire, "developer-role", "developer")
    system = completion_of(wire, "policy")
    length, expected = prompt_length(developer), prompt_length(system)

    if length != expected:
        explained = explain_count(wire, "developer-role", length)
        if explained.matches:
            # It is the role system that is rendered otherwise, and another check tells of it.
            return
        mistakes = tuple(dict.fromkeys(wrong.mistake for wrong in explained.mistakes if wrong.mistake))
        raise broken(
            f"With the same instructions in the role developer the prompt has {length} tokens, and in the role system "
            f"{expected}.\n{explained.describe()}",
            developer,
            system,
            facts=Facts(offset=length - expected, mistakes=mistakes),
        )


@pytest.mark.wire(CheckId.TEXT_PARTS_JOINED)
@pytest.mark.exchanges("no-policy", "text-parts")
def test_text_parts_all_reach_the_model(wire: Wire) -> None:
    """Content that comes as two text parts makes as long a prompt as the same text in one."""
    parts = completion_of_form(wire, "text-parts", "parts")
    whole = completion_of(wire, "no-policy")
    length, expected = prompt_length(parts), prompt_length(whole)

    if not expected <= length <= expected + JOINT:
        raise broken(
            f"With its text in two parts the prompt has {length} tokens, and with the same text in one {expected}: "
            + ("a part does not reach the model." if length < expected else "more than the parts reaches the model."),
            parts,
            whole,
            facts=Facts(offset=length - expected),
        )


@pytest.mark.wire(CheckId.SECOND_SYSTEM_MESSAGE_TAKEN)
@pytest.mark.exchanges("harmless", "form", "two-systems")
def test_second_system_message_is_taken_and_leaves_the_first(wire: Wire) -> None:
    """A second system message is taken, and the first one still reaches the model.

    The second may be left out: the published chat template renders no later one.
    """
    both = completion_of_form(wire, "two-systems", "second system")
    first, second = completion_of(wire, "harmless"), completion_of(wire, "form")
    length, with_first, with_second = map(prompt_length, (both, first, second))
    if with_second >= with_first:
        pytest.skip("the instructions of the policy are no longer than the second message, so lengths do not tell")

    if length < with_first:
        raise broken(
            f"With two system messages the prompt has {length} tokens, with the first alone {with_first}, with the "
            f"second alone {with_second}: the first does not reach the model.",
            both,
            first,
            facts=Facts(offset=length - with_first),
        )


@pytest.mark.wire(CheckId.REASONING_BETWEEN_CALLS_KEPT)
@pytest.mark.exchanges("policy", "tool-result", "tool-result-with-reasoning")
def test_reasoning_before_a_tool_call_reaches_the_model(wire: Wire) -> None:
    """The reasoning before a tool's call, given back with the call's result, reaches the model."""
    reply = any_reply(wire, "tool-result-with-reasoning")
    if reply.status in DECLINED:
        pytest.skip(f"the server refuses reasoning in a conversation's history (HTTP {reply.status})")
    given, without = completion_of(wire, reply.name), completion_of(wire, "tool-result")
    more, fewer = prompt_length(given), prompt_length(without)

    if more <= fewer:
        raise broken(
            f"The prompt has {more} tokens where the reasoning before the tool's call is given back, and {fewer} where "
            "it is not: the model does not see why it called, which Harmony shows it until the turn is answered.",
            given,
            without,
            facts=Facts(offset=more - fewer),
        )
