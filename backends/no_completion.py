"""Why a reply holds no chat completion: the closed vocabulary."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from backends.error_body import FILTERED, error_in, is_of_a_call, is_of_a_guard
from backends.statuses import FIRST_ERROR, FIRST_SERVER_ERROR
from backends.strict_json import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class NoCompletion(StrEnum):
    """Why there is none.

    `GUARD`: something in front of the model refused, or stopped what it said. `TOOL_CALLED`: refused since a tool was
    called. `REFUSED` and `FAILED` are any other error of the request and of the server. `OTHER_SHAPE` is an object of
    JSON that is something else, `NO_OBJECT` a body that is none. `NO_STREAM` is a whole answer where a stream was asked
    for, `BROKEN_OFF` a stream that does not come to its end, and `PARTS` a completion whose content is a list of typed
    parts, which can be read all the same.
    """

    GUARD = "guard"
    TOOL_CALLED = "tool-called"
    REFUSED = "refused"
    FAILED = "failed"
    OTHER_SHAPE = "other-shape"
    NO_OBJECT = "no-object"
    NO_STREAM = "no-stream"
    BROKEN_OFF = "broken-off"
    PARTS = "parts"

    @property
    def sentence(self) -> str:
        """What it means for a request, as the end of a sentence about it."""
        return _SENTENCES[self]


_SENTENCES = {
    NoCompletion.GUARD: "a guard in front of the model refuses it",
    NoCompletion.TOOL_CALLED: "it is refused since a tool was called",
    NoCompletion.REFUSED: "it is refused",
    NoCompletion.FAILED: "the server fails",
    NoCompletion.OTHER_SHAPE: "the body is something else",
    NoCompletion.NO_OBJECT: "the body is no JSON object",
    NoCompletion.NO_STREAM: "a stream was asked for, and none comes",
    NoCompletion.BROKEN_OFF: "its stream breaks off",
    NoCompletion.PARTS: "its content is a list of typed parts, not text",
}


def why_no_completion(status: int, body: str) -> NoCompletion | None:
    """Returns why the reply to a request that was not streamed holds no chat completion; None where it holds one.

    Args:
        status: of HTTP.
        body: as text.
    """
    return _why_none(status, body, _no_message)


def why_no_response(status: int, body: str) -> NoCompletion | None:
    """Returns the same of a reply of the Responses API: why it holds no response that came to an end of its own.

    Args:
        status: of HTTP.
        body: as text.
    """
    return _why_none(status, body, _no_output)


def _why_none(status: int, body: str, why: Callable[[Mapping[str, Any]], NoCompletion | None]) -> NoCompletion | None:
    """Returns why a reply holds no answer; `why` tells it of an object that came with a good status and no guard's."""
    if status >= FIRST_ERROR:
        return why_error(status, body)
    answer = read_json(body).value
    if not isinstance(answer, dict):
        return NoCompletion.NO_OBJECT
    return NoCompletion.GUARD if is_of_a_guard(error_in(body)) else why(answer)


def _no_message(answer: Mapping[str, Any]) -> NoCompletion | None:
    choice = _first(answer)
    if is_filtered(choice):
        return NoCompletion.GUARD
    return None if isinstance(choice.get("message"), dict) else NoCompletion.OTHER_SHAPE


def _no_output(answer: Mapping[str, Any]) -> NoCompletion | None:
    details = answer.get("incomplete_details")
    if isinstance(details, dict) and details.get("reason") == FILTERED:
        return NoCompletion.GUARD
    if answer.get("status") == "failed":
        return NoCompletion.FAILED
    return None if isinstance(answer.get("output"), list) else NoCompletion.OTHER_SHAPE


def why_error(status: int, body: str) -> NoCompletion:
    """Returns what an error means by its own words, and by its status where these say nothing."""
    error = error_in(body) or body
    if is_of_a_guard(error):
        return NoCompletion.GUARD
    if is_of_a_call(error):
        return NoCompletion.TOOL_CALLED
    return NoCompletion.REFUSED if status < FIRST_SERVER_ERROR else NoCompletion.FAILED


def is_filtered(choice: Mapping[str, Any]) -> bool:
    """Returns whether something beside the model ended the text of a choice, or refuses in a field of its own."""
    told = choice.get("message")
    message = told if isinstance(told, dict) else {}
    refusal = message.get("refusal")
    refuses = isinstance(refusal, str) and bool(refusal) and not message.get("content")
    return choice.get("finish_reason") == FILTERED or refuses


def _first(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}
