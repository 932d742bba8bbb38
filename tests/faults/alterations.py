"""Alterations of one line. All act on requests for chat completions alone, and on whole replies and streams alike.

An edit of a completion sees a stream as the whole that it amounts to; where the edit changes it, it is cut anew. What
only a stream can show is for `edit_chunks` and `edit_streamed_choices`; `when(unstreamed, ...)` leaves streams alone.
Values that the edits return count for nothing unless said so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.transport import FIRST_ERROR
from tests.faults.alteration import Alteration
from tests.faults.body import Json, write_object
from tests.faults.chunks import is_part, joined, rechunk
from tests.faults.completions import first_choice, first_message, parent_of, reasoning_name
from tests.faults.reply import ProxiedReply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.reply import Break
    from tests.faults.request import ProxiedRequest
    from tests.faults.sse import Chunk


def edit_request(edit: Callable[[ProxiedRequest], object]) -> Alteration:
    """Edits what the server is sent: the request's `body` and `headers`."""
    return _EditRequest(edit)


def edit_body(edit: Callable[[Json], object]) -> Alteration:
    """Edits the body that the server is sent."""
    return _EditRequest(lambda request: edit(request.body or {}))


def answer(reply: Callable[[ProxiedRequest], ProxiedReply | None]) -> Alteration:
    """Answers in the server's place, except where `reply` returns None."""
    return _Answer(reply)


def fail(status: int, message: str) -> Alteration:
    """Answers with an error in the server's place."""
    return _Answer(lambda _: ProxiedReply(status=status, body={"error": {"message": message, "code": status}}))


def say(**fields: object) -> Alteration:
    """Answers in the server's place with a message of these fields, such as `content="no"`; as a stream where asked."""
    return _Answer(lambda request: _said(request, fields))


def break_connection(where: Break) -> Alteration:
    """Breaks the connection `before` the first byte of the reply, without asking the server, or `within` its body."""
    return _Break(where)


def edit_reply(edit: Callable[[ProxiedRequest, ProxiedReply], object]) -> Alteration:
    """Edits the status and the headers of a reply, or sets where it breaks; the body has not come yet."""
    return _EditReply(edit)


def edit_completion(edit: Callable[[ProxiedRequest, Json], object]) -> Alteration:
    """Edits a chat completion, with the request at hand. Errors pass as they are."""
    return _EditCompletion(edit)


def edit_choice(edit: Callable[[Json], object]) -> Alteration:
    """Edits the first choice."""
    return _EditCompletion(lambda _, completion: edit(first_choice(completion)))


def edit_message(edit: Callable[[Json], object]) -> Alteration:
    """Edits the first choice's message."""
    return _EditCompletion(lambda _, completion: edit(first_message(completion)))


def edit_content(edit: Callable[[str], str | None]) -> Alteration:
    """Puts what `edit` returns in the content's place, where the content is text."""
    return edit_message(lambda message: _replace(message, "content", edit))


def edit_reasoning(edit: Callable[[str], str | None]) -> Alteration:
    """Puts what `edit` returns in the reasoning's place, under the name that it has, where there is any."""
    return edit_message(lambda message: _replace(message, reasoning_name(message), edit))


def edit_usage(edit: Callable[[Json], object]) -> Alteration:
    """Edits the usage, where there is any."""
    return _EditCompletion(lambda _, completion: edit(completion["usage"]) if completion.get("usage") else None)


def set_field(path: str, value: object) -> Alteration:
    """Sets the field at a dotted path of the completion, such as `choices.0.finish_reason`."""
    return _EditCompletion(lambda _, completion: _set(completion, path, value))


def drop_field(path: str) -> Alteration:
    """Removes the field at a dotted path of the completion; one that is not there is removed already."""
    return _EditCompletion(lambda _, completion: _drop(completion, path))


def edit_chunks(edit: Callable[[list[Chunk]], list[Chunk]]) -> Alteration:
    """Puts the events that `edit` returns in the place of a stream's."""
    return _EditChunks(edit)


def edit_streamed_choices(edit: Callable[[Json], object]) -> Alteration:
    """Edits each choice, with its `delta`, of each chunk of a stream, and moves no boundary."""
    return _EditChunks(lambda chunks: _each_choice(chunks, edit))


@dataclass(frozen=True, slots=True)
class _EditRequest(Alteration):
    edit: Callable[[ProxiedRequest], object]

    def request(self, request: ProxiedRequest) -> None:
        if request.is_chat:
            self.edit(request)


@dataclass(frozen=True, slots=True)
class _Answer(Alteration):
    make: Callable[[ProxiedRequest], ProxiedReply | None]

    def reply(self, request: ProxiedRequest) -> ProxiedReply | None:
        return self.make(request) if request.is_chat else None


@dataclass(frozen=True, slots=True)
class _Break(Alteration):
    where: Break

    def reply(self, request: ProxiedRequest) -> ProxiedReply | None:
        return ProxiedReply(breaks="before") if request.is_chat and self.where == "before" else None

    def head(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        if request.is_chat:
            reply.breaks = self.where


@dataclass(frozen=True, slots=True)
class _EditReply(Alteration):
    edit: Callable[[ProxiedRequest, ProxiedReply], object]

    def head(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        if request.is_chat:
            self.edit(request, reply)


@dataclass(frozen=True, slots=True)
class _EditCompletion(Alteration):
    edit: Callable[[ProxiedRequest, Json], object]

    def response(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        if not isinstance(reply.body, dict) or reply.status >= FIRST_ERROR or "error" in reply.body:
            return
        if request.is_chat:
            self.edit(request, reply.body)

    def chunks(self, request: ProxiedRequest, chunks: list[Chunk]) -> list[Chunk]:
        if not request.is_chat or not any(is_part(chunk) for chunk in chunks):
            return chunks
        completion = joined(chunks)
        before = write_object(completion)
        self.edit(request, completion)
        return chunks if write_object(completion) == before else rechunk(completion, chunks)


@dataclass(frozen=True, slots=True)
class _EditChunks(Alteration):
    edit: Callable[[list[Chunk]], list[Chunk]]

    def chunks(self, request: ProxiedRequest, chunks: list[Chunk]) -> list[Chunk]:
        return self.edit(chunks) if request.is_chat else chunks


def _said(request: ProxiedRequest, fields: Json) -> ProxiedReply:
    completion: Json = {
        "id": f"chatcmpl-{request.digest[:12]}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request.original.get("model"),
        "choices": [{"index": 0, "message": {"role": "assistant", **fields}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    }
    return ProxiedReply(body=rechunk(completion) if request.streams else completion)


def _replace(message: Json, name: str | None, edit: Callable[[str], str | None]) -> None:
    if name is not None and isinstance(message.get(name), str):
        message[name] = edit(message[name])


def _set(completion: Json, path: str, value: object) -> None:
    holder, key = parent_of(completion, path)
    if isinstance(holder, dict):
        holder[str(key)] = value
    else:
        holder[int(key)] = value


def _drop(completion: Json, path: str) -> None:
    holder, key = parent_of(completion, path)
    if isinstance(holder, dict):
        holder.pop(str(key), None)
    elif isinstance(key, int) and key < len(holder):
        del holder[key]


def _each_choice(chunks: list[Chunk], edit: Callable[[Json], object]) -> list[Chunk]:
    for chunk in chunks:
        for choice in () if isinstance(chunk, str) else chunk.get("choices", ()):
            edit(choice)
    return chunks
