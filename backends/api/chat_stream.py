"""Reads a streamed chat completion: server-sent events whose deltas, joined, make the answer.

What a stream must look like is said by the OpenAI API reference, "The chat completion chunk object": every event is a
chunk of one and the same completion; the first delta carries the role and no later one a null in its place; the finish
reason comes once, on the last chunk that has a choice; a chunk with usage may follow; `[DONE]` ends it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backends.api.call_deltas import CallDeltas, id_problems
from backends.api.chat_response import REASONING_FIELDS, read_usage
from backends.api.content_parts import is_in_parts, read_parts
from backends.api.envelope import PART, envelope_problems
from backends.api.server_events import DONE, read_server_events
from backends.api.stream_error import StreamError, error_of_event
from backends.completion import Usage
from backends.strict_json import JsonFault, JsonProblem, read_json, whole_characters

if TYPE_CHECKING:
    from backends.api.server_events import ServerEvent

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
        error: what the stream says went wrong; None where it says nothing of the kind.
        problems: what is wrong with single events, a sentence each.
        id_problems: what is wrong with the ids of its tool calls, a clause each.
        envelope_problems: what is wrong around the answer in its chunks, a sentence each.
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
    error: StreamError | None = None
    problems: tuple[str, ...] = ()
    id_problems: tuple[str, ...] = ()
    envelope_problems: tuple[str, ...] = ()
    json_problems: tuple[JsonProblem, ...] = ()
    with_choices: int = 0
    in_parts: bool = False


def read_chat_stream(text: str) -> ChatStream:
    """Returns the stream that a response body holds. Never raises: what cannot be read is a problem of the stream."""
    events = list(read_server_events(text))
    reader = _Reader()
    for position, event in enumerate(events):
        if event.data != DONE:
            reader.take(f"event {position + 1}", event)
    return reader.stream(done=bool(events) and events[-1].data == DONE)


class _Reader:
    """Joins deltas and notes what is wrong with them."""

    def __init__(self) -> None:
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._calls = CallDeltas()
        self._finish: str | None = None
        self._usage = Usage()
        self._chunks = 0
        self._error: StreamError | None = None
        self._has_role = False
        self._ids: set[str] = set()
        self._problems: list[str] = []
        self._envelope: list[str] = []
        self._json_problems: list[JsonProblem] = []
        self._with_choices = 0
        self._in_parts = False

    def take(self, where: str, event: ServerEvent) -> None:
        # Half a character may be made whole by the next piece, for readers who do not mind.
        read = read_json(event.data, mended=False)
        chunk, told = read.value, error_of_event(event.name, event.data, read.value)
        self._json_problems += (JsonProblem(one.fault, f"in {where}, {one.told}") for one in read.problems)
        self._error = self._error or told
        if isinstance(chunk, dict):
            self._chunk(where, event.data, chunk, is_error=told is not None)
        elif told is None and all(one.fault is not JsonFault.SYNTAX for one in read.problems):
            self._problems.append(f"{where} is not a JSON object: {event.data[:_SHOWN]!r}")

    def _chunk(self, where: str, data: str, chunk: dict[str, Any], *, is_error: bool) -> None:
        self._chunks += 1
        if isinstance(chunk.get("usage"), dict):
            self._usage = read_usage(chunk["usage"])
        choices = chunk.get("choices")
        self._with_choices += isinstance(choices, list)
        if isinstance(choices, list):
            if choices:
                self._around(where, chunk)
                self._choice(where, choices[0])
        elif not is_error:
            self._problems.append(f"{where} has no list of choices: {data[:_SHOWN]!r}")

    def _around(self, where: str, chunk: dict[str, Any]) -> None:
        self._envelope += (f"in {where}, {told}" for told in envelope_problems(chunk, PART))
        name = chunk.get("id")
        if isinstance(name, str) and name and name not in self._ids:
            if self._ids:
                self._envelope.append(f"{where} has another id than the chunk before it")
            self._ids.add(name)

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
        self._has_role |= "role" in delta
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
            self._calls.take(where, call)
        return len(self._content) + len(self._reasoning) > before or bool(calls)

    def stream(self, *, done: bool) -> ChatStream:
        calls = tuple((_joined(name), _joined(arguments)) for name, arguments in self._calls.calls)
        roleless = ["no delta has a role"] if self._chunks and not self._has_role and self._error is None else []
        problems = [*self._problems, *self._calls.problems, *roleless]
        return ChatStream(
            content=_joined(*self._content),
            reasoning=_joined(*self._reasoning),
            tool_calls=calls,
            finish_reason=self._finish,
            usage=self._usage,
            chunks=self._chunks,
            done=done,
            error=self._error,
            problems=tuple(map(_joined, problems)),
            id_problems=tuple(map(_joined, id_problems(self._calls.ids))),
            envelope_problems=tuple(map(_joined, self._envelope)),
            json_problems=tuple(self._json_problems),
            with_choices=self._with_choices,
            in_parts=self._in_parts,
        )


def _joined(*pieces: str) -> str:
    """Returns pieces of a text as one, its characters whole."""
    return whole_characters("".join(pieces))
