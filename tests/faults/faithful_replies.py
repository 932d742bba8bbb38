"""What faithful servers do to a reply in their own way, and may."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from tests.faults.alteration import Alteration
from tests.faults.alterations import edit_message, edit_streamed_choices
from tests.faults.body import read_object
from tests.faults.chunks import is_part
from tests.faults.completions import first_choice, first_message
from tests.faults.conditions import chance, unstreamed, when
from tests.faults.sse import write_events

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.body import Json
    from tests.faults.conditions import Condition
    from tests.faults.request import ProxiedRequest
    from tests.faults.sse import Chunk

_KNOWN, _OTHER = "reasoning_content", "reasoning"


def rename_reasoning(message: Json) -> None:
    """Gives the reasoning under its other name."""
    if _KNOWN in message:
        message[_OTHER] = message.pop(_KNOWN)


def double_reasoning(message: Json) -> None:
    """Gives the reasoning under both names."""
    if _KNOWN in message:
        message[_OTHER] = message[_KNOWN]


def each_message(edit: Callable[[Json], object]) -> tuple[Alteration, ...]:
    """Edits whole messages and, where they are streamed, each delta: no boundary of a stream moves."""
    return when(unstreamed, edit_message(edit)), edit_streamed_choices(lambda choice: edit(choice["delta"]))


def content_beside_calls(content: str | None) -> Alteration:
    """Puts this content beside tool calls."""

    def put(message: Json) -> None:
        if message.get("tool_calls"):
            message["content"] = content

    return when(unstreamed, edit_message(put))


def null_details(usage: Json) -> None:
    """Gives the details of the usage as null."""
    usage.update(prompt_tokens_details=None, completion_tokens_details=None)


def add_fields(_: ProxiedRequest, completion: Json) -> None:
    """Adds fields that real servers have, each with what they mostly hold."""
    completion.update(
        system_fingerprint="fp_0", service_tier=None, prompt_logprobs=None, kv_transfer_params=None, timings={"ms": 1.5}
    )
    first_choice(completion).update(logprobs=None, stop_reason=None, token_ids=None)
    first_message(completion).update(refusal=None, annotations=[], audio=None, function_call=None)


def drop_nulls(_: ProxiedRequest, completion: Json) -> None:
    """Leaves out fields that are null."""
    for holder in (completion, first_choice(completion), first_message(completion)):
        for name in [name for name, value in holder.items() if value is None]:
            del holder[name]


def repeat_role(choice: Json) -> None:
    """Names the role in this piece too."""
    choice["delta"]["role"] = "assistant"


def null_usage(chunks: list[Chunk]) -> list[Chunk]:
    """Gives every chunk a usage, null where it has none."""
    for chunk in chunks:
        if is_part(chunk):
            chunk.setdefault("usage", None)
    return chunks


def name_itself(completion: Json) -> None:
    """Calls the model by a name of the server's own."""
    completion["model"] = "providers/gpt-oss-fast"


def name_itself_in_each(chunks: list[Chunk]) -> list[Chunk]:
    """Does so in every chunk."""
    for chunk in filter(is_part, chunks):
        name_itself(chunk)
    return chunks


def usage_so_far(chunks: list[Chunk]) -> list[Chunk]:
    """Gives every chunk the usage of the answer up to it, as if each delta had held one token."""
    parts = [chunk for chunk in chunks if is_part(chunk)]
    whole = next((chunk["usage"] for chunk in parts if chunk.get("usage")), None)
    if whole is None:
        return chunks
    prompt = whole["prompt_tokens"]
    for written, chunk in enumerate(parts):
        if not chunk.get("usage"):
            tokens = min(written, whole["completion_tokens"])
            counts = {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens}
            chunk["usage"] = counts
    return chunks


def begin_without_choices(chunks: list[Chunk]) -> list[Chunk]:
    """Puts a chunk without choices first, in which some gateways tell what their filters made of the prompt."""
    first = next((chunk for chunk in chunks if is_part(chunk)), None)
    if first is None:
        return chunks
    frame = {name: value for name, value in first.items() if name not in {"choices", "usage"}}
    return [frame | {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}, *chunks]


def call_otherwise(message: Json) -> None:
    """Gives calls ids of another form, and writes the same arguments with other white space."""
    for index, call in enumerate(message.get("tool_calls") or ()):
        call["id"] = f"functions.{call['function']['name']}:{index}"
        arguments = read_object(call["function"]["arguments"])
        if arguments is not None:
            call["function"]["arguments"] = json.dumps(arguments, indent=1)


def announce(request: ProxiedRequest, reply: Any) -> None:  # noqa: ANN401 - only its headers matter
    """Adds the headers of a gateway."""
    reply.headers.update(
        {"x-request-id": f"req-{request.index}", "cf-ray": f"{request.index:016x}", "x-inference-provider": "one"}
    )


def first_time(share: float, seed: int) -> Condition:
    """Returns a condition that a `share` (0 to 1) of requests fulfil, and only when they first come."""
    drawn = chance(share, seed)
    return lambda request: request.repeat == 0 and drawn(request)


def written_as(write: Callable[[list[Chunk]], bytes]) -> Alteration:
    """Sends streams as `write` writes them. No alteration may come after, since there are no events left to it."""
    return _WrittenAs(write)


def with_pings(chunks: list[Chunk]) -> bytes:
    """Writes comments, which keep a connection alive, between the events of a stream."""
    return b"".join(b": ping\n\n" + write_events([chunk]) for chunk in chunks)


def tersely(chunks: list[Chunk]) -> bytes:
    """Writes a stream with CRLF and without the space that may follow the colon."""
    lines = write_events(chunks).replace(b"\ndata: ", b"\ndata:").removeprefix(b"data: ")
    return (b"data:" + lines).replace(b"\n", b"\r\n")


@dataclass(frozen=True, slots=True)
class _WrittenAs(Alteration):
    write: Callable[[list[Chunk]], bytes]

    def chunks(self, request: ProxiedRequest, chunks: list[Chunk]) -> list[Chunk]:
        # A list of events has no room for how they are written; a body of bytes is sent to the letter.
        return cast("list[Chunk]", self.write(chunks)) if request.is_chat else chunks
