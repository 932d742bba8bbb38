"""What the Responses API promises beyond chat completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.http_api import HttpApi
from conformance.wire_assertions import shown
from conformance.wire_replies import any_reply, broken, completion_of, reasoning_of
from fixtures.wire import BY_ID, UNSAID_STREAM
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from fixtures.wire import Wire

pytestmark = pytest.mark.only_api(HttpApi.RESPONSES)

#: Statuses with which a server says that it keeps no responses.
_KEEPS_NONE = frozenset({400, 404, 422, 501})


@pytest.mark.wire(CheckId.UNSTREAMED_BY_DEFAULT)
@pytest.mark.exchanges(UNSAID_STREAM)
def test_response_is_no_stream_unless_one_is_asked_for(wire: Wire) -> None:
    """A request that does not say whether it wants a stream gets a response in one piece."""
    reply = any_reply(wire, UNSAID_STREAM)
    if reply.refused:
        completion_of(wire, UNSAID_STREAM)

    if "event-stream" in reply.headers.get("content-type", "") or reply.text.startswith(("event:", "data:")):
        raise broken(
            f"The request does not ask for a stream and gets one: {shown(reply.text)}",
            reply,
            facts=Facts(streamed=True),
        )


@pytest.mark.wire(CheckId.REASONING_TOKENS_TOLD)
@pytest.mark.exchanges("policy", "no-policy")
def test_usage_tells_the_reasonings_part(wire: Wire) -> None:
    """Where there is a reasoning, usage tells how many of the output tokens are its own."""
    for name in ("policy", "no-policy"):
        reply = completion_of(wire, name)
        usage = reply.completion.usage
        told, billed = usage.reasoning_tokens, usage.completion_tokens or 0
        if reasoning_of(reply) and (told is None or not 0 < told <= billed):
            raise broken(
                f"Exchange {name} has a reasoning, and of its {billed} output tokens {told} are told to be reasoning: "
                f"{shown(reasoning_of(reply))}",
                reply,
                facts=Facts(reasoning_tokens=told or 0),
            )


@pytest.mark.wire(CheckId.PREVIOUS_RESPONSE_KNOWN)
@pytest.mark.exchanges("policy", "harmless", "second-turn", BY_ID)
def test_response_goes_on_from_the_one_that_it_names(wire: Wire) -> None:
    """A request that names an earlier response goes on from it, or is refused."""
    reply = any_reply(wire, BY_ID, expected=_KEEPS_NONE)
    if reply.status in _KEEPS_NONE:
        pytest.skip(f"the server keeps no responses to go on from (HTTP {reply.status})")

    alone, whole = completion_of(wire, "harmless"), completion_of(wire, "second-turn")
    got = completion_of(wire, BY_ID).completion.usage.prompt_tokens
    fewer, expected = alone.completion.usage.prompt_tokens, whole.completion.usage.prompt_tokens
    if got is not None and got == fewer != expected:
        raise broken(
            f"A request that names the first response has a prompt of {got} tokens, as many as without it; with the "
            f"first turn written out it has {expected}. What was said before never reaches the model.",
            alone,
            reply,
            facts=Facts(forgotten=True),
        )
