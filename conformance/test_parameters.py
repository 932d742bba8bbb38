"""Every parameter of a request is honoured, or refused: none is accepted and then without effect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from backends.completion import FinishReason
from backends.http_api import HttpApi
from conformance.json_answers import is_json_object
from conformance.limit_assertions import require_end
from conformance.log_probabilities import covered_text, is_text, logprobs_of
from conformance.request_assertions import completion_unless_declined, ignored
from conformance.wire_assertions import shown
from conformance.wire_replies import broken, completion_of, content_of, reasoning_of
from fixtures.wire import CHOICES, RIVER_FIELDS, SHORT_LIMIT
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from fixtures.wire import Wire

_TYPES = {"string": str, "integer": int}


@pytest.mark.wire(CheckId.TOOL_CHOICE_NONE_HONOURED)
@pytest.mark.exchanges("policy", "tool-choice-none")
def test_tool_choice_none_is_honoured(wire: Wire) -> None:
    """With a tool_choice of none no tool is called, or the request is refused."""
    reply = completion_unless_declined(wire, "tool-choice-none")

    if reply is not None and reply.tool_calls:
        raise ignored(
            "tool_choice",
            f"A tool_choice of none was asked for, and the answer calls a tool: {shown(str(reply.tool_calls[0]))}",
            reply,
        )


@pytest.mark.wire(CheckId.TOOL_CHOICE_REQUIRED_HONOURED)
@pytest.mark.exchanges("policy", "tool-choice-required")
def test_tool_choice_required_is_honoured(wire: Wire) -> None:
    """With a tool_choice of required a tool is called, or the request is refused.

    Whatever the model would do by itself: a server that takes the field makes it call.
    """
    reply = completion_unless_declined(wire, "tool-choice-required")
    if reply is None or reply.tool_calls:
        return

    if reply.completion.finish_reason is not FinishReason.TOOL_CALLS:
        require_end(reply, "a call")
    raise ignored(
        "tool_choice",
        f"A tool_choice of required was asked for, and no tool is called; the content is {shown(content_of(reply))}.",
        reply,
    )


@pytest.mark.wire(CheckId.JSON_SCHEMA_HONOURED)
@pytest.mark.exchanges("policy", "json-schema")
def test_json_schema_is_honoured(wire: Wire) -> None:
    """A response format with a JSON schema is kept to, or refused."""
    reply = completion_unless_declined(wire, "json-schema")
    if reply is None or _fits_schema(content_of(reply)):
        return

    require_end(reply, "the end of the object")
    wanted = ", ".join(f"{name} ({kind})" for name, kind in RIVER_FIELDS.items())
    raise ignored(
        "response_format",
        f"A JSON object of just {wanted} was asked for by a strict schema, and the answer is "
        f"{shown(content_of(reply))}.",
        reply,
    )


@pytest.mark.wire(CheckId.COMPLETION_LIMIT_HONOURED)
@pytest.mark.only_api(HttpApi.CHAT)
@pytest.mark.exchanges("policy", "completion-limit")
def test_max_completion_tokens_is_honoured(wire: Wire) -> None:
    """The limit max_completion_tokens ends the text as max_tokens does, or the request is refused."""
    reply = completion_unless_declined(wire, "completion-limit")
    if reply is None:
        return
    if (completion_of(wire, "policy").completion.usage.completion_tokens or 0) <= SHORT_LIMIT:
        pytest.skip(f"the whole answer has no more than {SHORT_LIMIT} tokens, so the limit cuts nothing")

    # How a cut text says that it was cut is another claim, and a model may say a shorter thing the next time.
    used = reply.completion.usage.completion_tokens
    is_within = reply.completion.finish_reason is FinishReason.LENGTH if used is None else used <= SHORT_LIMIT
    if not is_within:
        raise ignored(
            "max_completion_tokens",
            f"At most {SHORT_LIMIT} tokens were asked for with max_completion_tokens, and the answer of {used} ends "
            f"with finish_reason '{reply.completion.finish_reason}'.",
            reply,
        )


@pytest.mark.wire(CheckId.N_HONOURED)
@pytest.mark.only_api(HttpApi.CHAT)
@pytest.mark.exchanges("policy", "two-choices")
def test_several_choices_come_where_they_are_asked_for(wire: Wire) -> None:
    """As many choices come as are asked for with n, or the request is refused."""
    reply = completion_unless_declined(wire, "two-choices")

    if reply is not None and len(reply.choices) != CHOICES:
        raise ignored("n", f"{CHOICES} choices were asked for with n, and {len(reply.choices)} came.", reply)


@pytest.mark.wire(CheckId.LOGPROBS_OF_THE_TEXT)
@pytest.mark.only_api(HttpApi.CHAT)
@pytest.mark.exchanges("policy", "logprobs")
def test_log_probabilities_are_those_of_the_answer(wire: Wire) -> None:
    """Log-probabilities that are asked for come, and belong to the answer's tokens, or the request is refused.

    Where they are those of the whole output, in the order of its tokens, the report tells so.
    """
    reply = completion_unless_declined(wire, "logprobs")
    if reply is None:
        return
    content = content_of(reply)
    if not content.strip():
        pytest.skip("the answer has no text that log-probabilities could belong to")

    given = logprobs_of(reply)
    if not given:
        raise ignored("logprobs", "Log-probabilities were asked for with logprobs, and there are none.", reply)
    covered = covered_text(given)
    if is_text(covered, reasoning_of(reply) + content) and reasoning_of(reply):
        wire.note("the log-probabilities are those of the whole output, reasoning and special tokens too")
    elif not is_text(covered, content):
        raise broken(
            f"The tokens of the log-probabilities are not those of the answer:\n  tokens: {shown(covered)}\n"
            f"  answer: {shown(content)}",
            reply,
            facts=Facts(misplaced=True),
        )
    if odd := [one.logprob for one in given if not one.is_log_probability]:
        raise broken(f"{odd[0]!r} is no log-probability.", reply, facts=Facts(misplaced=True))


@pytest.mark.wire(CheckId.UNKNOWN_EFFORT_SURVIVED)
@pytest.mark.exchanges("policy", "effort-unknown")
def test_unknown_effort_does_not_make_the_server_fail(wire: Wire) -> None:
    """A reasoning effort that gpt-oss does not have is refused, or answered as with one that it has."""
    completion_unless_declined(wire, "effort-unknown")


def _fits_schema(content: str) -> bool:
    """Returns whether a text is the object that the schema describes."""
    if not is_json_object(content):
        return False
    told: dict[str, Any] = json.loads(content)
    return told.keys() == RIVER_FIELDS.keys() and all(
        isinstance(told[name], _TYPES[kind]) and not isinstance(told[name], bool) for name, kind in RIVER_FIELDS.items()
    )
