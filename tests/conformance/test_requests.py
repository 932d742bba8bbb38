"""What is no chat completion breaks one claim, whatever it is, and all checks that need one are unanswered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from backends.errors import Failure, FailureKind
from backends.http_api import HttpApi
from backends.no_completion import NoCompletion
from conformance.stream_replies import STREAMED
from conformance.test_requests import LEGITIMATE
from reports.checks import CheckId, CheckViolation
from reports.session.statuses import ExampleMismatch
from tests.conformance.checking import checks_through, find_check
from tests.conformance.scripted_wire import ScriptedRun, replied, response, scripted_wire

if TYPE_CHECKING:
    from backends.raw_reply import RawReply

CHECK = find_check(CheckId.REQUESTS_ANSWERED)

GUARD = replied({"error": {"message": "Filtered.", "code": "content_filter"}}, 400)
MEMORY = replied({"error": {"message": "CUDA out of memory"}}, 500)
STREAM = replied('data: {"choices": [{"delta": {"content": "1"}, "finish_reason": "stop"}]}\n\n', stream=True)

#: Checks of which the claim is that a request is taken, or that something is honoured or refused.
OF_THEIR_OWN = {
    CheckId.SECOND_TURN_WORKS,
    CheckId.SECOND_TURN_WITH_REASONING_WORKS,
    CheckId.TOOL_RESULT_ACCEPTED,
    CheckId.REQUESTS_ANSWERED,
}


def run_with(**replies: object) -> ScriptedRun:
    """Returns a run in which some calls are replied to otherwise, and streams are streams."""
    others = dict.fromkeys(STREAMED, STREAM) | {name.replace("_", "-"): reply for name, reply in replies.items()}
    return ScriptedRun(others=others)  # type: ignore[arg-type]  # replies and failures


def violation(run: ScriptedRun) -> CheckViolation:
    """Returns how the check is broken."""
    with pytest.raises(CheckViolation) as raised:
        CHECK.run(scripted_wire(CHECK, run))
    return raised.value


def test_answers_and_streams_keep_the_claim() -> None:
    CHECK.run(scripted_wire(CHECK, run_with()))


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (GUARD, NoCompletion.GUARD),
        (MEMORY, NoCompletion.FAILED),
        (replied({"error": {"message": "a tool was called"}}, 400), NoCompletion.TOOL_CALLED),
        (replied({"error": {"message": "a tool was called"}}, 400, tools=[{}]), NoCompletion.REFUSED),
        (replied({"output": "0"}), NoCompletion.OTHER_SHAPE),
        (replied('data: {"data": {}}\n\n', stream=True), NoCompletion.OTHER_SHAPE),
        (replied(response(), stream=True), NoCompletion.NO_STREAM),
        (replied({"choices": [{"message": {"content": [{"type": "text", "text": "0"}]}}]}), NoCompletion.PARTS),
        (replied({"choices": [{"message": {"content": 7}}]}), NoCompletion.OTHER_SHAPE),
    ],
)
def test_reply_of_another_kind_is_told_with_its_cause(reply: object, why: NoCompletion) -> None:
    (found,) = violation(run_with(policy=reply)).facts.unserved or ()

    assert (found.exchange, found.why) == ("policy", why)
    assert found.said


def test_cause_is_told_once_however_many_requests_have_it() -> None:
    run = ScriptedRun(always=GUARD, others={"policy": MEMORY})
    broken = violation(run)

    assert str(broken).splitlines()[0] == (
        f"{len(LEGITIMATE)} of {len(LEGITIMATE)} legitimate requests are not answered with a chat completion:"
    )
    assert len(str(broken).splitlines()) == 3
    assert str(broken).count("content_filter") == 1
    assert set(broken.evidence) == set(LEGITIMATE)


@pytest.mark.parametrize("reply", [GUARD, MEMORY, replied({"output": "0"}), replied("<html></html>")])
def test_every_other_check_is_unanswered_where_nothing_is_a_completion(reply: RawReply) -> None:
    run = ScriptedRun(always=reply)
    words = set()
    for check in checks_through(HttpApi.CHAT):
        if check.check_id in OF_THEIR_OWN:
            continue
        try:
            check.run(scripted_wire(check, run))
        except ExampleMismatch as unanswered:
            words.add(str(unanswered).partition("\n")[0])
        except pytest.skip.Exception:
            pass
        else:
            assert (check.check_id, reply.status) == (CheckId.BODIES_STRICT_JSON, 200)

    told = {text for text in words if text.startswith("No chat completion came")}
    assert len(told) == 1
    assert words - told <= {"No exchange has a reply that is no error."}


def test_broken_json_is_told_elsewhere() -> None:
    CHECK.run(scripted_wire(CHECK, run_with(policy=replied('{"choices": [{"message": '))))


@pytest.mark.parametrize("status", [401, 429, 503])
def test_what_is_nobodys_fault_breaks_nothing(status: int) -> None:
    CHECK.run(scripted_wire(CHECK, run_with(policy=replied("no", status))))
    with pytest.raises(ExampleMismatch):
        CHECK.run(scripted_wire(CHECK, ScriptedRun(always=replied("no", status))))


def test_streams_that_break_off_are_told_elsewhere() -> None:
    gone = Failure(kind=FailureKind.UNREACHABLE, message="http://x broke off")

    CHECK.run(scripted_wire(CHECK, run_with(policy_streamed=gone)))
    with pytest.raises(ExampleMismatch):
        CHECK.run(scripted_wire(CHECK, ScriptedRun(others=dict.fromkeys(LEGITIMATE, gone))))


def test_what_may_be_refused_must_be_answered_all_the_same_or_be_refused() -> None:
    CHECK.run(scripted_wire(CHECK, run_with(json_mode=replied({"error": {"message": "no"}}, 400))))

    assert violation(run_with(json_mode=MEMORY)).facts.unserved


def test_ids_in_bodies_make_no_causes_of_their_own() -> None:
    bodies = {name: replied({"id": f"a{place}", "output": "0"}) for place, name in enumerate(LEGITIMATE)}
    failures = {
        name: replied({"error": {"message": "busy", "id": f"a{place}"}}, 500) for place, name in enumerate(bodies)
    }

    for replies in (bodies, failures):
        assert len(str(violation(ScriptedRun(others=replies))).splitlines()) == 2


def test_facts_travel_as_json() -> None:
    facts = violation(run_with(policy=GUARD)).facts

    assert type(facts).from_data(json.loads(facts.as_json())) == facts
