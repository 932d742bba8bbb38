"""Reads the body of the Responses API, telling absent, null and empty apart, in the words of the whole suite.

Source: the OpenAI API reference, "The response object". A response's `output` is a list of items: reasoning, messages,
function calls. Its status tells whether it came to its end, and `incomplete_details` why it did not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.completion import Completion, FinishReason, Missing, Text, Usage
from backends.errors import ResponseUnusable
from backends.secrets import redact, without_secrets
from backends.strict_json import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backends.strict_json import ReadJson

REASONING, MESSAGE, FUNCTION_CALL = "reasoning", "message", "function_call"

#: What the reasons of an incomplete response are called elsewhere.
_INCOMPLETE = {"max_output_tokens": FinishReason.LENGTH, "content_filter": FinishReason.CONTENT_FILTER}

#: The parts of an item that hold its text, and the field in which each has it.
_TEXTS = {"output_text": "text", "refusal": "refusal", "reasoning_text": "text", "summary_text": "text"}

#: Characters of a body that a message repeats.
_SHOWN = 200


def read_responses_body(body: bytes, headers: Mapping[str, str]) -> Completion:
    """Returns the completion that `body` holds; latency, attempts and evidence are the caller's to add.

    Raises:
        ResponseUnusable: the body is no response of this API, or one that failed; the message shows its beginning.
    """
    read = read_json(body)
    response = _response(read, body)
    reasoning, name = _reasoning(response)
    return Completion(
        content=_answer(response),
        reasoning=reasoning,
        reasoning_field=name,
        finish_reason=finish_reason_of(response),
        usage=read_responses_usage(response.get("usage")),
        provider=headers.get("x-inference-provider") or _name(response.get("provider")),
        model=_name(response.get("model")),
    )


def items_of(response: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yields the items of a response's output that are objects."""
    output = response.get("output")
    yield from (item for item in (output if isinstance(output, list) else []) if isinstance(item, dict))


def message_of(response: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a response's output as the message of a chat completion, for whoever looks at its fields.

    Items of a kind that is not known stand under the names of their types.
    """
    answer, (reasoning, _) = _answer(response), _reasoning(response)
    texts = (("content", answer), ("reasoning", reasoning))
    message: dict[str, Any] = {"role": "assistant"}
    message |= {name: None if text is Missing.NULL else text for name, text in texts if text is not Missing.ABSENT}
    if calls := [_call(item) for item in items_of(response) if item.get("type") == FUNCTION_CALL]:
        message["tool_calls"] = calls
    known = (REASONING, MESSAGE, FUNCTION_CALL)
    return message | {str(item.get("type")): item for item in items_of(response) if item.get("type") not in known}


def finish_reason_of(response: Mapping[str, Any]) -> FinishReason:
    """Returns why a response ended, in the words of chat completions."""
    if response.get("status") == "incomplete":
        details = response.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        return _INCOMPLETE.get(str(reason), FinishReason.UNKNOWN)
    if response.get("status") != "completed":
        return FinishReason.UNKNOWN
    called = any(item.get("type") == FUNCTION_CALL for item in items_of(response))
    return FinishReason.TOOL_CALLS if called else FinishReason.STOP


def read_responses_usage(usage: object) -> Usage:
    """Returns the token counts that a response reports; whatever is no whole number is None."""
    if not isinstance(usage, dict):
        return Usage()
    details = usage.get("output_tokens_details")
    reasoning = details.get("reasoning_tokens") if isinstance(details, dict) else None
    return Usage(
        prompt_tokens=_count(usage.get("input_tokens")),
        completion_tokens=_count(usage.get("output_tokens")),
        total_tokens=_count(usage.get("total_tokens")),
        reasoning_tokens=_count(reasoning),
    )


def text_of(item: Mapping[str, Any], where: str = "content") -> str:
    """Returns the text of an item's parts, one after the other.

    Raises:
        ResponseUnusable: a part's text is something else.
    """
    parts = item.get(where)
    if isinstance(parts, str):
        return parts
    texts = [
        part.get(_TEXTS[part["type"]])
        for part in (parts if isinstance(parts, list) else [])
        if isinstance(part, dict) and part.get("type") in _TEXTS
    ]
    if odd := [text for text in texts if not isinstance(text, str | None)]:
        raise ResponseUnusable(f"the text of a response's {item.get('type')} is {type(odd[0]).__name__}, not text")
    return "".join(text for text in texts if text is not None)


def _response(read: ReadJson, body: bytes) -> dict[str, Any]:
    response = read.value
    if not isinstance(response, dict) or not isinstance(response.get("output"), list):
        shown = redact(body.decode("utf-8", "replace"))[:_SHOWN]
        why = f" ({read.problems[0].told})" if read.problems else ""
        raise ResponseUnusable(f"the body is no response of the Responses API{why}: {shown!r}")
    if response.get("status") == "failed" or isinstance(response.get("error"), dict):
        raise ResponseUnusable(f"the response failed: {redact(str(response.get('error')))[:_SHOWN]}")
    return response


def _answer(response: Mapping[str, Any]) -> Text:
    """Returns the texts of all messages, one after the other, as OpenAI's client joins them (`output_text`)."""
    messages = [item for item in items_of(response) if item.get("type") == MESSAGE]
    return without_secrets("".join(map(text_of, messages))) if messages else Missing.ABSENT


def _reasoning(response: Mapping[str, Any]) -> tuple[Text, str | None]:
    """Returns the text of all reasoning items and the field that holds it: their content, else their summary."""
    thoughts = [item for item in items_of(response) if item.get("type") == REASONING]
    if not thoughts:
        return Missing.ABSENT, None
    for name in ("content", "summary"):
        texts = [text for item in thoughts if (text := text_of(item, name))]
        if texts:
            return without_secrets("\n".join(texts)), name
    return Missing.NULL, None


def _call(item: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a function call as chat completions tell it, without what is not told."""
    function = {name: item[name] for name in ("name", "arguments") if name in item}
    return {"id": item.get("call_id"), "type": "function", "function": function}


def _count(value: object) -> int | None:
    return value if type(value) is int else None


def _name(value: object) -> str | None:
    return without_secrets(value) if isinstance(value, str) and value else None
