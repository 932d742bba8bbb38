"""A request for a chat completion in the words of the Responses API.

What is asked is written once, as a chat completion, and translated on its way out. Source: the OpenAI API reference,
"Create a model response", and its guide "Migrate to the Responses API".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.api.chat_response import REASONING_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RESPONSES_ROUTE = "responses"

#: Fields that have the same meaning under another name.
_RENAMED = {"max_tokens": "max_output_tokens", "max_completion_tokens": "max_output_tokens"}

#: Fields that the Responses API has no words for: whoever sends one asks something that cannot be asked there.
UNTRANSLATABLE = frozenset({"stop", "n", "frequency_penalty", "presence_penalty", "logit_bias", "functions"})


class UnsayableError(ValueError):
    """A request says something that the Responses API has no words for."""


#: The id of a reasoning that is given back and came under none.
_REASONING_ID = "rs_earlier"


def responses_request(chat: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the body of a request to the Responses API that asks what a request for a chat completion asks.

    A first system message becomes the instructions. Messages that are items of the Responses API already, such as those
    of an earlier response, stay as they are.

    Args:
        chat: a body, as plain data.

    Raises:
        UnsayableError: it has a field that the Responses API has no words for.
    """
    if unknown := sorted(UNTRANSLATABLE & chat.keys()):
        raise UnsayableError(f"The Responses API has no field such as {', '.join(unknown)}.")
    body: dict[str, Any] = {}
    for name, value in chat.items():
        body |= _translated(name, value)
    return body


def _translated(name: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a request says
    """Returns the fields that stand for one field of a request for a chat completion."""
    return _TRANSLATIONS[name](value) if name in _TRANSLATIONS else {_RENAMED.get(name, name): value}


def _stream_options(options: dict[str, Any]) -> dict[str, Any]:
    """Returns the options without the one that asks for the usage, which every response of this API tells."""
    further = {name: value for name, value in options.items() if name != "include_usage"}
    return {"stream_options": further} if further else {}


def _input(messages: list[dict[str, Any]]) -> dict[str, Any]:
    first, *rest = messages
    if first.get("role") == "system" and isinstance(first.get("content"), str):
        return {"instructions": first["content"], "input": [item for message in rest for item in _items(message)]}
    return {"input": [item for message in messages for item in _items(message)]}


def _items(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the items that stand for one message; an item stands for itself."""
    if "type" in message:
        yield message
        return
    role, content = message["role"], message.get("content")
    if role == "tool":
        yield {"type": "function_call_output", "call_id": message.get("tool_call_id"), "output": content}
        return
    if thought := next((message[name] for name in (*REASONING_FIELDS, "thinking") if message.get(name)), None):
        said = [{"type": "reasoning_text", "text": thought}]
        yield {"type": "reasoning", "id": _REASONING_ID, "summary": [], "content": said}
    if content is not None:
        yield {"role": role, "content": _content(content, role)}
    for call in message.get("tool_calls") or ():
        yield {"type": "function_call", "call_id": call["id"], **call["function"]}


def _content(content: Any, role: str) -> Any:  # noqa: ANN401 - a text, or parts of any kind
    """Returns a message's content; parts of text are called by who wrote them."""
    if not isinstance(content, list):
        return content
    name = "output_text" if role == "assistant" else "input_text"
    return [part | {"type": name} if part.get("type") == "text" else part for part in content]


def _flat(nested: dict[str, Any], **further: object) -> dict[str, Any]:
    """Returns a function without the object that chat completions put around its name."""
    inner = nested.get("function")
    return {"type": nested["type"], **further, **inner} if isinstance(inner, dict) else nested


def _format(response_format: dict[str, Any]) -> dict[str, Any]:
    inner = response_format.get("json_schema")
    return {"type": response_format["type"], **inner} if isinstance(inner, dict) else response_format


#: Says that no stream is wanted, as every request does: servers have different defaults.
UNSTREAMED: Mapping[str, Any] = {"stream": False}

_TRANSLATIONS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "messages": _input,
    "reasoning_effort": lambda effort: {"reasoning": {"effort": effort}},
    "tools": lambda tools: {"tools": [_flat(tool, strict=False) for tool in tools]},
    "tool_choice": lambda choice: {"tool_choice": _flat(choice) if isinstance(choice, dict) else choice},
    "response_format": lambda one: {"text": {"format": _format(one)}},
    "logprobs": lambda wanted: {"include": ["message.output_text.logprobs"]} if wanted else {},
    "stream_options": _stream_options,
}
