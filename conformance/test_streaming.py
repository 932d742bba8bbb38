"""A streamed answer is the unstreamed one, in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.http_api import HttpApi
from conformance.stream_assertions import (
    assert_finish_reasons_alike,
    assert_no_call_in_reasoning,
    assert_no_tokens_lost,
    assert_not_encoded_twice,
    assert_same_calls,
    assert_same_finish_reason,
    assert_usage_of,
    has_same_text,
)
from conformance.stream_replies import STREAMED, UNSTREAMED, joined_texts, streamed
from conformance.thoughts import assert_stream_does_not_think
from conformance.wire_assertions import assert_texts_alike, shown
from conformance.wire_replies import broken, completion_of, reasoning_of, texts_of
from fixtures.wire import REPEATED_CALLS, askings_of, streamed_as
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from fixtures.wire import Wire

PAIRS = (*STREAMED, *UNSTREAMED.values())


@pytest.mark.wire(CheckId.STREAM_JOINS_TO_THE_ANSWER)
@pytest.mark.exchanges(*(asked for name in REPEATED_CALLS for asked in (*askings_of(name), streamed_as(name))))
def test_joined_stream_is_the_unstreamed_answer(wire: Wire) -> None:
    """The joined streams have the reasoning, the answer and the finish reason of the unstreamed ones."""
    plain = {name: [completion_of(wire, one) for one in askings_of(name)] for name in REPEATED_CALLS}
    streams = {name: streamed(wire, streamed_as(name)) for name in REPEATED_CALLS}
    texts = {name: [texts_of(reply) for reply in replies] for name, replies in plain.items()}
    joined = {name: joined_texts(reply) for name, reply in streams.items()}

    first, *_ = REPEATED_CALLS
    assert_stream_does_not_think(plain[first][0], streams[first])
    unclear = assert_texts_alike(texts, joined, streams, "the joined stream")
    assert_finish_reasons_alike(plain, streams)
    if any(len(set(several)) > 1 for several in texts.values()):
        assert_no_tokens_lost(wire, [reply for replies in plain.values() for reply in replies], list(streams.values()))
    if unclear:
        pytest.skip(unclear)


@pytest.mark.wire(CheckId.STREAM_USAGE_ALIKE)
@pytest.mark.exchanges(*PAIRS)
def test_stream_reports_the_usage_of_the_unstreamed_answer(wire: Wire) -> None:
    """A stream that is asked for its usage reports that of the unstreamed answer."""
    for name, unstreamed in UNSTREAMED.items():
        assert_usage_of(completion_of(wire, unstreamed), streamed(wire, name))


@pytest.mark.wire(CheckId.STREAM_DELTAS_WELL_FORMED)
@pytest.mark.exchanges(*PAIRS)
def test_stream_is_made_of_well_formed_deltas(wire: Wire) -> None:
    """Every event of a stream is a well-formed chunk, and nothing follows the finish reason."""
    for name in STREAMED:
        reply = streamed(wire, name)
        problems = reply.stream.problems
        if problems:
            more = f", and {len(problems) - 1} more of the kind" if len(problems) > 1 else ""
            raise broken(f"In the stream {name}, {problems[0]}{more}.", reply, facts=Facts(problems=tuple(problems)))


@pytest.mark.wire(CheckId.STREAM_HAS_LAST_CHUNK)
@pytest.mark.exchanges(*PAIRS)
def test_stream_has_a_last_chunk(wire: Wire) -> None:
    """A stream tells why it ended, in a chunk with a finish reason."""
    for name in STREAMED:
        reply = streamed(wire, name)
        if reply.stream.finish_reason is None:
            raise broken(
                f"The stream {name} of {reply.stream.chunks} chunks ends without one that has a finish reason: "
                f"its last words are {shown(reply.text[-200:])}",
                reply,
            )


@pytest.mark.wire(CheckId.STREAM_CLOSED_WITH_DONE)
@pytest.mark.only_api(HttpApi.CHAT)
@pytest.mark.exchanges(*PAIRS)
def test_stream_is_closed_with_done(wire: Wire) -> None:
    """A stream is closed with the event [DONE]."""
    for name in STREAMED:
        reply = streamed(wire, name)
        if not reply.stream.done:
            raise broken(
                f"The last event of the stream {name} is not [DONE]: it ends in {shown(reply.text[-200:])}", reply
            )


@pytest.mark.wire(CheckId.STREAMED_TOOL_CALL_ALIKE)
@pytest.mark.exchanges("policy", "policy-again", "tool", "tool-streamed")
def test_streamed_tool_call_is_the_unstreamed_one(wire: Wire) -> None:
    """A tool call that comes in a stream is the unstreamed one, by its name, its arguments and the finish reason.

    Skipped where another one shows nothing: the thought before it is another one too, or the server does not answer
    the same request in the same words each time and both calls may be the model's.
    """
    plain, reply = completion_of(wire, "tool"), streamed(wire, "tool-streamed")
    first, again = completion_of(wire, "policy"), completion_of(wire, "policy-again")
    assert_no_call_in_reasoning(plain, reply)
    assert_not_encoded_twice(plain, reply)

    if not has_same_text(reply.stream, plain) and reply.stream.reasoning != reasoning_of(plain):
        pytest.skip("the thought before the call is another one than unstreamed, so the call may be too")
    assert_same_calls(plain, reply, is_steady=texts_of(first) == texts_of(again))
    assert_same_finish_reason(plain, reply)
