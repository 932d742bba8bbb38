"""Reads a streamed chat completion: server-sent events whose deltas, joined, make the answer.

What a stream must look like is said by the OpenAI API reference, "The chat completion chunk object": every event is a
chunk; the first delta carries the role and no later one a null in its place; the finish reason comes once, on the last
chunk that has a choice; a chunk with usage may follow; `[DONE]` ends it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backends.api.chat_response import REASONING_FIELDS, read_usage
from backends.api.content_parts import is_in_parts, read_parts
from backends.completion import Usage
from backends.strict_json import JsonFault, JsonProblem, read_json, whole_characters

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The literal payload after the last chunk.
DONE = "[DONE]"

_SHOWN = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatStream:
    """A stream, joined.

    Attributes:
        content: all content deltas, one after the other.
        reasoning: all reasoning deltas.
        tool_calls: name and arguments of each call, joined.
        finish_reason: the last one given, or None.
        usage: the last one given.
        chunks: how many there were.
        done: True where `[DONE]` came, and came last.
        problems: what is wrong with single events, a sentence each.
        json_problems: what a strict reader of JSON trips over in them.
        with_choices: how many of the chunks had a list of choices.
        in_parts: True where a content delta was a list of typed parts, and was read as their texts.
    """

    content: str = ""
    reasoning: str = ""
    tool_calls: tuple[tuple[str, str], ...] = ()
    finish_reason: str | None = None
    usage: Usage = field(default_factory=Usage)
    chunks: int = 0
    done: bool = False
    problems: tuple[str, ...] = ()
    json_problems: tuple[JsonProblem, ...] = ()
    with_choices: int = 0
    in_parts: bool = False


def read_chat_stream(text: str) -> ChatStream:
    """Returns the stream that a response body holds. Never raises: what cannot be read is a problem of the stream."""
    payloads = list(_payloads(text))
    reader = _Reader()
    for position, payload in enumerate(payloads):
        if payload != DONE:
            reader.take(position, payload)
    return reader.stream(done=bool(payloads) and payloads[-1] == DONE)


def _payloads(text: str) -> Iterator[str]:
    """Yields the data of each event; the lines of one event are joined (WHATWG HTML, server-sent events)."""
    text = text.removeprefix("\ufeff")  # the same chapter: one byte order mark in front is no part of the stream
    for event in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        lines = [line[5:].removeprefix(" ") for line in event.split("\n") if line.startswith("data:")]
        if lines:
            yield "\n".join(lines)


class _Reader:
    """Joins deltas and notes what is wrong with them."""

    def __init__(self) -> None:
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._calls: dict[int, list[str]] = {}
        self._finish: str | None = None
        self._usage = Usage()
        self._chunks = 0
        self._problems: list[str] = []
        self._json_problems: list[JsonProblem] = []
        self._with_choices = 0
        self._in_parts = False

    def take(self, position: int, payload: str) -> None:
        where = f"event {position + 1}"
        # Half a character may be made whole by the next piece, for readers who do not mind.
        read = read_json(payload, mended=False)
        chunk = read.value
        self._json_problems += (JsonProblem(one.fault, f"in {where}, {one.told}") for one in read.problems)
        if not isinstance(chunk, dict) and any(one.fault is JsonFault.SYNTAX for one in read.problems):
            return
        if not isinstance(chunk, dict):
            self._problems.append(f"{where} is not a JSON object: {payload[:_SHOWN]!r}")
            return
        self._chunks += 1
        if isinstance(chunk.get("usage"), dict):
            self._usage = read_usage(chunk["usage"])
        choices = chunk.get("choices")
        self._with_choices += isinstance(choices, list)
        if not isinstance(choices, list):
            self._problems.append(f"{where} has no list of choices: {payload[:_SHOWN]!r}")
        elif choices:
            self._choice(where, choices[0])

    def _choice(self, where: str, choice: Any) -> None:  # noqa: ANN401 - whatever a server sent
        delta = choice.get("delta") if isinstance(choice, dict) else None
        if not isinstance(delta, dict):
            self._problems.append(f"{where} has no delta")
            return
        spoke = self._texts(where, delta)
        if self._finish is not None and spoke:
            self._problems.append(f"{where} goes on after the finish reason {self._finish!r}")
        if choice.get("finish_reason") is not None:
            self._finish = whole_characters(str(choice["finish_reason"]))

    def _texts(self, where: str, delta: dict[str, Any]) -> bool:
        """Joins a delta's texts; returns whether there were any."""
        if "role" in delta and delta["role"] != "assistant":
            self._problems.append(f"{where} has the role {delta['role']!r}")
        before = len(self._content) + len(self._reasoning)
        if is_in_parts(delta.get("content")) and (parts := read_parts(delta["content"])) is not None:
            self._in_parts = True
            delta = delta | dict(zip(("content", "reasoning"), (part or None for part in parts), strict=True))
        for name, texts in (("content", self._content), *((name, self._reasoning) for name in REASONING_FIELDS)):
            value = delta.get(name)
            if isinstance(value, str) and value:
                texts.append(value)
            elif value is not None and not isinstance(value, str):
                self._problems.append(f"{where} has a {name} of type {type(value).__name__}")
            if isinstance(value, str) and value and texts is self._reasoning:
                break  # servers that give the reasoning under both names give it once
        calls = delta.get("tool_calls") or []
        for call in calls if isinstance(calls, list) else [calls]:
            self._call(where, call)
        return len(self._content) + len(self._reasoning) > before or bool(calls)

    def _call(self, where: str, call: Any) -> None:  # noqa: ANN401 - as above
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict) or type(call.get("index", 0)) is not int:
            self._problems.append(f"{where} has a tool call that is none: {str(call)[:_SHOWN]}")
            return
        joined = self._calls.setdefault(call.get("index", 0), ["", ""])
        for part, name in enumerate(("name", "arguments")):
            value = function.get(name)
            if isinstance(value, str):
                joined[part] += value
            elif value is not None:
                self._problems.append(f"{where} has a tool call whose {name} is {type(value).__name__}")

    def stream(self, *, done: bool) -> ChatStream:
        calls = tuple((_joined(name), _joined(arguments)) for _, (name, arguments) in sorted(self._calls.items()))
        return ChatStream(
            content=_joined(*self._content),
            reasoning=_joined(*self._reasoning),
            tool_calls=calls,
            finish_reason=self._finish,
            usage=self._usage,
            chunks=self._chunks,
            done=done,
            problems=tuple(map(_joined, self._problems)),
            json_problems=tuple(self._json_problems),
            with_choices=self._with_choices,
            in_parts=self._in_parts,
        )


def _joined(*pieces: str) -> str:
    """Returns pieces of a text as one, its characters whole."""
    return whole_characters("".join(pieces))
