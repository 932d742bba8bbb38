"""Requests that run side by side do not disturb each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.wire_assertions import assert_no_more_markup, shown
from conformance.wire_replies import broken, completion_of, content_of
from fixtures.wire import CONCURRENT_COPIES, REPEATED_CALLS
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from fixtures.wire import Wire

BESIDE = tuple((name, f"{name}-beside-{number + 1}") for number in range(CONCURRENT_COPIES) for name in REPEATED_CALLS)

#: A larger batch rounds otherwise, and one answer of sixteen may stand on the edge.
ANOTHER_ANSWER_ALLOWED = 1


@pytest.mark.wire(CheckId.CONCURRENT_CALLS_ANSWER_ALIKE)
@pytest.mark.exchanges(*REPEATED_CALLS, *(beside for _, beside in BESIDE))
def test_sixteen_at_once_get_the_answers_that_each_gets_alone(wire: Wire) -> None:
    """The same requests, one at a time and sixteen at once, get the same final answers."""
    pairs = [(completion_of(wire, alone), completion_of(wire, beside)) for alone, beside in BESIDE]
    for alone, beside in pairs:
        assert_no_more_markup(beside, than=alone)
    other = [(alone, beside) for alone, beside in pairs if content_of(alone) != content_of(beside)]

    if len(other) > ANOTHER_ANSWER_ALLOWED:
        alone, beside = other[0]
        raise broken(
            f"{len(other)} of {len(pairs)} requests that went out at once get another answer than alone; the first is "
            f"{alone.name}: {shown(content_of(alone))} alone, {shown(content_of(beside))} beside the others.",
            alone,
            beside,
            facts=Facts(parted=len(other), of=len(pairs)),
        )
