"""Counts of tokens that are too small or too large, and what does not follow from them."""

from __future__ import annotations

from backends.outcome import FORMAT_TOKENS
from reports.findings import find
from tests.reports.findings.shown import MANY, SHOWN, answered, evidence, shown
from tests.reports.material import tokens


def test_tokens_that_are_not_counted_accuse_no_other_model() -> None:
    few = answered(usage=tokens(100, 5))

    with_check = find(evidence([(few, MANY)], SHOWN["usage-lacks-reasoning"][1]))
    (alone,) = find(evidence([(few, MANY)], []))

    assert [finding.id for finding in with_check] == ["usage-lacks-reasoning"]
    assert (alone.id, alone.candidates, alone.count) == ("usage-lacks-reasoning", ("usage-wrong",), MANY)


def test_server_that_counts_no_tokens_of_the_format_counts_all_of_its_texts() -> None:
    assert find(evidence([(answered(usage=tokens(100, 40 - FORMAT_TOKENS)), 9)], [])) == ()


def test_rows_that_count_less_than_the_reference_are_the_evidence_of_uncounted_reasoning() -> None:
    assert [finding.count for finding in find(shown("usage-lacks-reasoning"))] == [9]
