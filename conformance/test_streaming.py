"""A streamed answer is the unstreamed one, in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.outcome import leaked_format
from conformance.json_answers import is_json_object
from conformance.thoughts import assert_stream_does_not_think
from conformance.tool_traces import call_in, form_of_arguments, keeps_header_words
from conformance.wire_assertions import assert_same_text, shown
from conformance.wire_replies import broken, completion_of, reasoning_of
from fixtures.wire import OFFERED_TOOL, PARAMETERS
from reports.checks import ArgumentsForm, CheckId, Facts

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire


@pytest.mark.wire(CheckId.STREAM_JOINS_TO_THE_ANSWER)
@pytest.mark.exchanges("policy", "policy-again", "policy-streamed")
def test_joined_stream_is_the_unstreamed_answer(wire: Wire) -> None:
    """The joined stream has the reasoning, the answer and the finish reason of the unstreamed one."""
    plain, again, streamed = (
        completion_of(wire, "policy"),
        completion_of(wire, "policy-again"),
        completion_of(wire, "policy-streamed"),
    )
    stream = streamed.stream

    assert_stream_does_not_think(plain, streamed)
    assert_same_text((stream.reasoning, stream.content), "the joined stream", plain, again, of=streamed)
    if stream.finish_reason != plain.finish_reason:
        raise broken(
            f"The stream ends with finish_reason {stream.finish_reason!r}, the unstreamed answer with "
            f"{plain.finish_reason!r}.",
            streamed,
            beside=[plain],
            facts=Facts(finish_reason=str(stream.finish_reason)),
        )


@pytest.mark.wire(CheckId.STREAM_USAGE_ALIKE)
@pytest.mark.exchanges("policy", "policy-streamed")
def test_stream_reports_the_usage_of_the_unstreamed_answer(wire: Wire) -> None:
    """A stream that is asked for its usage reports that of the unstreamed answer."""
    plain, streamed = completion_of(wire, "policy"), completion_of(wire, "policy-streamed")
    expected, got = plain.completion.usage, streamed.stream.usage

    if got.prompt_tokens is None:
        raise broken(
            "The stream was asked for its usage (stream_options) and reports none.", streamed, facts=Facts(missing=True)
        )
    text = streamed.stream.reasoning, streamed.stream.content
    same = text == (plain.completion.reasoning, plain.completion.content)
    if got.prompt_tokens != expected.prompt_tokens or (same and got != expected):
        raise broken(
            f"The stream reports {got}, the unstreamed answer {expected}.",
            streamed,
            beside=[plain],
            facts=Facts(used=got.completion_tokens, missing=False),
        )


@pytest.mark.wire(CheckId.STREAM_DELTAS_WELL_FORMED)
@pytest.mark.exchanges("policy", "policy-streamed", "tool-streamed")
def test_stream_is_made_of_well_formed_deltas(wire: Wire) -> None:
    """Every event of a stream is a well-formed chunk, and nothing follows the finish reason."""
    for name in ("policy-streamed", "tool-streamed"):
        reply = completion_of(wire, name)
        problems = reply.stream.problems
        if problems:
            more = f", and {len(problems) - 1} more of the kind" if len(problems) > 1 else ""
            raise broken(f"In the stream {name}, {problems[0]}{more}.", reply, facts=Facts(problems=tuple(problems)))


@pytest.mark.wire(CheckId.STREAM_HAS_LAST_CHUNK)
@pytest.mark.exchanges("policy", "policy-streamed")
def test_stream_has_a_last_chunk(wire: Wire) -> None:
    """A stream tells why it ended, in a chunk with a finish reason."""
    reply = completion_of(wire, "policy-streamed")

    if reply.stream.finish_reason is None:
        raise broken(
            f"The stream of {reply.stream.chunks} chunks ends without one that has a finish reason: "
            f"its last words are {shown(reply.text[-200:])}",
            reply,
        )


@pytest.mark.wire(CheckId.STREAM_CLOSED_WITH_DONE)
@pytest.mark.exchanges("policy", "policy-streamed")
def test_stream_is_closed_with_done(wire: Wire) -> None:
    """A stream is closed with the event [DONE]."""
    reply = completion_of(wire, "policy-streamed")

    if not reply.stream.done:
        raise broken(f"The last event of the stream is not [DONE]: it ends in {shown(reply.text[-200:])}", reply)


@pytest.mark.wire(CheckId.STREAMED_TOOL_CALL_ALIKE)
@pytest.mark.exchanges("policy", "tool", "tool-streamed")
def test_streamed_tool_call_is_the_unstreamed_one(wire: Wire) -> None:
    """A tool call that comes in a stream is the unstreamed one."""
    plain, streamed = completion_of(wire, "tool"), completion_of(wire, "tool-streamed")
    expected = [_named(call) for call in plain.tool_calls]
    got = [name for name, _ in streamed.stream.tool_calls]
    _assert_no_call_in_reasoning(plain, streamed)
    _assert_same_form_of_arguments(plain, streamed)

    if got != expected and streamed.stream.reasoning != reasoning_of(plain):
        pytest.skip("the thought before the call is another one than unstreamed, so the call may be too")
    if got != expected:
        raise broken(
            f"Unstreamed, these tools are called: {', '.join(expected) or 'none'}; in the stream: "
            f"{', '.join(got) or 'none'}.",
            streamed,
            beside=[plain],
            facts=Facts(
                called=tuple(got),
                header_in_name=next((name for name in got if keeps_header_words(name, OFFERED_TOOL)), None),
                leaked=streamed.stream.content if leaked_format(streamed.stream.content) else None,
            ),
        )


def _assert_no_call_in_reasoning(plain: ParsedReply, streamed: ParsedReply) -> None:
    """Asserts that what the unstreamed answer gives as a call does not come as reasoning in the stream."""
    __tracebackhide__ = True
    whole = any(is_json_object(arguments) for _, arguments in streamed.stream.tool_calls)
    found = None if whole or not plain.tool_calls else call_in(streamed.stream.reasoning, PARAMETERS)
    if found is not None:
        raise broken(
            f"Unstreamed, a tool is called; in the stream the call comes as reasoning: {shown(found)}",
            streamed,
            beside=[plain],
            facts=Facts(called=tuple(name for name, _ in streamed.stream.tool_calls), in_reasoning=found),
        )


def _assert_same_form_of_arguments(plain: ParsedReply, streamed: ParsedReply) -> None:
    """Asserts that joined arguments are the text of a JSON object where those of the unstreamed call are."""
    __tracebackhide__ = True
    whole = [form_of_arguments(call["function"]) for call in plain.tool_calls if _named(call) != str(call)]
    forms = [form_of_arguments({"arguments": arguments}) for _, arguments in streamed.stream.tool_calls]
    form = next((form for form in forms if form is not None), None)
    joined = "".join(arguments for _, arguments in streamed.stream.tool_calls)
    # Behind another thought a model may write other text; none at all, or text that is encoded twice, is a server's.
    own = form is ArgumentsForm.OTHER_TEXT and joined and streamed.stream.reasoning != reasoning_of(plain)
    if form is not None and not own and whole and not any(whole):
        raise broken(
            f"Unstreamed, the arguments of the tool call are a JSON object; joined from the stream they are {form}: "
            f"{shown(joined)}",
            streamed,
            beside=[plain],
            facts=Facts(arguments=form),
        )


def _named(call: object) -> str:
    function = call.get("function") if isinstance(call, dict) else None
    return str(function.get("name")) if isinstance(function, dict) else str(call)
