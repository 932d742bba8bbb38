"""An endpoint says the same through chat completions and through the Responses API, where a run asks both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.http_api import HttpApi
from backends.outcome import FORMAT_TOKENS
from conformance.wire_assertions import shown
from conformance.wire_replies import broken, completion_of, content_of, explain_count, texts_of
from fixtures.wire import FORM_PROBES, RENDERED, REPEATED_CALLS, askings_of
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire

pytestmark = [pytest.mark.only_api(HttpApi.RESPONSES), pytest.mark.both_apis]

#: Whether the effort reaches the model has checks of its own.
COUNTED = tuple(name for name in RENDERED if not name.startswith("effort-"))

#: So many of the four requests must part wholly. Where an answer has a label with one probability through either API,
#: all six askings through one have it and none through the other in at most 2 * 0.5**12 of runs, and that in two of
#: four requests in 2 of 1,000,000.
PARTED = 2


@pytest.mark.wire(CheckId.APIS_COUNT_ALIKE)
@pytest.mark.exchanges(*COUNTED, *FORM_PROBES)
def test_both_apis_report_one_usage(wire: Wire) -> None:
    """The same conversation has the same usage through either API."""
    other = wire.through_the_other_api
    for name in COUNTED:
        mine, theirs = completion_of(wire, name), completion_of(other, name)
        if _lengths(mine) != _lengths(theirs):
            _assert_both_legitimate(wire, other, mine, theirs)
        billed, expected = (one.completion.usage.completion_tokens or 0 for one in (mine, theirs))
        if texts_of(mine) == texts_of(theirs) and abs(billed - expected) > FORMAT_TOKENS:
            raise broken(
                f"The same text of exchange {name} has {billed} output tokens through the Responses API and {expected} "
                "through chat completions.",
                mine,
                theirs,
                facts=Facts(used=billed, counted=expected),
            )


@pytest.mark.wire(CheckId.APIS_ANSWER_ALIKE)
@pytest.mark.exchanges(*(asked for name in REPEATED_CALLS for asked in askings_of(name)))
def test_both_apis_give_one_answer(wire: Wire) -> None:
    """The labels that requests get through one API are not lost through the other."""
    other = wire.through_the_other_api
    pairs = [(_asked(wire, name), _asked(other, name)) for name in REPEATED_CALLS]
    parted = [(mine, theirs) for mine, theirs in pairs if _part_wholly(_labels(wire, mine), _labels(wire, theirs))]
    if len(parted) >= PARTED:
        mine, theirs = parted[0]
        raise broken(
            f"{len(parted)} of {len(pairs)} requests get another label through the Responses API than through chat "
            f"completions, six times each; the first is answered {shown(content_of(mine[0]))} and "
            f"{shown(content_of(theirs[0]))}.",
            mine[0],
            theirs[0],
            facts=Facts(parted=len(parted), of=len(pairs)),
        )
    if told := wire.describe_examples():
        wire.note(told)


def _assert_both_legitimate(wire: Wire, other: Wire, mine: ParsedReply, theirs: ParsedReply) -> None:
    """Asserts that two lengths of one conversation are both legitimate: servers may render in two forms."""
    __tracebackhide__ = True
    counts = _lengths(mine), _lengths(theirs)
    explained = [
        count is not None and bool(explain_count(one, mine.name, count).matches)
        for one, count in zip((wire, other), counts, strict=True)
    ]
    told = (
        f"The prompt of exchange {mine.name} has {counts[0]} tokens through the Responses API and {counts[1]} through "
        "chat completions"
    )
    if not all(explained):
        raise broken(f"{told}.", mine, theirs, facts=Facts(offset=(counts[0] or 0) - (counts[1] or 0)))
    wire.note(f"{told[0].lower()}{told[1:]}: each is a legitimate rendering")


def _lengths(reply: ParsedReply) -> int | None:
    return reply.completion.usage.prompt_tokens


def _asked(wire: Wire, name: str) -> list[ParsedReply]:
    return [completion_of(wire, one) for one in askings_of(name)]


def _labels(wire: Wire, replies: list[ParsedReply]) -> list[bool | None]:
    return [wire.read_label(content_of(reply)) for reply in replies]


def _part_wholly(one: list[bool | None], other: list[bool | None]) -> bool:
    """Returns whether all answers through one API have a label that none through the other has."""
    return any(
        mine[0] is not None and set(mine) == {mine[0]} and mine[0] not in theirs
        for mine, theirs in ((one, other), (other, one))
    )
