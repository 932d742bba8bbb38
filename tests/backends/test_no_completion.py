"""Each reply that holds no chat completion says why, by its own codes and words, and a plain answer says nothing."""

from __future__ import annotations

import json

import pytest

from backends.no_completion import NoCompletion, why_no_completion
from backends.statuses import Meant, meant_by_reply

GUARD, CALLED, REFUSED = NoCompletion.GUARD, NoCompletion.TOOL_CALLED, NoCompletion.REFUSED

AZURE = {"message": "The response was filtered.", "param": "prompt", "code": "content_filter", "status": 400}
AZURE_INNER = {"code": "BadRequest", "innererror": {"code": "ResponsibleAIPolicyViolation"}}
LITELLM = {"message": "litellm.BadRequestError: litellm.ContentPolicyViolationError: AzureException", "code": "400"}
OPENROUTER = {"code": 403, "message": "No.", "metadata": {"reasons": ["harassment"], "flagged_input": "You are"}}
GROQ = {"message": "Tool choice is none, but model called a tool", "code": "tool_use_failed"}


def message(**fields: object) -> dict[str, object]:
    """Returns a completion whose message has these fields, and whose finish reason may be another one."""
    reason = fields.pop("finish_reason", "stop")
    return {"choices": [{"message": {"role": "assistant", **fields}, "finish_reason": reason}]}


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (400, {"error": AZURE}, GUARD),
        (400, {"error": AZURE_INNER}, GUARD),
        (400, {"error": LITELLM}, GUARD),
        (500, {"error": LITELLM}, GUARD),
        (403, {"error": OPENROUTER}, GUARD),
        (400, {"code": "data_inspection_failed", "message": "Input data may contain inappropriate content."}, GUARD),
        (200, {"error": AZURE}, GUARD),
        (200, {"choices": [{"finish_reason": "content_filter"}]}, GUARD),
        (200, message(content=None, finish_reason="content_filter"), GUARD),
        (200, message(content="It is", finish_reason="content_filter"), GUARD),
        (200, message(content=None, refusal="I can't help with that."), GUARD),
        (400, {"error": GROQ}, CALLED),
        (400, {"error": {"message": "attempted to call tool 'json' which was not in request.tools"}}, CALLED),
        (400, {"error": {"message": "a tool was called"}}, CALLED),
        (400, {"error": {"message": "temperature must be positive"}}, REFUSED),
        (400, {"error": '"auto" tool choice requires a parser'}, REFUSED),
        (422, "no", REFUSED),
        (500, {"error": {"message": "CUDA out of memory"}}, NoCompletion.FAILED),
        (500, "", NoCompletion.FAILED),
        (200, {"output": "0"}, NoCompletion.OTHER_SHAPE),
        (200, {"data": message(content="0")}, NoCompletion.OTHER_SHAPE),
        (200, {"choices": [{"text": "0"}]}, NoCompletion.OTHER_SHAPE),
        (200, {"choices": None}, NoCompletion.OTHER_SHAPE),
        (200, {"choices": []}, NoCompletion.OTHER_SHAPE),
        (200, {"choices": [{"message": "0"}]}, NoCompletion.OTHER_SHAPE),
        (200, {"error": {"code": 502, "message": "busy"}}, NoCompletion.OTHER_SHAPE),
        (200, [message(content="0")], NoCompletion.NO_OBJECT),
        (200, "<html>Sign in</html>", NoCompletion.NO_OBJECT),
        (200, "", NoCompletion.NO_OBJECT),
        (200, message(content="0"), None),
        (200, message(content="0", refusal=None), None),
        (200, message(content=None), None),
        # What the model says of filters and tools is its own.
        (200, message(content="The content_filter flagged_input: a tool was called."), None),
    ],
)
def test_reply_says_why_it_holds_no_chat_completion(status: int, body: object, why: NoCompletion | None) -> None:
    assert why_no_completion(status, body if isinstance(body, str) else json.dumps(body)) is why


def test_words_that_an_error_repeats_of_a_request_are_none_of_its_own() -> None:
    echo = {"detail": [{"msg": "field required", "input": "a tool was called, says the content_filter"}]}

    assert why_no_completion(422, json.dumps({"error": echo})) is REFUSED


def test_errors_that_wrap_each_other_without_end_cost_nothing() -> None:
    error: dict[str, object] = {}
    for _ in range(500):
        error = {"error": error}

    assert why_no_completion(400, json.dumps(error)) is REFUSED


@pytest.mark.parametrize(
    ("status", "error", "meant"),
    [
        (403, OPENROUTER, Meant.REQUEST),
        (403, {"code": 403, "message": "Your account was suspended"}, Meant.ACCOUNT),
        (429, {"code": "insufficient_quota"}, Meant.ACCOUNT),
    ],
)
def test_guard_that_answers_with_the_accounts_status_is_not_taken_for_it(
    status: int, error: object, meant: Meant
) -> None:
    assert meant_by_reply(status, json.dumps({"error": error})) is meant


def test_every_cause_has_a_sentence() -> None:
    assert all(why.sentence for why in NoCompletion)
