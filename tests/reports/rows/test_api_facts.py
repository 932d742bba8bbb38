"""The report tells who answered, and that several did, each with its number."""

from __future__ import annotations

from reports.output.summary import subject_lines
from reports.rows.api_facts import with_api_facts
from reports.verdict.judge import judge
from tests.reports.material import NO, YES, about, rows, said


def test_who_answered_is_told_and_several_are_counted() -> None:
    one = rows((said(YES, provider="groq"), said(YES), 2))
    two = rows((said(YES, provider="groq"), said(YES), 2), (said(NO, provider="novita"), said(NO), 1))

    assert with_api_facts(about(2), one).as_data()["api"]["answered_by"] == "groq"
    assert with_api_facts(about(3), two).as_data()["api"]["answered_by"] == "groq (2) and novita (1)"
    assert with_api_facts(about(2), rows((said(YES), said(YES), 2))) == about(2)


def test_differing_providers_stand_in_the_summary_and_are_a_finding() -> None:
    made = rows((said(YES, provider="groq"), said(YES), 20), (said(NO, provider="novita"), said(NO), 15))

    judged = judge(with_api_facts(about(35), made), made, {})

    assert "answered_by groq (20) and novita (15)" in "\n".join(subject_lines(judged))
    assert "provider-changes" in [str(finding.id) for finding in judged.findings]
