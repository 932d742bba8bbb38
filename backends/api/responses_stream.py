"""Reads a streamed response of the Responses API: named events whose deltas, joined, make the items of its output.

What a stream must look like is said by the OpenAI API reference, "Streaming events": each event has a type and a
number that grows; `response.created` comes first; an item is added before a delta of it comes; what is done says once
more what its deltas said; one of three events ends it, with the whole response in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backends.api.chat_stream import ChatStream
from backends.api.responses_body import (
    FUNCTION_CALL,
    finish_reason_of,
    items_of,
    read_responses_usage,
    text_of,
)
from backends.api.server_events import DONE, read_server_events
from backends.api.stream_error import StreamError, error_of_event
from backends.completion import Usage
from backends.errors import ResponseUnusable
from backends.strict_json import JsonFault, JsonProblem, read_json, whole_characters

if TYPE_CHECKING:
    from backends.api.server_events import ServerEvent

#: The events of which one ends a stream.
ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})

#: The part of an item that a delta adds to, by the event's type without `.delta`; `.done` repeats it whole, under a
#: name of its own.
_ANSWER, _THOUGHT, _SUMMARY, _ARGUMENTS = "content", "reasoning", "summary", "arguments"
_PARTS = {
    "response.output_text": (_ANSWER, "text"),
    "response.refusal": (_ANSWER, "refusal"),
    "response.reasoning_text": (_THOUGHT, "text"),
    "response.reasoning_summary_text": (_SUMMARY, "text"),
    "response.function_call_arguments": (_ARGUMENTS, "arguments"),
}

_SHOWN = 120


def read_responses_stream(text: str) -> ChatStream:
    """Returns the stream that a response body holds. Never raises: what cannot be read is a problem of the stream."""
    reader = _Reader()
    for position, event in enumerate(read_server_events(text)):
        if event.data != DONE:
            reader.take(f"event {position + 1}", event)
    return reader.stream()


@dataclass(slots=True)
class _Item:
    """An item as far as it has come: what is it, its place, and the pieces of each of its parts."""

    kind: str
    name: str
    place: object
    pieces: dict[str, list[str]] = field(default_factory=dict)
    whole: dict[str, str] = field(default_factory=dict)

    def said(self, part: str) -> str:
        """Returns the pieces of a part, joined; where none came, what was said of it at its end."""
        pieces = self.pieces.get(part)
        return "".join(pieces) if pieces else self.whole.get(part, "") if part == _ARGUMENTS else ""


class _Reader:
    """Joins deltas and notes what is wrong with the events."""

    def __init__(self) -> None:
        self._items: dict[str, _Item] = {}
        self._last: dict[str, Any] | None = None
        self._number: int | None = None
        self._error: StreamError | None = None
        self._events = 0
        self._typed = 0
        self._problems: list[str] = []
        self._unnumbered: list[str] = []
        self._json_problems: list[JsonProblem] = []

    def take(self, where: str, event: ServerEvent) -> None:
        # Half a character may be made whole by the next piece, for readers who do not mind.
        read = read_json(event.data, mended=False)
        self._json_problems += (JsonProblem(one.fault, f"in {where}, {one.told}") for one in read.problems)
        told, error = read.value, error_of_event(event.name, event.data, read.value)
        self._error = self._error or error
        if not isinstance(told, dict):
            if error is None and all(one.fault is not JsonFault.SYNTAX for one in read.problems):
                self._problems.append(f"{where} is not a JSON object: {event.data[:_SHOWN]!r}")
            return
        self._envelope(where, event, told)
        self._events += 1
        self._typed += isinstance(told.get("type"), str)
        self._content(where, str(told.get("type")), told)

    def _envelope(self, where: str, event: ServerEvent, told: dict[str, Any]) -> None:
        kind, number = told.get("type"), told.get("sequence_number")
        if not isinstance(kind, str):
            self._problems.append(f"{where} has no type: {event.data[:_SHOWN]!r}")
        elif event.name not in ("", kind):
            self._problems.append(f"{where} is called {event.name!r} and has the type {kind!r}")
        if self._last is not None:
            self._problems.append(f"{where} ({kind}) comes after the one that ends the stream")
        if not self._events and kind not in ("response.created", "error"):
            self._problems.append(f"{where}, the first, is {kind!r} and not 'response.created'")
        if type(number) is not int:
            self._unnumbered.append(f"{where} ({kind}) has no sequence_number, and others have one")
        elif self._number is not None and number <= self._number:
            self._problems.append(f"{where} ({kind}) has the sequence_number {number} after {self._number}")
        self._number = number if type(number) is int else self._number

    def _content(self, where: str, kind: str, told: dict[str, Any]) -> None:
        part, stage = kind.rpartition(".")[0], kind.rpartition(".")[2]
        if kind in ENDS:
            self._end(where, kind, told)
        elif kind == "response.output_item.added":
            self._add(where, told)
        elif part in _PARTS and stage in ("delta", "done"):
            self._piece(where, kind, told)

    def _add(self, where: str, told: dict[str, Any]) -> None:
        item, place = told.get("item"), told.get("output_index")
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            self._problems.append(f"{where} adds an item that is none: {str(item)[:_SHOWN]}")
            return
        if any(type(place) is int and place == other.place for other in self._items.values()):
            self._problems.append(f"{where} adds a {item['type']} at output_index {place}, where there is one already")
        if item["type"] == "message" and item.get("role") != "assistant":
            self._problems.append(f"{where} adds a message with the role {item.get('role')!r}")
        self._items[str(item.get("id"))] = _Item(item["type"], str(item.get("name")), place)

    def _piece(self, where: str, kind: str, told: dict[str, Any]) -> None:
        prefix, stage = kind.rpartition(".")[0], kind.rpartition(".")[2]
        part, whole = _PARTS[prefix]
        item, text = self._items.get(str(told.get("item_id"))), told.get("delta" if stage == "delta" else whole)
        if not isinstance(text, str):
            self._problems.append(f"{where} is a {kind} without a text: {str(told)[:_SHOWN]}")
        elif item is None:
            self._problems.append(f"{where} is a {kind} of an item that was not added: {told.get('item_id')!r}")
            item = self._items[str(told.get("item_id"))] = _Item("", "", None)
        if item is not None and isinstance(text, str) and stage == "delta":
            item.pieces.setdefault(part, []).append(text)
        elif item is not None and isinstance(text, str):
            item.whole[part] = item.whole.get(part, "") + text

    def _end(self, where: str, kind: str, told: dict[str, Any]) -> None:
        response = told.get("response")
        self._last = response if isinstance(response, dict) else {}
        if not self._last:
            self._problems.append(f"{where} ({kind}) ends the stream and has no response")

    def _disagreements(self) -> list[str]:
        """Returns what is said otherwise at the end of an item, or of the stream, than its deltas said.

        Beside it which events are without a number: a stream that numbers none is one that nobody can take up again,
        and harms no reader.
        """
        found = [] if self._number is None else list(self._unnumbered)
        for item in self._items.values():
            for part, whole in item.whole.items():
                if part != _ARGUMENTS and whole_characters(item.said(part)) != whole_characters(whole):
                    found.append(f"a {item.kind} ends with another {part} than its deltas have: {whole[:_SHOWN]!r}")
                if part == _ARGUMENTS and item.said(part) != whole:
                    found.append(f"a function call ends with other arguments than its deltas: {whole[:_SHOWN]!r}")
        if self._last:
            found += self._other_items(self._last)
        return found

    def _other_items(self, response: dict[str, Any]) -> list[str]:
        try:
            told = "".join(text_of(item) for item in items_of(response) if item.get("type") == "message")
        except ResponseUnusable as error:
            return [f"at the end of the stream, {error}"]
        if whole_characters(told) != self._joined(_ANSWER):
            return [f"the response that ends the stream has another text than its deltas: {told[:_SHOWN]!r}"]
        return []

    def _joined(self, part: str, glue: str = "") -> str:
        return whole_characters(glue.join(text for item in self._items.values() if (text := item.said(part))))

    def stream(self) -> ChatStream:
        calls = [
            (item.name, whole_characters(item.said(_ARGUMENTS)))
            for item in self._items.values()
            if item.kind == FUNCTION_CALL
        ]
        ended = bool(self._last)
        return ChatStream(
            content=self._joined(_ANSWER),
            reasoning=self._joined(_THOUGHT, "\n") or self._joined(_SUMMARY, "\n"),
            tool_calls=tuple(calls),
            finish_reason=str(finish_reason_of(self._last)) if self._last else None,
            usage=read_responses_usage(self._last.get("usage")) if self._last else Usage(),
            chunks=self._events,
            done=ended,
            error=self._error,
            with_choices=self._typed,
            problems=tuple(map(whole_characters, [*self._problems, *self._disagreements()])),
            json_problems=tuple(self._json_problems),
        )
