"""Reads the body of a chat completion response, telling absent, null and empty fields apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.api.content_parts import is_in_parts, read_parts
from backends.completion import Completion, FinishReason, Missing, Text, Usage
from backends.errors import ResponseUnusable
from backends.secrets import redact, without_secrets
from backends.strict_json import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The names under which servers give the analysis channel; both are legitimate.
REASONING_FIELDS = ("reasoning", "reasoning_content")

#: The other fields that the protocol knows of an assistant's message.
MESSAGE_FIELDS = frozenset({"role", "content", "tool_calls", "refusal", "function_call", "annotations", "audio"})


def read_chat_response(body: bytes, headers: Mapping[str, str]) -> Completion:
    """Returns the completion that `body` holds; latency, attempts and evidence are the caller's to add.

    What is wrong with the body as JSON costs nothing that can be read all the same: its evidence tells of it.

    Raises:
        ResponseUnusable: the body is not a chat completion; the message shows its beginning.
    """
    read = read_json(body)
    response = read.value
    try:
        choice = response["choices"][0]
        message = choice["message"]
    except (KeyError, IndexError, TypeError) as error:
        shown = redact(body.decode("utf-8", "replace"))[:200]
        why = f" ({read.problems[0].told})" if read.problems else ""
        raise ResponseUnusable(f"the response is not a chat completion{why}: {shown!r}") from error
    if not isinstance(message, dict):
        raise ResponseUnusable("the response's message is not an object")
    content, thought = _content(message)
    reasoning, name = _reasoning(message)
    return Completion(
        content=content,
        reasoning=thought if reasoning is Missing.ABSENT else reasoning,
        reasoning_field=name,
        finish_reason=FinishReason.read(choice.get("finish_reason")),
        usage=read_usage(response.get("usage")),
        provider=headers.get("x-inference-provider") or _text(response.get("provider")),
        model=_text(response.get("model")),
    )


def _content(message: Mapping[str, Any]) -> tuple[Text, Text]:
    """Returns the answer, and the reasoning that stands beside it in a list of parts; `ABSENT` where none does."""
    content = message.get("content")
    parts = read_parts(content) if is_in_parts(content) else None
    if parts is None:
        return _field(message, "content"), Missing.ABSENT
    answer, thought = map(without_secrets, parts)
    return answer, thought or Missing.ABSENT


def _field(message: Mapping[str, Any], name: str) -> Text:
    if name not in message:
        return Missing.ABSENT
    value = message[name]
    if value is None:
        return Missing.NULL
    if not isinstance(value, str):
        raise ResponseUnusable(f"the response's {name} is {type(value).__name__}, not text")
    return without_secrets(value)


def _reasoning(message: Mapping[str, Any]) -> tuple[Text, str | None]:
    """The first name that holds text; else the first that is there at all, empty or null."""
    fields = {name: _field(message, name) for name in REASONING_FIELDS}
    present = [name for name, value in fields.items() if value is not Missing.ABSENT]
    for name in (*(name for name in present if isinstance(fields[name], str) and fields[name]), *present):
        return fields[name], name
    return Missing.ABSENT, None


def read_usage(usage: object) -> Usage:
    """Returns the token counts that a response reports; whatever is no whole number is None."""
    if not isinstance(usage, dict):
        return Usage()
    counts = {name: usage.get(name) for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    return Usage(**{name: value if type(value) is int else None for name, value in counts.items()})


def _text(value: object) -> str | None:
    return without_secrets(value) if isinstance(value, str) and value else None
