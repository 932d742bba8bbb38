"""Mistakes that lengths do not tell apart are told together, and what follows from a mistake is not told."""

from __future__ import annotations

from backends.renderings import Mistake
from reports.checks import CheckId, Facts
from reports.findings import FAULTS, find
from tests.reports.findings.shown import DRAWN, answered, broken, evidence, length
from tests.reports.material import PROSE


def test_fault_of_the_prompt_suppresses_what_follows_from_it() -> None:
    odd = [(answered(PROSE), 9)]
    seen = [
        length("policy", -70, Mistake.DEVELOPER_DROPPED),
        broken(CheckId.EFFORT_CHANGES_THINKING, Facts(same=True)),
    ]

    assert [finding.id for finding in find(evidence(odd, seen))] == ["developer-dropped"]


def test_mistakes_that_lengths_do_not_tell_apart_are_stated_together() -> None:
    both = (Mistake.POLICY_IN_USERS_TURN, Mistake.POLICY_AFTER_IDENTITY)
    seen = [length(case, -9, *both) for case in ("policy", "unicode")]
    (finding,) = find(evidence([(DRAWN, 9)], seen))

    assert (finding.id, finding.candidates) == ("developer-as-user", ("developer-in-system",))
    assert finding.title == f"{FAULTS['developer-as-user'].title} - or: {FAULTS['developer-in-system'].title}"
    assert finding.distinguished_by


def test_mistake_that_explains_more_lengths_is_stated_alone() -> None:
    both = (Mistake.POLICY_IN_USERS_TURN, Mistake.POLICY_AFTER_IDENTITY)
    seen = [length("policy", -9, *both), length("unicode", -9, *both), length("longest", -8, both[1])]
    (finding,) = find(evidence([(DRAWN, 9)], seen))

    assert (finding.id, finding.candidates) == ("developer-in-system", ("developer-as-user",))
    assert finding.title == FAULTS["developer-in-system"].title


def test_two_mistakes_of_one_fault_explain_no_more_than_either_does() -> None:
    mistakes = (Mistake.POLICY_BEFORE_IDENTITY, Mistake.POLICY_AT_SYSTEMS_END)
    seen = [length(case, -9, *mistakes, Mistake.POLICY_IN_USERS_TURN) for case in ("policy", "unicode")]
    (finding,) = find(evidence([(DRAWN, 9)], seen))

    assert finding.id == "developer-as-user"
    assert finding.candidates == ("developer-in-system",)
