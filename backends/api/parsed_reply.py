"""A raw reply as a check looks at it: its body read as a completion, a stream or a text, whichever is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from backends.api.chat_response import REASONING_FIELDS, read_chat_response
from backends.api.chat_stream import ChatStream, read_chat_stream
from backends.api.content_parts import is_in_parts
from backends.api.responses_body import finish_reason_of, items_of, message_of, read_responses_body
from backends.api.responses_stream import read_responses_stream
from backends.error_body import FILTERED
from backends.errors import Failure, ResponseUnusable
from backends.http_api import HttpApi
from backends.no_completion import NoCompletion, why_no_completion, why_no_response
from backends.raw_reply import RawReply
from backends.statuses import FIRST_ERROR
from backends.strict_json import JsonProblem, ReadJson, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.completion import Answer, Completion


@dataclass(frozen=True)
class ParsedReply:
    """What came back for a call, whatever its status.

    Attributes:
        name: the call's.
        reply: as it stood on the wire.
    """

    name: str
    reply: RawReply = field(repr=False)

    @classmethod
    def of(cls, name: str, answer: Answer) -> ParsedReply | Failure:
        """Returns the reply to the call `name`, or the failure that stands in its place."""
        if isinstance(answer, Failure):
            return answer
        if not isinstance(answer, RawReply):
            raise TypeError(f"the answer to the raw call {name} is a completion, not a raw reply")
        return cls(name, answer)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.reply.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The telling headers, lower case."""
        return self.reply.headers

    @property
    def text(self) -> str:
        """The response's body; empty where none came."""
        return self.reply.body or ""

    @cached_property
    def request(self) -> Mapping[str, Any]:
        """The request's body."""
        request: Mapping[str, Any] = json.loads(self.reply.request)
        return request

    @cached_property
    def api(self) -> HttpApi:
        """The API that was asked, as the request tells: only that of responses has an input."""
        return HttpApi.RESPONSES if "input" in self.request else HttpApi.CHAT

    @property
    def left_open(self) -> bool:
        """True where it is a stream that did not end behind its last event."""
        return self.reply.left_open

    @property
    def evidence(self) -> str:
        """The exchange as JSON text, free of credentials."""
        return self.reply.evidence

    @property
    def refused(self) -> bool:
        """True where the server answered with an error status."""
        return self.status >= FIRST_ERROR

    @cached_property
    def completion(self) -> Completion:
        """The completion in the body.

        Raises:
            ResponseUnusable: the body is none.
        """
        read = read_responses_body if self.api is HttpApi.RESPONSES else read_chat_response
        return read(self.text.encode(), self.headers)

    @cached_property
    def no_completion(self) -> NoCompletion | None:
        """Why the reply holds no chat completion, or no stream where one was asked for; None where it does."""
        if self.is_streamed and self.status < FIRST_ERROR and self.stream.error is not None:
            return NoCompletion.BROKEN_OFF
        if self.is_streamed and self.stream.chunks:
            if not self.stream.with_choices:
                return NoCompletion.OTHER_SHAPE
            return NoCompletion.GUARD if self.stream.finish_reason == FILTERED else None
        of_whole = why_no_response if self.api is HttpApi.RESPONSES else why_no_completion
        why = of_whole(self.status, self.text)
        if why is NoCompletion.TOOL_CALLED and self.request.get("tools"):
            return NoCompletion.REFUSED
        if why is not None:
            return why
        return NoCompletion.NO_STREAM if self.is_streamed else self._why_unreadable()

    def _why_unreadable(self) -> NoCompletion | None:
        try:
            _ = self.completion
        except ResponseUnusable:
            in_parts = self.api is HttpApi.CHAT and is_in_parts(self._message.get("content"))
            return NoCompletion.PARTS if in_parts else NoCompletion.OTHER_SHAPE
        return None

    @property
    def is_streamed(self) -> bool:
        """True where a stream was asked for."""
        return bool(self.request.get("stream"))

    @property
    def is_in_parts(self) -> bool:
        """True where the content of a completion, or of a piece of a stream, is a list of typed parts."""
        if self.is_streamed or self.api is HttpApi.RESPONSES:
            return self.is_streamed and self.stream.in_parts
        return self.no_completion in (None, NoCompletion.PARTS) and is_in_parts(self._message.get("content"))

    @cached_property
    def message(self) -> Mapping[str, Any]:
        """The message of the first choice, as it stands in the body; of a response, the message that it amounts to.

        Raises:
            ResponseUnusable: the body is no completion.
        """
        _ = self.completion
        return message_of(self._read.value) if self.api is HttpApi.RESPONSES else self._message

    @property
    def reasoning_names(self) -> tuple[str, ...]:
        """The names under which the message gives its reasoning; where none holds text, those that are there.

        Raises:
            ResponseUnusable: the body is no completion.
        """
        there = [name for name in REASONING_FIELDS if name in self.message]
        return tuple([name for name in there if self.message[name]] or there)

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The body, where it is an object; else an empty one."""
        return self._read.value if isinstance(self._read.value, dict) else {}

    @cached_property
    def choices(self) -> list[Any]:
        """The choices, as they stand in the body.

        Raises:
            ResponseUnusable: the body is no chat completion.
        """
        _ = self.completion
        return list(self._read.value["choices"])

    @cached_property
    def items(self) -> list[Mapping[str, Any]]:
        """The items of a response's output, to the letter; a chat completion has none.

        Raises:
            ResponseUnusable: the body is no completion.
        """
        _ = self.completion
        return list(items_of(self._read.value))

    @property
    def response_id(self) -> str | None:
        """The id under which a server may keep the response; None where it tells none."""
        told = self._read.value.get("id") if isinstance(self._read.value, dict) else None
        return told if isinstance(told, str) and told else None

    @cached_property
    def tool_calls(self) -> list[Any]:
        """The message's tool calls; an absent list and null are an empty one."""
        calls = self.message.get("tool_calls")
        return calls if isinstance(calls, list) else [] if calls is None else [calls]

    @cached_property
    def stream(self) -> ChatStream:
        """The streamed completion in the body."""
        return read_responses_stream(self.text) if self.api is HttpApi.RESPONSES else read_chat_stream(self.text)

    @cached_property
    def plain_text(self) -> str | None:
        """The text of the first choice of a raw completion, or None where there is none."""
        try:
            text = self._read.value["choices"][0]["text"]
        except (LookupError, TypeError):
            return None
        return text if isinstance(text, str) else None

    @cached_property
    def json_problems(self) -> tuple[JsonProblem, ...]:
        """What a strict reader of JSON trips over in the body, or in the events of a stream."""
        content_type = self.headers.get("content-type", "")
        if not self.is_streamed:
            return self._read.problems_of_body(self.reply.no_text_at, content_type)
        events = ReadJson(value=None, problems=self.stream.json_problems, is_meant=False)
        return events.problems_of_body(self.reply.no_text_at, content_type)

    @cached_property
    def finish_reason(self) -> str | None:
        """The finish reason as it came, in the protocol's vocabulary or not; None where there is none."""
        if self.is_streamed:
            return self.stream.finish_reason
        if self.api is HttpApi.RESPONSES:
            return str(finish_reason_of(self.body))
        try:
            told = self._read.value["choices"][0].get("finish_reason")
        except (LookupError, TypeError, AttributeError):
            return None
        return None if told is None else str(told)

    @property
    def _message(self) -> Mapping[str, Any]:
        message: Mapping[str, Any] = self._read.value["choices"][0]["message"]
        return message

    @cached_property
    def _read(self) -> ReadJson:
        return read_json(self.text)
