"""Named assertions about streams beside the unstreamed answer to the same request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from backends.outcome import leaked_format
from conformance.json_answers import is_json_object
from conformance.stream_replies import joined_texts
from conformance.tool_traces import call_in, form_of_arguments, keeps_header_words
from conformance.two_ways import lost_tokens
from conformance.wire_assertions import shown
from conformance.wire_replies import broken, texts_of, tokens_of
from fixtures.wire import OFFERED_TOOL, PARAMETERS
from reports.checks import ArgumentsForm, Facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backends.api.chat_stream import ChatStream
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire


def has_same_text(stream: ChatStream, plain: ParsedReply) -> bool:
    """Returns whether a stream joins to the reasoning, the answer and the calls of an unstreamed reply."""
    return (stream.reasoning, stream.content) == texts_of(plain) and list(stream.tool_calls) == _calls(plain)


def assert_usage_of(plain: ParsedReply, reply: ParsedReply) -> None:
    """Asserts that a stream reports the usage of the unstreamed answer, as far as both have the same text."""
    __tracebackhide__ = True
    expected, got = plain.completion.usage, reply.stream.usage
    if got.prompt_tokens is None:
        raise broken(
            f"The stream {reply.name} was asked for its usage (stream_options) and reports none.",
            reply,
            facts=Facts(missing=True),
        )
    if got.prompt_tokens != expected.prompt_tokens or (has_same_text(reply.stream, plain) and got != expected):
        raise broken(
            f"The stream {reply.name} reports {got}, the unstreamed answer {expected}.",
            reply,
            beside=[plain],
            facts=Facts(used=got.completion_tokens, missing=False),
        )


def assert_same_finish_reason(plain: ParsedReply, reply: ParsedReply) -> None:
    """Asserts that a stream ends for the reason for which the unstreamed answer does."""
    __tracebackhide__ = True
    expected, got = plain.finish_reason, reply.stream.finish_reason
    if got != expected:
        raise broken(
            f"The stream {reply.name} ends with finish_reason {got!r}, the unstreamed answer with {expected!r}.",
            reply,
            beside=[plain],
            facts=Facts(finish_reason=str(got)),
        )


def assert_finish_reasons_alike(plain: Mapping[str, Sequence[ParsedReply]], streams: Mapping[str, ParsedReply]) -> None:
    """Asserts that streams end for the reasons for which unstreamed answers do.

    A stream with another text may end for another reason; that all of them do is no chance.

    Args:
        plain: by request, all unstreamed replies.
        streams: by request, the streamed reply.
    """
    __tracebackhide__ = True
    seen = {reply.finish_reason for replies in plain.values() for reply in replies}
    none_seen = all(reply.stream.finish_reason not in seen for reply in streams.values())
    for name, reply in streams.items():
        if none_seen or joined_texts(reply) == texts_of(plain[name][0]):
            assert_same_finish_reason(plain[name][0], reply)


def assert_no_tokens_lost(wire: Wire, plain: Sequence[ParsedReply], streams: Sequence[ParsedReply]) -> None:
    """Asserts that streams have the tokens that they report, as far as unstreamed answers do.

    This holds for texts that vary too. Where a stream reports no usage, another check tells it.
    """
    __tracebackhide__ = True
    counted = [(reply.completion.usage.completion_tokens, texts_of(reply)) for reply in plain]
    joined = [(reply.stream.usage.completion_tokens, joined_texts(reply)) for reply in streams]
    if not all(billed for billed, _ in joined):
        return
    beyond, beyond_joined = (
        [billed - sum(tokens_of(wire, text) for text in texts) for billed, texts in each if billed]
        for each in (counted, joined)
    )
    if lost := lost_tokens(beyond, beyond_joined):
        raise broken(
            f"Each of {len(streams)} streams has at least {lost} tokens fewer than it reports, compared with any of "
            f"{len(beyond)} unstreamed answers: text is lost on the way. The first is {streams[0].name}: "
            f"{shown(' '.join(joined[0][1]))}",
            *streams,
            facts=Facts(lost=lost),
        )


def assert_same_calls(plain: ParsedReply, reply: ParsedReply, *, is_steady: bool) -> None:
    """Asserts that the calls of a stream are the unstreamed ones; white space in arguments tells nothing.

    Two calls of the same tools that are both well-formed may be the model's own, where it does not repeat itself.
    """
    __tracebackhide__ = True
    expected, got = _calls(plain), list(reply.stream.tool_calls)
    names = tuple(name for name, _ in got)
    if list(map(_meant, got)) == list(map(_meant, expected)):
        return
    same_tools = names == tuple(name for name, _ in expected)
    if same_tools and not is_steady and all(is_json_object(arguments) for _, arguments in got):
        pytest.skip("the arguments are others than unstreamed, but this server does not repeat itself anyway")
    raise broken(
        f"Unstreamed, these tools are called: {_told(expected)}; in the stream: {_told(got)}.",
        reply,
        beside=[plain],
        facts=Facts(
            called=names,
            header_in_name=next((name for name in names if keeps_header_words(name, OFFERED_TOOL)), None),
            leaked=reply.stream.content if leaked_format(reply.stream.content) else None,
        ),
    )


def assert_no_call_in_reasoning(plain: ParsedReply, reply: ParsedReply) -> None:
    """Asserts that what the unstreamed answer gives as a call does not come as reasoning in the stream."""
    __tracebackhide__ = True
    whole = any(is_json_object(arguments) for _, arguments in reply.stream.tool_calls)
    found = None if whole or not plain.tool_calls else call_in(reply.stream.reasoning, PARAMETERS)
    if found is not None:
        raise broken(
            f"Unstreamed, a tool is called; in the stream the call comes as reasoning: {shown(found)}",
            reply,
            beside=[plain],
            facts=Facts(called=tuple(name for name, _ in reply.stream.tool_calls), in_reasoning=found),
        )


def assert_not_encoded_twice(plain: ParsedReply, reply: ParsedReply) -> None:
    """Asserts that joined arguments are no JSON inside JSON where those of the unstreamed call are an object."""
    __tracebackhide__ = True
    functions = [call.get("function") for call in plain.tool_calls if isinstance(call, dict)]
    whole = [form_of_arguments(function) for function in functions if isinstance(function, dict)]
    forms = {form_of_arguments({"arguments": arguments}) for _, arguments in reply.stream.tool_calls}
    if ArgumentsForm.ENCODED_TWICE in forms and whole and not any(whole):
        joined = "".join(arguments for _, arguments in reply.stream.tool_calls)
        raise broken(
            "Unstreamed, the arguments of the tool call are a JSON object; joined from the stream they are "
            f"{ArgumentsForm.ENCODED_TWICE}: {shown(joined)}",
            reply,
            beside=[plain],
            facts=Facts(arguments=ArgumentsForm.ENCODED_TWICE),
        )


def _calls(plain: ParsedReply) -> list[tuple[str, str]]:
    return [_named(call) for call in plain.tool_calls]


def _named(call: Any) -> tuple[str, str]:  # noqa: ANN401 - whatever a server sent
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return str(call), ""
    arguments = function.get("arguments")
    return str(function.get("name")), arguments if isinstance(arguments, str) else json.dumps(arguments)


def _meant(call: tuple[str, str]) -> tuple[str, Any]:
    name, arguments = call
    return name, json.loads(arguments) if is_json_object(arguments) else arguments


def _told(calls: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} with {shown(arguments)}" for name, arguments in calls) or "none"
