"""What has no room in the model's context is refused, and not cut without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.request_assertions import completion_unless_declined, prompt_length
from conformance.wire_replies import broken
from fixtures.wire import words_in
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from fixtures.wire import Wire


@pytest.mark.wire(CheckId.OVERFLOW_REFUSED)
@pytest.mark.exchanges("policy", "overflow")
def test_prompt_beyond_the_context_is_refused(wire: Wire) -> None:
    """A prompt longer than the model's context is refused, or counted whole: no part of it is cut without a word."""
    reply = completion_unless_declined(wire, "overflow")
    if reply is None:
        return
    length, least = prompt_length(reply), words_in(reply.request["messages"][-1]["content"])

    if length < least:
        raise broken(
            f"A text of at least {least} tokens was sent, more than the model has room for; it is answered, and the "
            f"prompt is reported to have {length}: the rest was cut without a word.",
            facts=Facts(offset=length - least),
        )
