"""Every sampling value that is sent is honoured, or refused: never silently ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.completion import FinishReason
from conformance.wire_assertions import assert_json_object, assert_no_markup, assert_reasoning_apart, is_alike, shown
from conformance.wire_replies import any_reply, broken, completion_of, content_of, texts_of
from fixtures.wire import REPEATED_CALLS
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from fixtures.wire import Wire

PAIRS = tuple((name, f"{name}-again") for name in REPEATED_CALLS)
BOTH = tuple(name for pair in PAIRS for name in pair)

#: A server that batches differently from one moment to the next may part in one text of four, late and with the same
#: answer; one that draws its tokens parts in most.
PARTING_ALLOWED = 1

#: So many characters of two seeded texts are compared: rounding parts them later, another seed sooner.
SEEDED_CHARACTERS = 64


@pytest.mark.wire(CheckId.TEMPERATURE_ZERO_REPEATS)
@pytest.mark.exchanges(*BOTH)
def test_temperature_zero_repeats_itself(wire: Wire) -> None:
    """At temperature 0 the same request, made twice, gets the same text."""
    pairs = [(completion_of(wire, first), completion_of(wire, second)) for first, second in PAIRS]
    parted = [(first, second) for first, second in pairs if texts_of(first) != texts_of(second)]

    if len(parted) > PARTING_ALLOWED:
        first, second = parted[0]
        raise broken(
            f"At temperature 0, {len(parted)} of {len(pairs)} requests get another text when they are made again:\n"
            f"  first:  {shown(' '.join(texts_of(first)))}\n  second: {shown(' '.join(texts_of(second)))}",
            first,
            second,
            facts=Facts(parted=len(parted), of=len(pairs)),
        )


@pytest.mark.wire(CheckId.SECOND_CALL_ANSWERS_ALIKE)
@pytest.mark.exchanges(*BOTH)
def test_second_call_gives_the_answer_of_the_first(wire: Wire) -> None:
    """The first and the second identical call get the same final answer."""
    for name, again in PAIRS:
        first, second = completion_of(wire, name), completion_of(wire, again)
        if content_of(first) != content_of(second):
            raise broken(
                f"The first call {name} is answered {shown(content_of(first))}, the second, identical one "
                f"{shown(content_of(second))}.",
                first,
                second,
            )


@pytest.mark.wire(CheckId.TEMPERATURE_HONOURED)
@pytest.mark.exchanges("no-policy", "hot-1", "hot-2", "hot-3")
def test_temperature_is_honoured(wire: Wire) -> None:
    """At a temperature of 1.5 the text is not always the likeliest one."""
    greedy = completion_of(wire, "no-policy")
    warm = [any_reply(wire, name) for name in ("hot-1", "hot-2", "hot-3")]
    if all(reply.refused for reply in warm):
        return

    drawn = [completion_of(wire, reply.name) for reply in warm]
    if all(is_alike(texts_of(reply), texts_of(greedy)) for reply in drawn):
        raise broken(
            "Three answers drawn at temperature 1.5 are the greedy one again, so the temperature is ignored: "
            f"{shown(content_of(greedy))}",
            greedy,
            drawn[0],
        )


@pytest.mark.wire(CheckId.TOP_P_HONOURED)
@pytest.mark.exchanges("no-policy", "narrow")
def test_top_p_is_honoured(wire: Wire) -> None:
    """At temperature 1.5 a top_p of 0.01 leaves only the likeliest text."""
    if any_reply(wire, "narrow").refused:
        return

    greedy, narrow = completion_of(wire, "no-policy"), completion_of(wire, "narrow")
    if not is_alike(texts_of(narrow), texts_of(greedy)):
        raise broken(
            "With a top_p of 0.01 only the likeliest token is left, but the text is another one, so top_p is ignored:\n"
            f"  greedy:     {shown(' '.join(texts_of(greedy)))}\n  top_p 0.01: {shown(' '.join(texts_of(narrow)))}",
            greedy,
            narrow,
        )


@pytest.mark.wire(CheckId.SEED_HONOURED)
@pytest.mark.exchanges("seeded", "seeded-again")
def test_seed_is_honoured(wire: Wire) -> None:
    """With the same seed the same text is drawn twice."""
    if any_reply(wire, "seeded").refused:
        return

    first, second = completion_of(wire, "seeded"), completion_of(wire, "seeded-again")
    one, other = ("\n".join(texts_of(reply)) for reply in (first, second))
    if one[:SEEDED_CHARACTERS] != other[:SEEDED_CHARACTERS]:
        raise broken(
            f"Drawn twice with the same seed at temperature 1, the texts differ from their beginning, so the seed is "
            f"ignored:\n  first:  {shown(one)}\n  second: {shown(other)}",
            first,
            second,
        )


@pytest.mark.wire(CheckId.RESPONSE_FORMAT_HONOURED)
@pytest.mark.exchanges("json-mode")
def test_response_format_is_honoured(wire: Wire) -> None:
    """A response format of JSON is honoured, or refused."""
    reply = any_reply(wire, "json-mode")
    if reply.refused or completion_of(wire, "json-mode").completion.finish_reason is not FinishReason.STOP:
        return

    assert_json_object(
        content_of(reply), "A JSON object was asked for with response_format, and the answer's words", reply
    )


@pytest.mark.wire(CheckId.RESPONSE_FORMAT_KEEPS_CHANNELS_APART)
@pytest.mark.exchanges("json-mode")
def test_response_format_leaves_the_channels_apart(wire: Wire) -> None:
    """With a response format, reasoning and answer still come apart."""
    if any_reply(wire, "json-mode").refused:
        return

    reply = completion_of(wire, "json-mode")
    assert_no_markup(reply)
    assert_reasoning_apart(wire, reply)
