"""Tools are called where they are offered, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backends.api.call_deltas import id_problems
from backends.errors import Failure
from backends.outcome import leaked_format
from conformance.json_answers import is_json_object
from conformance.knowledge import does_reference_answer, end_unless_reference, reference_calls
from conformance.stream_replies import streamed
from conformance.thoughts import is_told_again, reference_thought
from conformance.tool_traces import call_in, form_of_arguments, keeps_header_words
from conformance.wire_assertions import assert_content_present, assert_no_markup, is_content_missing, shown
from conformance.wire_replies import accepted_completion_of, broken, completion_of, content_of, reasoning_of
from fixtures.wire import OFFERED_TOOL, PARAMETERS
from reports.checks import ArgumentsForm, CheckId, Facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire

WITHOUT_TOOLS = ("policy", "no-policy", "harmless")


@pytest.mark.wire(CheckId.OFFERED_TOOL_CALLED)
@pytest.mark.exchanges("tool")
@pytest.mark.knows("tool")
def test_offered_tool_is_called_by_its_name(wire: Wire) -> None:
    """A tool that is offered and asked for is called, by its name.

    Skipped where the reference does not call it either: then the model was not taught to. One that calls another tool
    than the offered one does call, so that an answer without any call has lost it.
    """
    reply = completion_of(wire, "tool")
    names = [str(_function(call, reply).get("name") or "") for call in reply.tool_calls]

    if OFFERED_TOOL not in names:
        kept = next((name for name in names if keeps_header_words(name, OFFERED_TOOL)), None)
        if kept is None:
            own = reference_calls(wire, "tool", OFFERED_TOOL if names else "")
            does = "call the offered tool by its name" if names else "call a tool"
            end_unless_reference(wire, None if own is None else bool(own), does)
        called = f"calls {', '.join(map(repr, names))}" if names else "holds no tool call"
        raise broken(
            f"The tool {OFFERED_TOOL} was offered and asked for; the answer {called}, and its content is "
            f"{shown(content_of(reply))}.",
            reply,
            facts=_facts_of_missing_call(reply, names, kept),
        )


@pytest.mark.wire(CheckId.TOOL_ARGUMENTS_ARE_JSON)
@pytest.mark.exchanges("tool")
@pytest.mark.knows("tool")
def test_tool_call_comes_with_json_arguments(wire: Wire) -> None:
    """The arguments of a tool call are a JSON object, as text.

    Skipped where the reference writes no such object either: a server passes on what its model wrote.
    """
    reply = completion_of(wire, "tool")
    for call in reply.tool_calls:
        function = _function(call, reply)
        form, arguments = form_of_arguments(function), function.get("arguments")
        if form is ArgumentsForm.OTHER_TEXT:
            end_unless_reference(wire, _writes_json(wire), "call the tool with a JSON object")
        if form is not None:
            raise broken(
                f"The arguments of the tool call are not a JSON object as text, but {form}: {shown(str(arguments))}",
                reply,
                facts=Facts(
                    arguments=form,
                    not_json=arguments if isinstance(arguments, str) else None,
                    in_reasoning=call_in(reasoning_of(reply), PARAMETERS) if not arguments else None,
                ),
            )


@pytest.mark.wire(CheckId.TOOL_CALL_NOT_IN_CONTENT)
@pytest.mark.exchanges("tool")
def test_tool_call_leaves_nothing_in_content(wire: Wire) -> None:
    """Nothing of a tool call is left in the answer's text, and the finish reason tells of it."""
    reply = completion_of(wire, "tool")
    content = content_of(reply)
    assert_no_markup(reply)

    for call in reply.tool_calls:
        arguments = _function(call, reply).get("arguments")
        if isinstance(arguments, str) and arguments.strip() and arguments in content:
            raise broken(
                f"The arguments of the tool call stand in content too: {shown(content)}",
                reply,
                facts=Facts(in_content=arguments),
            )
    if reply.tool_calls and reply.completion.finish_reason != "tool_calls":
        finish_reason = str(reply.finish_reason)
        raise broken(
            f"There is a tool call, but the finish_reason is {finish_reason!r}.",
            reply,
            facts=Facts(finish_reason=finish_reason),
        )


@pytest.mark.wire(CheckId.TEXT_BESIDE_CALL_IS_NO_REASONING)
@pytest.mark.exchanges("tool", "tool-streamed")
@pytest.mark.knows("tool")
def test_text_beside_a_tool_call_is_no_reasoning(wire: Wire) -> None:
    """The text beside a tool call is a preamble, if there is any, and not the reasoning."""
    for reply, reasoning, content in _said_beside_calls(wire):
        if is_told_again(reasoning or reference_thought(wire, "tool"), content):
            raise broken(
                f"In exchange {reply.name}, the text beside the tool call is the reasoning: {shown(content)}",
                reply,
                facts=Facts(inside="preamble"),
            )


@pytest.mark.wire(CheckId.TOOL_CALLS_HAVE_IDS)
@pytest.mark.exchanges("tool", "tool-streamed")
def test_tool_calls_have_ids_of_their_own(wire: Wire) -> None:
    """Each tool call has an id of its own, by which its result is sent back, whole and in a stream."""
    reply, streams = completion_of(wire, "tool"), streamed(wire, "tool-streamed")
    given = [call.get("id") if isinstance(call, dict) else None for call in reply.tool_calls]

    for one, problems in ((reply, tuple(id_problems(given))), (streams, streams.stream.id_problems)):
        if problems:
            raise broken(f"In exchange {one.name}, {problems[0]}.", one, facts=Facts(problems=problems))


@pytest.mark.wire(CheckId.NO_TOOL_CALLED_UNOFFERED)
@pytest.mark.exchanges(*WITHOUT_TOOLS)
def test_no_tool_is_called_where_none_is_offered(wire: Wire) -> None:
    """Where no tool is offered, none is called."""
    for name in WITHOUT_TOOLS:
        reply = completion_of(wire, name)
        if reply.tool_calls:
            raise broken(
                f"No tool was offered in exchange {name}, and the answer calls one: {shown(str(reply.tool_calls[0]))}",
                reply,
            )


@pytest.mark.wire(CheckId.TOOL_RESULT_ACCEPTED)
@pytest.mark.exchanges("tool-result")
@pytest.mark.knows("tool-result")
def test_tool_result_is_accepted(wire: Wire) -> None:
    """A conversation with a tool's call and its result is answered.

    Where the answer is empty it is skipped if that of the reference is too.
    """
    reply = accepted_completion_of(wire, "tool-result")

    if not reply.tool_calls:
        if is_content_missing(reply):
            end_unless_reference(wire, does_reference_answer(wire, "tool-result"), "answer behind a tool's result")
        assert_content_present(reply)
    assert_no_markup(reply)


def _facts_of_missing_call(reply: ParsedReply, names: list[str], kept: str | None) -> Facts:
    """Returns what is seen where the offered tool is not called by its name: what was, and where the call went."""
    content = content_of(reply)
    return Facts(
        called=tuple(names),
        header_in_name=kept,
        in_reasoning=None if names else call_in(reasoning_of(reply), PARAMETERS),
        leaked=content if leaked_format(content) else None,
    )


def _said_beside_calls(wire: Wire) -> Iterator[tuple[ParsedReply, str, str]]:
    """Yields the replies that hold a call, with reasoning and text; a stream that cannot be read holds none."""
    plain, streamed = completion_of(wire, "tool"), wire.reply("tool-streamed")
    if plain.tool_calls:
        yield plain, reasoning_of(plain), content_of(plain)
    if not isinstance(streamed, Failure) and streamed.stream.tool_calls:
        yield streamed, streamed.stream.reasoning, streamed.stream.content


def _writes_json(wire: Wire) -> bool | None:
    """Returns whether the reference's own calls have JSON objects; None where that is not known."""
    own = reference_calls(wire, "tool", OFFERED_TOOL)
    return None if own is None else bool(own) and all(map(is_json_object, own))


def _function(call: Any, reply: ParsedReply) -> dict[str, Any]:  # noqa: ANN401 - whatever a server sent
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        raise broken(
            f"A tool call has no function in it: {shown(str(call))}",
            reply,
            facts=Facts(arguments=ArgumentsForm.ABSENT),
        )
    return function
