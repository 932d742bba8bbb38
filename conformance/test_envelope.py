"""What stands around an answer is what the protocol says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.api.envelope import WHOLE, envelope_problems
from backends.http_api import HttpApi
from conformance.stream_replies import STREAMED, UNSTREAMED, streamed
from conformance.wire_replies import broken, completion_of
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire

ANSWERS = ("policy", "no-policy", "harmless", *UNSTREAMED.values())


@pytest.mark.wire(CheckId.ENVELOPE_WELL_FORMED)
@pytest.mark.only_api(HttpApi.CHAT)
@pytest.mark.exchanges(*dict.fromkeys(ANSWERS))
def test_reply_has_a_well_formed_envelope(wire: Wire) -> None:
    """Each reply says which one it is, what kind of object, and when it was made."""
    for name in dict.fromkeys(ANSWERS):
        reply = completion_of(wire, name)
        _assert_well_formed(reply, tuple(envelope_problems(reply.body, WHOLE)), f"In exchange {name}, ")


@pytest.mark.wire(CheckId.CHUNK_ENVELOPES_WELL_FORMED)
@pytest.mark.only_api(HttpApi.CHAT)
@pytest.mark.exchanges(*STREAMED, *UNSTREAMED.values())
def test_chunks_have_well_formed_envelopes(wire: Wire) -> None:
    """Each chunk of a stream says which answer it is a piece of, what kind of object, and when it was made."""
    for name in STREAMED:
        reply = streamed(wire, name)
        _assert_well_formed(reply, reply.stream.envelope_problems, f"In the stream {name}, ")


def _assert_well_formed(reply: ParsedReply, problems: tuple[str, ...], where: str) -> None:
    __tracebackhide__ = True
    if problems:
        more = f", and {len(problems) - 1} more of the kind" if len(problems) > 1 else ""
        raise broken(f"{where}{problems[0]}{more}.", reply, facts=Facts(problems=problems[:_TOLD]))


#: Chunks are many, and what is wrong in one is mostly wrong in all.
_TOLD = 5
