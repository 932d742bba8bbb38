"""Forms and parameters of a request: what is faithful is accused of nothing, and what is not is told as what it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from backends.api.parsed_reply import ParsedReply
from backends.raw_reply import RawReply
from reports.checks import CheckId, CheckViolation, Facts
from reports.session.statuses import ExampleMismatch
from tests.conformance.checking import find_check
from tests.conformance.scripted_wire import ScriptedRun, message, scripted_wire

if TYPE_CHECKING:
    from fixtures.subjects.subject import Subject


def chat(
    said: dict[str, Any] | None = None, *, prompt: int = 100, used: int = 30, reason: str = "stop", **choice: object
) -> str:
    """Returns the body of a chat completion, with further fields of its choice."""
    usage = {"prompt_tokens": prompt, "completion_tokens": used, "total_tokens": prompt + used}
    first = {"message": message() if said is None else said, "finish_reason": reason, **choice}
    return json.dumps({"choices": [first], "usage": usage})


@dataclass
class _Bodies(ScriptedRun):
    """Replies by the name of the call: a body, or a status with a body.

    Attributes:
        bodies: what comes back; any other call is answered plainly, behind a prompt of 100 tokens.
    """

    bodies: dict[str, str | tuple[int, str]] = field(default_factory=dict)

    def reply(self, _: Subject, name: str) -> ParsedReply:
        told = self.bodies.get(name, chat())
        status, body = told if isinstance(told, tuple) else (200, told)
        request = json.dumps({"messages": [{"role": "user", "content": "apple apple apple"}]})
        return ParsedReply(name, RawReply(status=status, headers={}, body=body, request=request))


def run(check_id: CheckId, **bodies: str | tuple[int, str]) -> None:
    """Runs a check on these replies; a name has underscores in the place of hyphens."""
    check = find_check(check_id)
    check.run(scripted_wire(check, _Bodies(bodies={name.replace("_", "-"): body for name, body in bodies.items()})))


def facts_of(check_id: CheckId, **bodies: str | tuple[int, str]) -> Facts:
    """Returns what a check has seen that these replies break."""
    with pytest.raises(CheckViolation) as raised:
        run(check_id, **bodies)
    return raised.value.facts


def entries(*texts: str, **more: object) -> dict[str, Any]:
    """Returns log-probabilities of these tokens, in the shape of chats."""
    return {"content": [{"token": text, "logprob": -0.5, "bytes": list(text.encode()), **more} for text in texts]}


CALLS = [{"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}]
CALLED = message(None, tool_calls=CALLS)
REFUSED = (400, '{"error": {"message": "no"}}')

PARAMETERS = {
    CheckId.TOOL_CHOICE_NONE_HONOURED: "tool_choice_none",
    CheckId.TOOL_CHOICE_REQUIRED_HONOURED: "tool_choice_required",
    CheckId.JSON_SCHEMA_HONOURED: "json_schema",
    CheckId.COMPLETION_LIMIT_HONOURED: "completion_limit",
    CheckId.N_HONOURED: "two_choices",
    CheckId.LOGPROBS_OF_THE_TEXT: "logprobs",
    CheckId.UNKNOWN_EFFORT_SURVIVED: "effort_unknown",
    CheckId.OVERFLOW_REFUSED: "overflow",
}

FORMS = {
    CheckId.DEVELOPER_ROLE_TAKEN: "developer_role",
    CheckId.TEXT_PARTS_JOINED: "text_parts",
    CheckId.SECOND_SYSTEM_MESSAGE_TAKEN: "two_systems",
}


@pytest.mark.parametrize("status", [400, 413, 422, 501])
@pytest.mark.parametrize("check_id", PARAMETERS, ids=str)
def test_parameter_may_be_refused(check_id: CheckId, status: int) -> None:
    run(check_id, **{PARAMETERS[check_id]: (status, "no")})


@pytest.mark.parametrize("check_id", PARAMETERS, ids=str)
def test_parameter_may_not_make_the_server_fail(check_id: CheckId) -> None:
    seen = facts_of(check_id, **{PARAMETERS[check_id]: (500, "KeyError")})

    assert (seen.status, seen.said) == (500, "KeyError")


@pytest.mark.parametrize("check_id", FORMS, ids=str)
def test_form_that_the_protocol_allows_may_not_be_refused(check_id: CheckId) -> None:
    seen = facts_of(check_id, **{FORMS[check_id]: REFUSED})

    assert (seen.status, seen.said) == REFUSED
    assert seen.refused_form is not None


@pytest.mark.parametrize("check_id", FORMS, ids=str)
def test_refused_plain_request_is_no_refusal_of_a_form(check_id: CheckId) -> None:
    plain = {"policy": REFUSED, "no_policy": REFUSED, "harmless": REFUSED}

    with pytest.raises(ExampleMismatch):
        run(check_id, **plain)


def test_developer_role_makes_as_long_a_prompt_as_the_system_role() -> None:
    run(CheckId.DEVELOPER_ROLE_TAKEN, policy=chat(prompt=177), developer_role=chat(prompt=177))


@pytest.mark.parametrize("joint", [0, 1, 4])
def test_parts_may_be_joined_in_any_way(joint: int) -> None:
    run(CheckId.TEXT_PARTS_JOINED, no_policy=chat(prompt=80), text_parts=chat(prompt=80 + joint))


@pytest.mark.parametrize("length", [79, 75, 85])
def test_parts_that_are_lost_or_written_otherwise_are_told(length: int) -> None:
    seen = facts_of(CheckId.TEXT_PARTS_JOINED, no_policy=chat(prompt=80), text_parts=chat(prompt=length))

    assert seen.offset == length - 80


@pytest.mark.parametrize("length", [150, 154, 158])
def test_second_system_message_may_be_dropped_or_rendered(length: int) -> None:
    run(
        CheckId.SECOND_SYSTEM_MESSAGE_TAKEN,
        harmless=chat(prompt=150), form=chat(prompt=90), two_systems=chat(prompt=length),
    )  # fmt: skip


@pytest.mark.parametrize("length", [149, 90, 80])
def test_first_system_message_may_not_be_lost(length: int) -> None:
    seen = facts_of(
        CheckId.SECOND_SYSTEM_MESSAGE_TAKEN,
        harmless=chat(prompt=150), form=chat(prompt=90), two_systems=chat(prompt=length),
    )  # fmt: skip

    assert seen.offset == length - 150


@pytest.mark.parametrize("check_id", [CheckId.TEXT_PARTS_JOINED, CheckId.SECOND_SYSTEM_MESSAGE_TAKEN], ids=str)
def test_lengths_that_are_not_reported_tell_nothing(check_id: CheckId) -> None:
    with pytest.raises(pytest.skip.Exception, match="no length of the prompt is reported"):
        run(check_id, **{FORMS[check_id]: json.dumps({"choices": [{"message": message(), "finish_reason": "stop"}]})})


def test_instructions_that_are_shorter_than_the_second_message_tell_nothing() -> None:
    with pytest.raises(pytest.skip.Exception, match="no longer than the second"):
        run(CheckId.SECOND_SYSTEM_MESSAGE_TAKEN)


def test_reasoning_between_calls_must_make_the_prompt_longer() -> None:
    told = {"tool_result": chat(prompt=200), "tool_result_with_reasoning": chat(prompt=224)}
    run(CheckId.REASONING_BETWEEN_CALLS_KEPT, **told)

    assert facts_of(CheckId.REASONING_BETWEEN_CALLS_KEPT).offset == 0


def test_server_that_takes_no_reasoning_back_is_skipped() -> None:
    with pytest.raises(pytest.skip.Exception, match="refuses reasoning"):
        run(CheckId.REASONING_BETWEEN_CALLS_KEPT, tool_result_with_reasoning=REFUSED)


def test_tool_choice_is_kept() -> None:
    run(CheckId.TOOL_CHOICE_NONE_HONOURED)
    run(CheckId.TOOL_CHOICE_NONE_HONOURED, tool_choice_none=chat(message(tool_calls=[])))
    run(CheckId.TOOL_CHOICE_REQUIRED_HONOURED, tool_choice_required=chat(CALLED, reason="tool_calls"))

    assert facts_of(CheckId.TOOL_CHOICE_NONE_HONOURED, tool_choice_none=chat(CALLED)).ignored == "tool_choice"
    assert facts_of(CheckId.TOOL_CHOICE_REQUIRED_HONOURED).ignored == "tool_choice"
    said_only = chat(reason="tool_calls")
    assert facts_of(CheckId.TOOL_CHOICE_REQUIRED_HONOURED, tool_choice_required=said_only).ignored == "tool_choice"


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ('{"river": "Rhine", "length_km": 1233}', True),
        ('\n{"length_km": 1233,\n "river": ""}', True),
        ('{"river": "Rhine"}', False),
        ('{"river": "Rhine", "length_km": "1233"}', False),
        ('{"river": "Rhine", "length_km": true}', False),
        ('{"river": "Rhine", "length_km": 1233, "country": "Germany"}', False),
        ('```json\n{"river": "Rhine", "length_km": 1233}\n```', False),
        ("The Rhine is 1233 km long.", False),
    ],
)
def test_schema_is_kept_to_the_letter(content: str, kept: bool) -> None:  # noqa: FBT001 - a column of the table
    said = {"json_schema": chat(message(content))}
    if kept:
        run(CheckId.JSON_SCHEMA_HONOURED, **said)
    else:
        assert facts_of(CheckId.JSON_SCHEMA_HONOURED, **said).ignored == "response_format"


@pytest.mark.parametrize(
    ("check_id", "asked", "wanted"),
    [
        (CheckId.TOOL_CHOICE_REQUIRED_HONOURED, "tool_choice_required", "a call"),
        (CheckId.JSON_SCHEMA_HONOURED, "json_schema", "the end of the object"),
        (CheckId.RESPONSE_FORMAT_HONOURED, "json_mode", "the end of the object"),
    ],
)
def test_answer_that_was_cut_before_what_is_asked_for_tells_nothing(check_id: CheckId, asked: str, wanted: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=f"ended with finish_reason 'length', .* {wanted}"):
        run(check_id, **{asked: chat(message('{"river": "Rhine Rhine'), reason="length")})

    # What came before the limit is there all the same.
    there = message('{"river": "Rhine", "length_km": 1233}', tool_calls=CALLS)
    run(check_id, **{asked: chat(there, reason="length")})


def test_limit_under_its_newer_name_is_kept() -> None:
    cut = chat(message(None, "It is"), used=16, reason="length")
    run(CheckId.COMPLETION_LIMIT_HONOURED, policy=chat(used=40), completion_limit=cut)

    # A shorter answer may be the model's own, and a cut one that tells no cut is named elsewhere.
    run(CheckId.COMPLETION_LIMIT_HONOURED, policy=chat(used=40), completion_limit=chat(used=9))

    whole = facts_of(CheckId.COMPLETION_LIMIT_HONOURED, policy=chat(used=40), completion_limit=chat(used=40))
    # The server's own limit is another one.
    own = chat(used=256, reason="length")
    other = facts_of(CheckId.COMPLETION_LIMIT_HONOURED, policy=chat(used=400), completion_limit=own)
    assert whole.ignored == other.ignored == "max_completion_tokens"


def test_number_of_choices_is_kept() -> None:
    two = json.loads(chat())
    two["choices"] *= 2
    run(CheckId.N_HONOURED, two_choices=json.dumps(two))

    assert facts_of(CheckId.N_HONOURED).ignored == "n"


RIVERS = message("Rivers are calm: água.")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(entries("Rivers", " are", " calm", ":", " água", "."), id="content"),
        pytest.param(entries("Rivers", " are", " calm", ":", " água", ".", "<|return|>"), id="stop token"),
        pytest.param(entries("<|channel|>", "final", "<|message|>", "Rivers are calm: água."), id="header"),
        pytest.param(entries("\u0120Rivers", "\u0120are", "\u0120calm:", "\u2581água."), id="blanks of vocabularies"),
        pytest.param(
            {
                "content": [
                    {"token": "Rivers are calm: ", "logprob": 0, "bytes": None},
                    {"token": "água.", "logprob": -1},
                ]
            },
            id="no bytes",
        ),
        pytest.param(
            entries(
                *("<|channel|>", "analysis", "<|message|>", "It is", " rude.", "<|end|>", "<|start|>", "assistant"),
                *("<|channel|>", "final", "<|message|>", "Rivers are calm: água.", "<|return|>"),
            ),
            id="whole output",
        ),
        pytest.param(
            {"tokens": ["Rivers", " are calm: água."], "token_logprobs": [-0.1, None]}, id="shape of raw completions"
        ),
    ],
)
def test_log_probabilities_of_the_answers_tokens_are_faithful(given: dict[str, Any]) -> None:
    run(CheckId.LOGPROBS_OF_THE_TEXT, logprobs=chat(RIVERS, logprobs=given))


def test_character_in_two_tokens_is_read_from_their_bytes() -> None:
    first, second = "á".encode()[:1], "á".encode()[1:]
    parts = [
        {"token": "Rivers are calm: ", "logprob": -1.0, "bytes": list(b"Rivers are calm: ")},
        {"token": "\ufffd", "logprob": -1.0, "bytes": list(first)},
        {"token": "\ufffd", "logprob": -1.0, "bytes": list(second)},
        {"token": "gua.", "logprob": -1.0, "bytes": list(b"gua.")},
    ]
    run(CheckId.LOGPROBS_OF_THE_TEXT, logprobs=chat(RIVERS, logprobs={"content": parts}))


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(entries("It is rude."), id="reasoning"),
        pytest.param(entries("It is rude.", "assistant", "final", "Rivers are calm: água."), id="glued"),
        pytest.param(entries("It is rude.", "<|end|>", "Rivers are"), id="cut behind the reasoning"),
        pytest.param(entries("Rivers", " are"), id="cut"),
        pytest.param(entries("Rivers are calm: água.", logprob=0.7), id="a probability"),
        pytest.param(entries("Rivers are calm: água.", logprob="-1"), id="text"),
    ],
)
def test_log_probabilities_of_other_tokens_are_misplaced(given: dict[str, Any]) -> None:
    assert facts_of(CheckId.LOGPROBS_OF_THE_TEXT, logprobs=chat(RIVERS, logprobs=given)).misplaced is True


@pytest.mark.parametrize("given", [None, {"content": None}, {"content": []}, {}])
def test_log_probabilities_that_do_not_come_are_ignored(given: dict[str, Any] | None) -> None:
    assert facts_of(CheckId.LOGPROBS_OF_THE_TEXT, logprobs=chat(RIVERS, logprobs=given)).ignored == "logprobs"


def test_answer_without_text_needs_no_log_probabilities() -> None:
    with pytest.raises(pytest.skip.Exception, match="no text"):
        run(CheckId.LOGPROBS_OF_THE_TEXT, logprobs=chat(message(None, "Calm.", tool_calls=CALLS)))


def test_prompt_that_is_counted_whole_may_be_longer_than_the_context() -> None:
    run(CheckId.OVERFLOW_REFUSED, overflow=chat(prompt=3))

    assert facts_of(CheckId.OVERFLOW_REFUSED, overflow=chat(prompt=2)).offset == -1
