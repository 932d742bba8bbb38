"""Every streamed answer comes whole, apart from markup, in whole characters, and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.http_api import HttpApi
from conformance.characters import has_more_than_ascii, is_broken, is_encoded_twice, loses_characters
from conformance.knowledge import does_reference_write_whole_characters, end_unless_reference
from conformance.stream_replies import STREAMED, UNSTREAMED, stream_of, streamed, what_is_missing
from conformance.wire_assertions import assert_no_markup_in, shown, shows_markup
from conformance.wire_replies import broken, completion_of, texts_of
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from fixtures.wire import Wire

PAIRS = (*STREAMED, *UNSTREAMED.values())


@pytest.mark.wire(CheckId.STREAM_COMES_WHOLE)
@pytest.mark.exchanges(*PAIRS)
def test_stream_comes_whole(wire: Wire) -> None:
    """Where an unstreamed request is answered, the same request streamed is too, without an error inside."""
    for name in STREAMED:
        violation = what_is_missing(wire, name)
        if violation is not None:
            raise violation


@pytest.mark.wire(CheckId.STREAM_ENDS_BEHIND_DONE)
@pytest.mark.only_api(HttpApi.CHAT)
@pytest.mark.exchanges(*PAIRS)
def test_stream_ends_behind_done(wire: Wire) -> None:
    """The response of a stream ends behind the event [DONE], and does not stay open."""
    for name in STREAMED:
        reply = streamed(wire, name)
        if reply.left_open:
            raise broken(
                f"Behind [DONE] the stream {name} stays open: who reads it to its end waits for ever. Its last words "
                f"are {shown(reply.text[-120:])}",
                reply,
            )


@pytest.mark.wire(CheckId.STREAM_NO_MARKUP)
@pytest.mark.exchanges(*PAIRS)
def test_streamed_text_holds_no_harmony_markup(wire: Wire) -> None:
    """No joined stream holds Harmony markup or channels glued together, unless the unstreamed answer does too."""
    for name in STREAMED:
        reply, plain = streamed(wire, name), completion_of(wire, UNSTREAMED[name])
        if not shows_markup(plain):
            assert_no_markup_in(reply.stream.reasoning, reply.stream.content, reply)


@pytest.mark.wire(CheckId.CHARACTERS_WHOLE)
@pytest.mark.exchanges("accents", "accents-streamed")
@pytest.mark.knows("accents")
def test_characters_outside_ascii_come_whole(wire: Wire) -> None:
    """Accents, other scripts and emoji come as they are, and in a stream as in an unstreamed answer.

    Skipped where the model writes none, and where the reference itself writes broken ones.
    """
    reply, stream = completion_of(wire, "accents"), stream_of(wire, "accents-streamed")
    plain, joined = " ".join(texts_of(reply)), f"{stream.reasoning} {stream.content}"
    if not has_more_than_ascii(plain + joined):
        pytest.skip("asked for accents, other scripts and emoji, the model writes nothing outside ASCII")

    spoilt = (is_broken(joined) and not is_broken(plain)) or (is_encoded_twice(joined) and not is_encoded_twice(plain))
    if spoilt or loses_characters(joined, plain):
        raise broken(
            f"In a stream, characters outside ASCII do not come as they are:\n  unstreamed: {shown(plain)}\n"
            f"  streamed:   {shown(joined)}",
            reply,
            streamed(wire, "accents-streamed"),
            facts=Facts(part="content"),
        )
    if is_broken(plain) or is_encoded_twice(plain):
        end_unless_reference(wire, does_reference_write_whole_characters(wire, "accents"), "write whole characters")
        raise broken(f"Characters outside ASCII do not come as they are: {shown(plain)}", reply)
