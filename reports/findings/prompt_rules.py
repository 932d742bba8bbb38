"""Which fault of the prompt explains the lengths that an endpoint reports.

The prompt oracle gives, for each conversation whose length fits no legitimate rendering, the known mistakes that make
just that length. A fault must explain most of them; where two do, both are told.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reports.findings.diagnosis import Diagnosis

if TYPE_CHECKING:
    from reports.checks.check import Check
    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId

#: The wire check that holds the reported length of each conversation against the legitimate renderings.
LENGTH = "test_prompt_is_as_long_as_a_legitimate_rendering"
_OFFSET = "test_prompt_lengths_are_not_off_by_a_constant"

#: How the names of known mistakes begin, and the fault that makes them, the likelier first.
_MISTAKES: tuple[tuple[str, FaultId], ...] = (
    ("the messages are joined as plain text", "template-none"),
    ("the developer message", "developer-dropped"),
    ("the policy ", "developer-as-user"),
    ("the reasoning of earlier turns is kept", "history-reasoning-kept"),
    ("earlier turns are dropped", "prompt-truncated"),
    ("the effort line is missing", "template-drift"),
    ("the line of valid channels is missing", "template-drift"),
    ("the system message is missing", "template-drift"),
    ("the first start token is doubled", "template-drift"),
    ("the start of the assistant's turn is missing", "template-drift"),
    ("the offered tools are dropped", "tool-call-lost"),
    ("the reasoning effort is", "effort-ignored"),
)

_APART = (
    "The prompt as text would tell: ask the operator for it, or send your own rendering over /v1/completions and "
    "compare the answers."
)


def show_prompt_fault(evidence: Evidence) -> Diagnosis | None:
    """Returns what explains the lengths that fit no legitimate rendering; None where all fit."""
    broken = [check for check in evidence.broken(LENGTH) if check.facts.get("offset")]
    if not broken:
        return None
    explained = Counter(fault for check in broken for fault in _faults_of(check))
    order = list(dict.fromkeys(fault for _, fault in _MISTAKES))
    ranked = tuple(sorted(explained, key=lambda fault: (-explained[fault], order.index(fault))))
    # What explains less than half of the lengths fits them by accident: two renderings may be equally long.
    named = tuple(fault for fault in ranked if 2 * explained[fault] > len(broken))
    ids = named or _unexplained(evidence, broken)
    return Diagnosis(
        ids=ids,
        rows=evidence.with_other_length,
        checks=[*broken, *evidence.broken(_OFFSET)],
        distinguished_by=_APART if len(ids) > 1 else "",
    )


def _faults_of(check: Check) -> set[FaultId]:
    mistakes = check.facts.get("mistakes", ())
    return {fault for mistake in mistakes for begins, fault in _MISTAKES if str(mistake).startswith(begins)}


def _unexplained(evidence: Evidence, broken: list[Check]) -> tuple[FaultId, ...]:
    """Returns the faults that change the length in a way that no known mistake does, the likeliest first."""
    shorter = [check for check in broken if check.facts["offset"] < 0]
    if len(shorter) == len(broken) and evidence.kept(LENGTH, "no-policy"):
        return ("prompt-truncated", "developer-dropped")
    if evidence.broken(_OFFSET) and not shorter:
        # A count that is wrong leaves the answers as they are; another prompt hardly ever does.
        same = evidence.share_of_other_texts <= _FEW_OTHER_TEXTS
        return ("usage-inflated", "template-drift") if same else ("template-drift", "usage-inflated")
    return ("template-drift", "prompt-truncated")


#: Below this share of other texts the model has most likely seen the right prompt.
_FEW_OTHER_TEXTS = 0.15
