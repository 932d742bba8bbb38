"""Faithful servers: what real ones do in their own way, none of which is a fault."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING, Final

from tests.faults import checkpoints as made
from tests.faults import faithful_replies as replies
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
from tests.faults.catalogue import Fault
from tests.faults.chunks import joined, rechunk
from tests.faults.conditions import unstreamed, when
from tests.faults.matrix import Setup, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.alteration import Alteration


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
_BLANK = ('~ instructions ~ "\\n\\n" if instructions', '~ instructions ~ ("\\n\\n" if tools else "") if instructions')
_CONSTRAIN = ('"<|channel|>commentary " + kind', '"<|channel|>commentary <|constrain|>" + kind')
_RESULTS = ("turn.content | tojson", "turn.content")

_CALM = "--known-differences=transformers_serve"

FAITHFUL: Final[tuple[Faithful, ...]] = (
    Faithful(name="mended", does="It keeps all promises."),
    Faithful(
        name="unmended", does="It is transformers serve, with its known differences.", mended=False, arguments=(_CALM,)
    ),
    Faithful(name="no-date", does="Its template has no date line.", checkpoint=_replacing(_DATE)),
    Faithful(name="no-blank-line", does="Its template has no blank line.", checkpoint=_replacing(_BLANK)),
    Faithful(
        name="field-reasoning",
        does="It calls the field `reasoning`.",
        alterations=replies.each_message(replies.rename_reasoning),
    ),
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
    Faithful(
        name="both-fields",
        does="It gives the reasoning under both names.",
        alterations=replies.each_message(replies.double_reasoning),
    ),
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
    Faithful(
        name="null-details", does="It gives usage details as null.", alterations=(edit_usage(replies.null_details),)
    ),
    Faithful(
        name="more-fields",
        does="It gives fields that nobody asked for.",
        alterations=(when(unstreamed, edit_completion(replies.add_fields)),),
    ),
    Faithful(
        name="no-nulls",
        does="It leaves out fields that are null.",
        alterations=(when(unstreamed, edit_completion(replies.drop_nulls)),),
    ),
    Faithful(
        name="pings", does="It puts comments into streams.", alterations=(replies.written_as(replies.with_pings),)
    ),
    Faithful(
        name="null-beside-calls",
        does="Content is null beside tool calls.",
        alterations=(replies.content_beside_calls(None),),
    ),
    Faithful(
        name="empty-beside-calls",
        does="Content is empty beside tool calls.",
        alterations=(replies.content_beside_calls(""),),
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
        alterations=(edit_streamed_choices(replies.repeat_role), edit_chunks(replies.null_usage)),
    ),
    Faithful(name="gateway", does="A gateway adds headers of its own.", alterations=(edit_reply(replies.announce),)),
    Faithful(
        name="busy",
        does="It turns some requests away with 429 when they first come.",
        alterations=(when(replies.first_time(0.1, 3), fail(429, "Too many requests.")),),
    ),
    Faithful(
        name="flaky-line",
        does="Some connections break before the reply when they are first made.",
        alterations=(when(replies.first_time(0.05, 4), break_connection("before")),),
    ),
    Faithful(
        name="another-day",
        does="Its template prints the date of another day.",
        checkpoint=partial(made.print_day, day=ANOTHER_DAY),
    ),
    Faithful(
        name="terse-events",
        does="It writes events with CRLF and without optional spaces.",
        alterations=(replies.written_as(replies.tersely),),
    ),
    Faithful(
        name="own-name",
        does="It calls the model by a name of its own.",
        alterations=(
            when(unstreamed, edit_completion(lambda _, completion: replies.name_itself(completion))),
            edit_chunks(replies.name_itself_in_each),
        ),
    ),
    Faithful(
        name="usage-so-far",
        does="It gives the usage so far in every piece of a stream.",
        alterations=(edit_chunks(replies.usage_so_far),),
    ),
    Faithful(
        name="piece-without-choices",
        does="Its streams begin with a piece that has no choices.",
        alterations=(edit_chunks(replies.begin_without_choices),),
    ),
    Faithful(
        name="own-call-ids",
        does="Its calls have ids of another form and arguments with other white space.",
        alterations=(edit_message(replies.call_otherwise),),
    ),
)

if len({server.name for server in FAITHFUL}) != len(FAITHFUL):
    raise ValueError("Two faithful servers have the same name.")
