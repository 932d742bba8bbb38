"""Reported token counts do not depend on what the server has seen before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from conformance.wire_replies import broken, completion_of
from fixtures.wire import REPEATED_CALLS, askings_of
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from fixtures.wire import Wire

#: A prompt prints the date, which may change at midnight. A date has ten characters, so at most ten tokens and at least
#: one: two prompts that are further apart do not differ by their date alone.
OF_A_DATE: Final = 9


@pytest.mark.wire(CheckId.USAGE_REPEATS)
@pytest.mark.exchanges(*(asked for name in REPEATED_CALLS for asked in askings_of(name)))
def test_same_prompt_is_counted_the_same_each_time(wire: Wire) -> None:
    """A prompt has as many tokens when it is sent again as when it came first, whatever a cache holds of it."""
    for name in REPEATED_CALLS:
        replies = [completion_of(wire, asked) for asked in askings_of(name)]
        counts = [reply.completion.usage.prompt_tokens or 0 for reply in replies]
        if max(counts) - min(counts) <= OF_A_DATE:
            continue
        first, other = replies[0], replies[counts.index(min(counts))]
        shrinks = counts[0] == max(counts) and all(count < counts[0] for count in counts[1:])
        told = (
            f"The prompt of {name} is reported to have {counts[0]} tokens when it comes first, and when it is sent "
            f"again {', '.join(map(str, counts[1:]))}."
        )
        raise broken(told, *dict.fromkeys((first, other)), facts=Facts(uncached=shrinks))
