"""One raw HTTP call to an endpoint, made to look at a promise, and the reply to it.

A `Prompt` says all that determines an answer and goes out through a client. A `RawCall` says what stands in one
request body, field by field, and its `RawReply` what stood in the response: a missing field and a null one are two
different things there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from backends.api.chat_response import read_chat_response
from backends.api.chat_stream import ChatStream, read_chat_stream
from backends.api.endpoint import Endpoint, model_name, request_arguments
from backends.api.transport import FIRST_ERROR
from backends.errors import Failure

if TYPE_CHECKING:
    from backends.completion import Answer, Completion
    from backends.prompt import Prompt

CHAT_ROUTE = "chat/completions"
COMPLETIONS_ROUTE = "completions"

#: Fields to set in a request body; None takes a field out.
Changes: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCall:
    """One request, by name.

    Attributes:
        name: ASCII, unique in a run.
        prompt: what the body says, in the words of the whole suite.
        changes: fields that the body says otherwise.
        route: below the base URL.
        alone: True where no other request of this run may be under way at the same time.
        together: calls of the same group go out at once; None for no group.
        basis: name of the call whose reply `follow` needs.
        follow: returns further changes, from the reply to `basis`, or the reason why the call makes no sense.
        shares: True where an earlier call with the very same body may answer for this one.
    """

    name: str
    prompt: Prompt
    changes: Changes = field(default_factory=dict)
    route: str = CHAT_ROUTE
    alone: bool = False
    together: str | None = None
    basis: str | None = None
    follow: Callable[[RawReply], Changes | str] | None = None
    shares: bool = False

    @property
    def digest(self) -> str:
        """A hexadecimal name of what is asked, equal on every machine; what follows from a reply is not in it."""
        asked = [self.prompt.as_dict(), dict(self.changes), self.route, self.basis]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    def body(self, endpoint: Endpoint, further: Changes | None = None) -> dict[str, Any]:
        """Returns the request body for `endpoint`, as plain data."""
        arguments = request_arguments(endpoint, self.prompt)
        extra = arguments.pop("extra_body")
        body = {**arguments, **extra, "model": model_name(endpoint), **self.changes, **(further or {})}
        return {name: value for name, value in body.items() if value is not None}


@dataclass(frozen=True)
class RawReply:
    """What came back for a call, whatever its status.

    Attributes:
        name: the call's.
        status: the HTTP status.
        headers: the telling ones, lower case.
        text: the response's body.
        request: the request's body.
        raw: all of it as JSON text, free of credentials.
    """

    name: str
    status: int
    headers: Mapping[str, str]
    text: str
    request: Mapping[str, Any]
    raw: str = field(repr=False)

    @classmethod
    def read(cls, name: str, answer: Answer) -> RawReply | Failure:
        """Returns the reply that an answer of a `RawBackend` carries, or the failure that stands in its place."""
        if isinstance(answer, Failure):
            return answer
        raw = json.loads(answer.raw)
        return cls(
            name=name,
            status=raw["status"],
            headers=raw["headers"],
            text=raw["response"] or "",
            request=json.loads(raw["request"]),
            raw=answer.raw,
        )

    @property
    def refused(self) -> bool:
        """True where the server answered with an error status."""
        return self.status >= FIRST_ERROR

    @cached_property
    def completion(self) -> Completion:
        """The chat completion in the body.

        Raises:
            ResponseUnusable: the body is none.
        """
        return read_chat_response(self.text.encode(), self.headers)

    @cached_property
    def message(self) -> Mapping[str, Any]:
        """The message of the first choice, as it stands in the body.

        Raises:
            ResponseUnusable: the body is no chat completion.
        """
        _ = self.completion
        # Bytes, as the completion is read from: a byte order mark in front is an error in text alone.
        message: Mapping[str, Any] = json.loads(self.text.encode())["choices"][0]["message"]
        return message

    @cached_property
    def tool_calls(self) -> list[Any]:
        """The message's tool calls; an absent list and null are an empty one."""
        calls = self.message.get("tool_calls")
        return calls if isinstance(calls, list) else [] if calls is None else [calls]

    @cached_property
    def stream(self) -> ChatStream:
        """The streamed completion in the body."""
        return read_chat_stream(self.text)

    @cached_property
    def plain_text(self) -> str | None:
        """The text of the first choice of a raw completion, or None where there is none."""
        try:
            text = json.loads(self.text.encode())["choices"][0]["text"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return None
        return text if isinstance(text, str) else None
