"""An answer that is a commentary is told by what was billed besides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.findings import find
from tests.reports.findings.shown import answered, evidence, words_of
from tests.reports.material import PROSE, tokens


@pytest.mark.parametrize(("billed", "named"), [(44, False), (48, False), (49, True), (60, True)])
def test_answer_after_the_same_thought_is_a_commentary_only_where_a_message_more_is_billed(
    billed: int,
    named: bool,  # noqa: FBT001 - a column of the table
) -> None:
    made = evidence([(answered(PROSE, usage=tokens(100, billed)), 5)], [])
    found = find(replace(made, counter=lambda: words_of))

    assert ("commentary-as-final" in {one.id for one in found}) is named


def test_answer_after_the_same_thought_is_no_commentary_where_tokens_cannot_be_counted() -> None:
    assert "commentary-as-final" not in {one.id for one in find(evidence([(answered(PROSE), 9)], []))}
