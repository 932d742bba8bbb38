"""Every sampling value that is sent is honoured, or refused: never silently ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.http_api import HttpApi
from conformance.drawing import (
    Drawn,
    answers_twice,
    how_drawn,
    is_list_of_words,
    is_lost_when_repeated,
    is_same_list,
)
from conformance.json_answers import assert_no_markup_around_json, is_json_object
from conformance.limit_assertions import require_end
from conformance.wire_assertions import assert_reasoning_apart, shown
from conformance.wire_replies import broken, completion_of, content_of, declines, drawn_texts, texts_of
from fixtures.wire import (
    GREEDY_WORDS,
    HOT_WORDS,
    NARROW_WORDS,
    REPEATED_CALLS,
    SEEDED_WORDS,
    askings_of,
)
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.drawing import Texts
    from fixtures.wire import Wire

PAIRS = tuple((name, f"{name}-again") for name in REPEATED_CALLS)
BOTH = tuple(name for pair in PAIRS for name in pair)
ALL_ASKED = tuple(asked for name in REPEATED_CALLS for asked in askings_of(name))


@pytest.mark.wire(CheckId.TEMPERATURE_ZERO_REPEATS)
@pytest.mark.exchanges(*ALL_ASKED)
def test_temperature_zero_repeats_itself(wire: Wire) -> None:
    """At temperature 0, of four requests that are made six times each, at least one gets an answer twice."""
    pairs = [(completion_of(wire, first), completion_of(wire, second)) for first, second in PAIRS]
    parted = [(first, second) for first, second in pairs if texts_of(first) != texts_of(second)]
    seen = Facts(parted=len(parted), of=len(pairs))

    asked = [_asked(wire, name) for name in REPEATED_CALLS]
    if not any(map(answers_twice, asked)):
        if not all(answer.strip() for answers in asked for answer in answers):
            # An answer that is not there says nothing of how it was drawn.
            pytest.skip("some answers are missing, and none of the others comes twice")
        first, second = pairs[0]
        raise broken(
            f"At temperature 0, none of {len(pairs)} requests gets any answer twice when it is made six times:\n"
            f"  first:  {shown(' '.join(texts_of(first)))}\n  second: {shown(' '.join(texts_of(second)))}",
            first,
            second,
            facts=seen,
        )
    if parted:
        wire.note(f"{len(parted)} of {len(pairs)} texts part when they are asked for again at temperature 0")
    wire.fact(seen)


@pytest.mark.wire(CheckId.SECOND_CALL_ANSWERS_ALIKE)
@pytest.mark.exchanges(*ALL_ASKED)
def test_second_call_gives_the_answer_of_the_first(wire: Wire) -> None:
    """The label that the first of identical calls gets is not lost to all later ones."""
    asked = [_asked(wire, name) for name in REPEATED_CALLS]

    if all(is_lost_when_repeated([wire.read_label(answer) for answer in answers]) for answers in asked):
        first, second, *_ = asked[0]
        raise broken(
            f"Each of {len(asked)} requests gets a label when it is made for the first time, and then never again; the "
            f"first is answered {shown(first)}, and later {shown(second)}.",
            *(completion_of(wire, name) for name in PAIRS[0]),
        )


@pytest.mark.wire(CheckId.TEMPERATURE_HONOURED)
@pytest.mark.exchanges(GREEDY_WORDS, *HOT_WORDS)
def test_temperature_is_honoured(wire: Wire) -> None:
    """Random words that are drawn at a temperature of 1 are not three times the likeliest ones."""
    drawn = drawn_texts(wire, HOT_WORDS, plain=GREEDY_WORDS)
    if drawn is None:
        return
    likeliest = completion_of(wire, GREEDY_WORDS)
    if not is_list_of_words(content_of(likeliest)):
        pytest.skip(
            f"asked for random words, the model says {shown(content_of(likeliest))}: it may say so at any temperature"
        )

    if all(is_same_list(answer, content_of(likeliest)) for _, answer in drawn):
        raise broken(
            "Three answers of random words drawn at temperature 1 are the likeliest one again, so the temperature is "
            f"ignored: {shown(content_of(likeliest))}",
            likeliest,
            completion_of(wire, HOT_WORDS[0]),
        )


@pytest.mark.wire(CheckId.TOP_P_HONOURED)
@pytest.mark.exchanges(*BOTH, GREEDY_WORDS, *NARROW_WORDS)
def test_top_p_is_honoured(wire: Wire) -> None:
    """At temperature 1 a top_p of 0.01 leaves the likeliest text: not every text is another one."""
    narrow = drawn_texts(wire, NARROW_WORDS, plain=GREEDY_WORDS)
    if narrow is None:
        return

    likeliest = texts_of(completion_of(wire, GREEDY_WORDS))
    if _are_drawn_anew(wire, [likeliest, *narrow]):
        raise broken(
            "With a top_p of 0.01 only the likeliest token is left, but six texts all part soon after they begin, so "
            f"top_p is ignored:\n  likeliest:  {shown(' '.join(likeliest))}\n  "
            f"top_p 0.01: {shown(' '.join(narrow[0]))}",
            *(completion_of(wire, name) for name in (GREEDY_WORDS, *NARROW_WORDS)),
        )


@pytest.mark.wire(CheckId.SEED_HONOURED)
@pytest.mark.only_api(HttpApi.CHAT)
@pytest.mark.exchanges(*BOTH, *SEEDED_WORDS)
def test_seed_is_honoured(wire: Wire) -> None:
    """With the same seed the same text is drawn: not every text is another one."""
    seeded = drawn_texts(wire, SEEDED_WORDS, plain=BOTH[0])
    if seeded is None:
        return

    if _are_drawn_anew(wire, seeded):
        raise broken(
            f"Drawn six times with the same seed, the texts all part soon after they begin, so the seed is ignored:\n"
            f"  first:  {shown(' '.join(seeded[0]))}\n  second: {shown(' '.join(seeded[1]))}",
            *(completion_of(wire, name) for name in SEEDED_WORDS),
        )


@pytest.mark.wire(CheckId.RESPONSE_FORMAT_HONOURED)
@pytest.mark.exchanges("json-mode", "no-policy")
def test_response_format_is_honoured(wire: Wire) -> None:
    """A response format of JSON is honoured, or refused.

    Whatever the model knows: a server that takes the format keeps what it writes to it.
    """
    if declines(wire, ["json-mode"], plain="no-policy"):
        return
    reply = completion_of(wire, "json-mode")
    content = content_of(reply)
    if is_json_object(content):
        return

    require_end(reply, "the end of the object")
    raise broken(
        "A JSON object was asked for with response_format, and the answer's words are not a JSON object: "
        f"{shown(content)}",
        reply,
        facts=Facts(not_json=content),
    )


@pytest.mark.wire(CheckId.RESPONSE_FORMAT_KEEPS_CHANNELS_APART)
@pytest.mark.exchanges("json-mode", "no-policy")
def test_response_format_leaves_the_channels_apart(wire: Wire) -> None:
    """With a response format, reasoning and answer still come apart.

    Markup inside the strings of a JSON object, beside a reasoning of its own, is what the model wrote.
    """
    if declines(wire, ["json-mode"], plain="no-policy"):
        return

    reply = completion_of(wire, "json-mode")
    assert_no_markup_around_json(reply)
    assert_reasoning_apart(wire, reply)


def _asked(wire: Wire, name: str) -> list[str]:
    return [content_of(completion_of(wire, asked)) for asked in askings_of(name)]


def _are_drawn_anew(wire: Wire, pool: Sequence[Texts]) -> bool:
    """Returns whether six texts that should be one were drawn each anew; the check ends where it cannot be told."""
    repeated = [(texts_of(completion_of(wire, one)), texts_of(completion_of(wire, other))) for one, other in PAIRS]
    how = how_drawn(pool, repeated=repeated)
    if how is Drawn.UNTOLD:
        pytest.skip(
            "six texts part, but at temperature 0 the server does not repeat enough text for that to mean a draw"
        )
    return how is Drawn.ANEW
