"""Claims about streams, characters and counts, where a script speaks for the server: edges that no real one shows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from backends.api.parsed_reply import ParsedReply
from backends.errors import Failure, FailureKind
from backends.raw_reply import RawReply
from conformance.stream_replies import STREAMED
from conformance.test_usage import OF_A_DATE
from reports.checks import CheckId, CheckViolation, Facts
from reports.session.statuses import ExampleMismatch
from tests.conformance.checking import find_check
from tests.conformance.scripted_wire import ScriptedRun, message, own, response, scripted_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.completion import Completion
    from fixtures.subjects.subject import Subject


@dataclass
class StreamedRun(ScriptedRun):
    """A scripted run whose calls may be answered by any body, or not at all."""

    bodies: Mapping[str, str | Failure] = field(default_factory=dict)

    def reply(self, subject: Subject, name: str) -> ParsedReply | Failure:  # it may fail
        body = self.bodies.get(name)
        if isinstance(body, Failure):
            return body
        if body is None:
            return super().reply(subject, name)
        return ParsedReply(
            name, RawReply(status=200, headers={}, body=body, request=json.dumps({"stream": name in NAMES}))
        )


def look(check_id: CheckId, **run: Any) -> None:  # noqa: ANN401 - what a StreamedRun takes
    check = find_check(check_id)
    check.run(scripted_wire(check, StreamedRun(**run)))


def stream(*deltas: dict[str, Any], reason: str | None = "stop", more: str = "") -> str:
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in ({"role": "assistant"}, *deltas)]
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in (*chunks, last)) + more + "data: [DONE]\n\n"


PLAIN = stream({"reasoning_content": "It is rude."}, {"content": "1"})
BUSY = 'data: {"choices": [], "error": {"code": 502, "message": "busy"}}\n\n'
BROKEN_OFF = Failure(kind=FailureKind.UNREACHABLE, message="it holds an error: 502: busy")
NAMES = STREAMED


# Streams that do not come


@pytest.mark.parametrize("answer", [stream(more=BUSY), BROKEN_OFF], ids=["an error inside", "no stream at all"])
def test_stream_that_does_not_come_breaks_one_claim_with_its_words(answer: str | Failure) -> None:
    bodies = dict.fromkeys(NAMES, PLAIN) | {"tool-streamed": answer}

    with pytest.raises(CheckViolation, match="502: busy") as raised:
        look(CheckId.STREAM_COMES_WHOLE, bodies=bodies)
    assert "502: busy" in (raised.value.facts.said or "")
    for other in (CheckId.STREAM_HAS_LAST_CHUNK, CheckId.STREAM_CLOSED_WITH_DONE, CheckId.STREAM_DELTAS_WELL_FORMED):
        with pytest.raises(ExampleMismatch, match="busy"):
            look(other, bodies=bodies)


def test_stream_of_nothing_is_told_where_requests_are_not_answered() -> None:
    with pytest.raises(ExampleMismatch, match="requests-answered"):
        look(CheckId.STREAM_COMES_WHOLE, bodies=dict.fromkeys(NAMES, response()[:0]))


# Tool calls in streams

CALL = {"id": "a", "function": {"name": "get_weather", "arguments": '{"location": "Paris"}'}}
STEADY = {"tool": message("", tool_calls=[CALL])}
RESTLESS = STEADY | {"policy-again": message(reasoning="It is a rude one.")}


def called(arguments: str, reason: str = "tool_calls") -> dict[str, str]:
    call = {"index": 0, "id": "b", "function": {"name": "get_weather", "arguments": arguments}}
    return {"tool-streamed": stream({"reasoning_content": "It is rude."}, {"tool_calls": [call]}, reason=reason)}


@pytest.mark.parametrize("messages", [STEADY, RESTLESS], ids=["steady", "restless"])
@pytest.mark.parametrize("arguments", ['{"location": "Pa', '{"location": "Paris"}{"location": "Paris"}', ""])
def test_arguments_that_are_no_object_any_more_are_lost_whoever_answers(
    messages: dict[str, Any], arguments: str
) -> None:
    with pytest.raises(CheckViolation) as raised:
        look(CheckId.STREAMED_TOOL_CALL_ALIKE, messages=messages, bodies=called(arguments))

    assert raised.value.facts == Facts(called=("get_weather",))


def test_other_arguments_accuse_a_server_that_repeats_itself_and_no_other() -> None:
    bodies, reasons = called('{"location": "Paris, France"}'), {"tool": "tool_calls"}

    with pytest.raises(CheckViolation):
        look(CheckId.STREAMED_TOOL_CALL_ALIKE, messages=STEADY, bodies=bodies, reasons=reasons)
    with pytest.raises(pytest.skip.Exception, match="does not repeat itself"):
        look(CheckId.STREAMED_TOOL_CALL_ALIKE, messages=RESTLESS, bodies=bodies, reasons=reasons)


def test_white_space_in_arguments_tells_nothing_and_the_finish_reason_does() -> None:
    reasons = {"tool": "tool_calls"}
    look(CheckId.STREAMED_TOOL_CALL_ALIKE, messages=STEADY, bodies=called('{"location":"Paris"}'), reasons=reasons)

    with pytest.raises(CheckViolation) as raised:
        look(
            CheckId.STREAMED_TOOL_CALL_ALIKE,
            messages=STEADY,
            bodies=called('{"location":"Paris"}', "stop"),
            reasons=reasons,
        )
    assert raised.value.facts == Facts(finish_reason="stop")


# Characters outside ASCII

SAID = "Zoë in Kraków 🍮"


def echoed(text: str, plain: str = SAID, answers: Mapping[str, Completion] | None = None) -> None:
    look(
        CheckId.CHARACTERS_WHOLE,
        messages={"accents": message(plain)},
        bodies={"accents-streamed": stream({"reasoning_content": "It is rude."}, {"content": text})},
        answers=answers or {},
    )


@pytest.mark.parametrize(
    "text",
    [SAID, "Zoë in Łódź ☔", "Zoë in Krak\ufffd", SAID.replace("☔", "☂")],
    ids=["the same", "another", "cut", "another sign"],
)
def test_whole_characters_and_one_that_a_limit_cuts_are_no_fault(text: str) -> None:
    echoed(text)


@pytest.mark.parametrize(
    "text",
    [
        "Zo\ufffd in Krak\ufffdw \ufffd",
        "Zo in Krakw ",
        "Zo? in Krak?w ?",
        SAID.encode().decode("latin-1"),
        "Zoë in \ufffd!",
    ],
    ids=["replaced", "dropped", "question marks", "encoded twice", "another text, replaced"],
)
def test_broken_characters_of_a_stream_are_told(text: str) -> None:
    with pytest.raises(CheckViolation) as raised:
        echoed(text)
    assert raised.value.facts == Facts(part="content")


@pytest.mark.parametrize("text", ["Zo\ufffd in Krak\ufffdw", SAID.encode().decode("latin-1")])
def test_broken_characters_of_whole_answers_are_told_unless_the_reference_writes_them(text: str) -> None:
    with pytest.raises(CheckViolation) as raised:
        echoed(text, text)
    assert raised.value.facts == Facts()

    with pytest.raises(CheckViolation):
        echoed(text, text, {"accents": own("", SAID)})
    with pytest.raises(pytest.skip.Exception):
        echoed(text, text, {"accents": own("", text)})


def test_model_that_writes_ascii_alone_tells_nothing_of_other_characters() -> None:
    with pytest.raises(pytest.skip.Exception, match="nothing outside ASCII"):
        echoed("How nice.", "How nice.")


# Counts that depend on a cache


@pytest.mark.parametrize(("counts", "fact"), [((225, 0), True), ((225, 225 - OF_A_DATE - 1), True), ((16, 225), False)])
def test_prompts_that_are_counted_otherwise_the_next_time_are_told(counts: tuple[int, int], fact: bool) -> None:  # noqa: FBT001 - a column of the table
    with pytest.raises(CheckViolation) as raised:
        look(CheckId.USAGE_REPEATS, bodies=_counted(*counts))
    assert raised.value.facts == Facts(uncached=fact)


@pytest.mark.parametrize("other", [225, 225 - OF_A_DATE, 225 + OF_A_DATE])
def test_prompt_whose_date_changes_at_midnight_accuses_nobody(other: int) -> None:
    look(CheckId.USAGE_REPEATS, bodies=_counted(225, other))


def _counted(first: int, other: int) -> dict[str, str]:
    check = find_check(CheckId.USAGE_REPEATS)
    counts = {
        name: first if name in {"policy", "harmless", "effort-low", "effort-high"} else other
        for name in check.exchanges
    }
    return {
        name: json.dumps(json.loads(response()) | {"usage": {"prompt_tokens": count, "completion_tokens": 30}})
        for name, count in counts.items()
    }
