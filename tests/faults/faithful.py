"""Faithful servers: what real ones do in their own way, none of which is a fault."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, Final, cast

from tests.faults import checkpoints as made
from tests.faults.alteration import Alteration
from tests.faults.alterations import (
    break_connection,
    edit_chunks,
    edit_completion,
    edit_message,
    edit_reply,
    edit_streamed_choices,
    edit_usage,
    fail,
)
from tests.faults.body import read_object
from tests.faults.catalogue import Fault
from tests.faults.chunks import is_part, joined, rechunk
from tests.faults.completions import first_choice, first_message
from tests.faults.conditions import chance, unstreamed, when
from tests.faults.matrix import Setup, Trial
from tests.faults.sse import write_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.body import Json
    from tests.faults.conditions import Condition
    from tests.faults.request import ProxiedRequest
    from tests.faults.sse import Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Faithful:
    """One faithful server.

    Attributes:
        name: ASCII, fit for a file's name.
        does: what it does in its own way.
        alterations: of the proxy in front of the embedded server.
        checkpoint: makes a changed copy of the miniature from its folder in a new one, None where it stays.
        mended: False where the embedded server is left as it is.
        dtype: number format of the served weights.
        arguments: options of the run.
    """

    name: str
    does: str
    alterations: tuple[Alteration, ...] = ()
    checkpoint: Callable[[Path, Path], None] | None = None
    mended: bool = True
    dtype: str = "float32"
    arguments: tuple[str, ...] = ()

    def trial(self, number: int, setup: Setup, sample_size: int) -> Trial:
        """Returns a run against it; `number` tells the runs against one server apart."""
        shows = Fault(
            id=self.name, sees=self.does, reported=(), alterations=self.alterations, checkpoint=self.checkpoint
        )
        return Trial(
            id=f"faithful-{self.name}" + (f"-{number}" if number > 1 else ""),
            shows=shows,
            arguments=(*setup.arguments(sample_size), *self.arguments),
            faithful=True,
            mended=self.mended,
            dtype=self.dtype,
        )


def setups() -> Iterator[Setup]:
    """Yields what runs ask about, without end and each different; the first is that of the runs against faults."""
    kinds = cycle(
        (
            ("balanced", "toxic_simple"),
            ("natural", "toxic_detailed"),
            ("natural", "toxic_simple"),
            ("balanced", "toxic_detailed"),
        )
    )
    # Three efforts and four kinds: all twelve pairs come before one comes again, and each effort soon.
    for further, ((stratify, policy), effort) in enumerate(zip(kinds, cycle(("medium", "low", "high")))):
        yield Setup(sample_seed=Setup().sample_seed + further, stratify=stratify, policy=policy, effort=effort)


def faithful_trials(count: int, sample_size: int) -> tuple[Trial, ...]:
    """Returns so many runs against faithful servers, all different.

    All servers are asked the same before another sample is drawn: the local answers of a sample are needed once.
    """
    runs = (
        server.trial(number, setup, sample_size)
        for number, setup in enumerate(setups(), start=1)
        for server in FAITHFUL
    )
    return tuple(islice(runs, count))


#: What the template of a server prints that does not look at a clock, or at one of another place.
ANOTHER_DAY: Final = "2025-08-05"


def _replacing(*pairs: tuple[str, str]) -> Callable[[Path, Path], None]:
    """Returns what makes a checkpoint whose chat template has other words in the place of these."""
    return lambda source, target: made.replace_in_template(source, target, *pairs)


_DATE = ('"\\nKnowledge cutoff: 2024-06\\nCurrent date: " + strftime_now("%Y-%m-%d")', '"\\nKnowledge cutoff: 2024-06"')
_DAY = ('strftime_now("%Y-%m-%d")', f'"{ANOTHER_DAY}"')
_BLANK = ('~ instructions ~ "\\n\\n" if instructions', '~ instructions ~ ("\\n\\n" if tools else "") if instructions')
_CONSTRAIN = ('"<|channel|>commentary " + kind', '"<|channel|>commentary <|constrain|>" + kind')
_RESULTS = ("turn.content | tojson", "turn.content")

_KNOWN, _OTHER = "reasoning_content", "reasoning"


def _rename(message: Json) -> None:
    if _KNOWN in message:
        message[_OTHER] = message.pop(_KNOWN)


def _double(message: Json) -> None:
    if _KNOWN in message:
        message[_OTHER] = message[_KNOWN]


def _each_message(edit: Callable[[Json], object]) -> tuple[Alteration, ...]:
    """Edits whole messages and, where they are streamed, each delta: no boundary of a stream moves."""
    return when(unstreamed, edit_message(edit)), edit_streamed_choices(lambda choice: edit(choice["delta"]))


def _content_beside_calls(content: str | None) -> Alteration:
    def put(message: Json) -> None:
        if message.get("tool_calls"):
            message["content"] = content

    return when(unstreamed, edit_message(put))


def _no_details(usage: Json) -> None:
    usage.update(prompt_tokens_details=None, completion_tokens_details=None)


def _add_fields(_: ProxiedRequest, completion: Json) -> None:
    completion.update(
        system_fingerprint="fp_0", service_tier=None, prompt_logprobs=None, kv_transfer_params=None, timings={"ms": 1.5}
    )
    first_choice(completion).update(logprobs=None, stop_reason=None, token_ids=None)
    first_message(completion).update(refusal=None, annotations=[], audio=None, function_call=None)


def _drop_nulls(_: ProxiedRequest, completion: Json) -> None:
    for holder in (completion, first_choice(completion), first_message(completion)):
        for name in [name for name, value in holder.items() if value is None]:
            del holder[name]


def _repeat_role(choice: Json) -> None:
    choice["delta"]["role"] = "assistant"


def _with_null_usage(chunks: list[Chunk]) -> list[Chunk]:
    for chunk in chunks:
        if is_part(chunk):
            chunk.setdefault("usage", None)
    return chunks


def _name_itself(completion: Json) -> None:
    completion["model"] = "providers/gpt-oss-fast"


def _name_itself_in_each(chunks: list[Chunk]) -> list[Chunk]:
    for chunk in chunks:
        if is_part(chunk):
            _name_itself(chunk)
    return chunks


def _usage_so_far(chunks: list[Chunk]) -> list[Chunk]:
    """Gives every chunk the usage of the answer up to it, as if each delta had held one token."""
    parts = [chunk for chunk in chunks if is_part(chunk)]
    whole = next((chunk["usage"] for chunk in parts if chunk.get("usage")), None)
    for written, chunk in enumerate(parts) if whole else ():
        if not chunk.get("usage"):
            tokens = min(written, whole["completion_tokens"])
            prompt = whole["prompt_tokens"]
            chunk["usage"] = {
                "prompt_tokens": prompt,
                "completion_tokens": tokens,
                "total_tokens": prompt + tokens,
            }
    return chunks


def _begin_without_choices(chunks: list[Chunk]) -> list[Chunk]:
    """Puts a chunk without choices first, in which some gateways tell what their filters made of the prompt."""
    first = next((chunk for chunk in chunks if is_part(chunk)), None)
    if first is None:
        return chunks
    frame = {name: value for name, value in first.items() if name not in {"choices", "usage"}}
    return [frame | {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}, *chunks]


def _call_otherwise(message: Json) -> None:
    """Gives calls ids of another form, and writes the same arguments with other white space."""
    for index, call in enumerate(message.get("tool_calls") or ()):
        call["id"] = f"functions.{call['function']['name']}:{index}"
        arguments = read_object(call["function"]["arguments"])
        if arguments is not None:
            call["function"]["arguments"] = json.dumps(arguments, indent=1)


def _announce(request: ProxiedRequest, reply: Any) -> None:  # noqa: ANN401 - only its headers matter
    reply.headers.update(
        {"x-request-id": f"req-{request.index}", "cf-ray": f"{request.index:016x}", "x-inference-provider": "one"}
    )


def _first_time(share: float, seed: int) -> Condition:
    drawn = chance(share, seed)
    return lambda request: request.repeat == 0 and drawn(request)


class _Pings(Alteration):
    """Puts comments, which keep a connection alive, between the events of a stream. No alteration may come after."""

    def chunks(self, request: ProxiedRequest, chunks: list[Chunk]) -> list[Chunk]:
        if not request.is_chat:
            return chunks
        # A list of events has no room for comments; a body of bytes is sent to the letter.
        return cast("list[Chunk]", b"".join(b": ping\n\n" + write_events([chunk]) for chunk in chunks))


class _Terse(Alteration):
    """Writes streams with CRLF and without the space that may follow the colon. No alteration may come after."""

    def chunks(self, request: ProxiedRequest, chunks: list[Chunk]) -> list[Chunk]:
        if not request.is_chat:
            return chunks
        lines = write_events(chunks).replace(b"\ndata: ", b"\ndata:").removeprefix(b"data: ")
        return cast("list[Chunk]", (b"data:" + lines).replace(b"\n", b"\r\n"))


_CALM = "--known-differences=transformers_serve"

FAITHFUL: Final[tuple[Faithful, ...]] = (
    Faithful(name="mended", does="It keeps all promises."),
    Faithful(
        name="unmended", does="It is transformers serve, with its known differences.", mended=False, arguments=(_CALM,)
    ),
    Faithful(name="no-date", does="Its template has no date line.", checkpoint=_replacing(_DATE)),
    Faithful(name="no-blank-line", does="Its template has no blank line.", checkpoint=_replacing(_BLANK)),
    Faithful(name="field-reasoning", does="It calls the field `reasoning`.", alterations=_each_message(_rename)),
    Faithful(
        name="other-template",
        does="Its template has neither the date line nor the blank line.",
        checkpoint=_replacing(_DATE, _BLANK),
    ),
    Faithful(
        name="other-template-alike",
        does="Its template has neither of the two lines, and the reference renders as it does.",
        checkpoint=_replacing(_DATE, _BLANK),
        arguments=("--local-rendering=no date line, no blank line",),
    ),
    Faithful(
        name="library-template",
        does="Its template writes tool calls and results as the reference library does.",
        checkpoint=_replacing(_CONSTRAIN, _RESULTS),
    ),
    Faithful(name="both-fields", does="It gives the reasoning under both names.", alterations=_each_message(_double)),
    Faithful(name="bfloat16", does="It computes in bfloat16.", dtype="bfloat16"),
    Faithful(
        name="bfloat16-reference",
        does="It computes in float32, and the reference in bfloat16.",
        arguments=("--local-dtype=bfloat16",),
    ),
    Faithful(
        name="one-at-a-time",
        does="It batches as it likes, and the reference answers one prompt at a time.",
        arguments=("--local-batch-size=1",),
    ),
    Faithful(
        name="other-batches",
        does="It batches as it likes, and the reference answers five prompts at a time.",
        arguments=("--local-batch-size=5",),
    ),
    Faithful(
        name="own-stops",
        does="It stops at <|return|> and <|call|> alone.",
        checkpoint=partial(made.set_end_tokens, tokens=(992, 998)),
    ),
    Faithful(name="null-details", does="It gives usage details as null.", alterations=(edit_usage(_no_details),)),
    Faithful(
        name="more-fields",
        does="It gives fields that nobody asked for.",
        alterations=(when(unstreamed, edit_completion(_add_fields)),),
    ),
    Faithful(
        name="no-nulls",
        does="It leaves out fields that are null.",
        alterations=(when(unstreamed, edit_completion(_drop_nulls)),),
    ),
    Faithful(name="pings", does="It puts comments into streams.", alterations=(_Pings(),)),
    Faithful(
        name="null-beside-calls", does="Content is null beside tool calls.", alterations=(_content_beside_calls(None),)
    ),
    Faithful(
        name="empty-beside-calls", does="Content is empty beside tool calls.", alterations=(_content_beside_calls(""),)
    ),
    Faithful(
        name="no-calls-listed",
        does="It gives an empty list of tool calls where there are none.",
        alterations=(
            when(unstreamed, edit_message(lambda message: message.update(tool_calls=message.get("tool_calls") or []))),
        ),
    ),
    Faithful(
        name="other-pieces",
        does="It cuts streams elsewhere.",
        alterations=(edit_chunks(lambda chunks: rechunk(joined(chunks), chunks)),),
    ),
    Faithful(
        name="roles-repeated",
        does="It repeats the role in every piece of a stream, and usage as null.",
        alterations=(edit_streamed_choices(_repeat_role), edit_chunks(_with_null_usage)),
    ),
    Faithful(name="gateway", does="A gateway adds headers of its own.", alterations=(edit_reply(_announce),)),
    Faithful(
        name="busy",
        does="It turns some requests away with 429 when they first come.",
        alterations=(when(_first_time(0.1, 3), fail(429, "Too many requests.")),),
    ),
    Faithful(
        name="flaky-line",
        does="Some connections break before the reply when they are first made.",
        alterations=(when(_first_time(0.05, 4), break_connection("before")),),
    ),
    Faithful(name="another-day", does="Its template prints the date of another day.", checkpoint=_replacing(_DAY)),
    Faithful(
        name="terse-events", does="It writes events with CRLF and without optional spaces.", alterations=(_Terse(),)
    ),
    Faithful(
        name="own-name",
        does="It calls the model by a name of its own.",
        alterations=(
            when(unstreamed, edit_completion(lambda _, completion: _name_itself(completion))),
            edit_chunks(_name_itself_in_each),
        ),
    ),
    Faithful(
        name="usage-so-far",
        does="It gives the usage so far in every piece of a stream.",
        alterations=(edit_chunks(_usage_so_far),),
    ),
    Faithful(
        name="piece-without-choices",
        does="Its streams begin with a piece that has no choices.",
        alterations=(edit_chunks(_begin_without_choices),),
    ),
    Faithful(
        name="own-call-ids",
        does="Its calls have ids of another form and arguments with other white space.",
        alterations=(edit_message(_call_otherwise),),
    ),
)

if len({server.name for server in FAITHFUL}) != len(FAITHFUL):
    raise ValueError("Two faithful servers have the same name.")
