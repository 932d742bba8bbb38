"""A verdict hinges on noise where answers that are compared miss a threshold, and nothing else has accused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.statistics.hinge import hinges_on_noise
from tests.reports.material import NO, REFUSAL, YES, rows, said

if TYPE_CHECKING:
    from backends.completion import Answer

GOOD = (said(YES), said(YES))
EITHER = ((said(YES), said(NO), 5), (said(NO), said(YES), 5))


@pytest.mark.parametrize(
    ("odd", "hinges"),
    [
        pytest.param(((*GOOD, 10),), False, id="nothing-odd"),
        pytest.param(EITHER, True, id="labels-apart-either-way"),
        pytest.param(((said(REFUSAL), said(YES), 10),), False, id="asymmetry"),
        pytest.param(((said(None), said(None), 3),), False, id="broken-on-both-sides"),
    ],
)
def test_noise_is_wanted_only_where_it_can_decide(odd: tuple[tuple[Answer, Answer, int], ...], *, hinges: bool) -> None:
    assert hinges_on_noise(rows((*GOOD, 90), *odd), {}) is hinges


def test_thresholds_that_were_given_count() -> None:
    assert not hinges_on_noise(rows((*GOOD, 90), *EITHER), {"label_agreement": 0.9})
