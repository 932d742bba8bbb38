"""Which fault of the prompt explains the lengths that an endpoint reports.

The prompt oracle gives, for each conversation whose length fits no legitimate rendering, the known mistakes that make
just that length. A fault must explain most of them; where two do, both are told, and where they explain as many, none
of them is told as the likelier one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from backends.renderings import Mistake
from reports.checks.check_id import CheckId
from reports.findings.diagnosis import Diagnosis
from reports.findings.usage_rules import show_uncached_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.checks.check import Check
    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId

#: By a known mistake of rendering the fault that makes it, the likelier fault first.
FAULT_OF: dict[Mistake, FaultId] = {
    Mistake.PLAIN_TEXT: "template-none",
    Mistake.PLAIN_TEXT_WITH_ROLES: "template-none",
    Mistake.DEVELOPER_DROPPED: "developer-dropped",
    Mistake.POLICY_IN_USERS_TURN: "developer-as-user",
    Mistake.POLICY_AS_USERS_TURN: "developer-as-user",
    Mistake.POLICY_BEFORE_IDENTITY: "developer-in-system",
    Mistake.POLICY_AFTER_IDENTITY: "developer-in-system",
    Mistake.POLICY_INSTEAD_OF_IDENTITY: "developer-in-system",
    Mistake.POLICY_AT_SYSTEMS_END: "developer-in-system",
    Mistake.POLICY_AS_SYSTEM_MESSAGE: "developer-in-system",
    Mistake.EARLIER_REASONING_KEPT: "history-reasoning-kept",
    Mistake.EARLIER_TURNS_DROPPED: "prompt-truncated",
    Mistake.EFFORT_LINE_MISSING: "template-drift",
    Mistake.CHANNELS_LINE_MISSING: "template-drift",
    Mistake.SYSTEM_MESSAGE_MISSING: "template-drift",
    Mistake.FIRST_START_DOUBLED: "template-drift",
    Mistake.ASSISTANTS_START_MISSING: "template-drift",
    Mistake.TOOLS_DROPPED: "tool-call-lost",
    Mistake.EFFORT_LOW: "effort-ignored",
    Mistake.EFFORT_MEDIUM: "effort-ignored",
    Mistake.EFFORT_HIGH: "effort-ignored",
}
if set(FAULT_OF) != set(Mistake):
    raise ImportError("every known mistake of rendering needs the fault that makes it")

_ORDER = tuple(dict.fromkeys(FAULT_OF.values()))

_APART = (
    "The prompt as text would tell: ask the operator for it, or send your own rendering over /v1/completions and "
    "compare the answers."
)


def show_prompt_fault(evidence: Evidence) -> Diagnosis | None:
    """Returns what explains the lengths that fit no legitimate rendering; None where all fit."""
    broken = [check for check in evidence.broken(CheckId.PROMPT_LENGTH_LEGITIMATE) if check.facts.offset]
    if show_uncached_counts(evidence) is not None:
        # What a cache holds makes these lengths, and they tell nothing of the prompt.
        broken = []
    by_likelihood = _by_likelihood(evidence, broken)
    if by_likelihood is not None or not broken:
        return by_likelihood
    explained = _explained(broken)
    ranked = tuple(sorted(explained, key=lambda fault: (-explained[fault], _ORDER.index(fault))))
    # What explains less than half of the lengths fits them by accident: two renderings may be equally long.
    named = tuple(fault for fault in ranked if 2 * explained[fault] > len(broken))
    ids = named or _unexplained(evidence, broken)
    return Diagnosis(
        ids=ids,
        rows=evidence.with_other_length,
        checks=[*broken, *evidence.broken(CheckId.PROMPT_LENGTHS_NOT_OFFSET)],
        distinguished_by=_APART if len(ids) > 1 else "",
        tied=max(1, sum(1 for fault in named if explained[fault] == explained[named[0]])),
    )


def _by_likelihood(evidence: Evidence, broken: Sequence[Check]) -> Diagnosis | None:
    """Returns what the tokens say of the prompt, whatever lengths are reported; None where they name no mistake."""
    found = evidence.explanation
    if found is None or not found.mistakes:
        return None
    ids = tuple(dict.fromkeys(FAULT_OF[mistake] for mistake in found.mistakes))
    rows = [row for row in evidence.rows if row.example_id in found.examples]
    return Diagnosis(
        ids=ids, rows=rows, checks=broken, lines=[found.says], distinguished_by=_APART if len(ids) > 1 else ""
    )


def _explained(broken: Sequence[Check]) -> dict[FaultId, int]:
    """Returns how many of the lengths each fault explains, by one mistake alone: a server makes the same one always."""
    lengths = Counter(mistake for check in broken for mistake in set(check.facts.mistakes or ()))
    explained: dict[FaultId, int] = {}
    for mistake, count in lengths.items():
        fault = FAULT_OF[mistake]
        explained[fault] = max(count, explained.get(fault, 0))
    return explained


#: Conversations that differ in the user's text alone: another template adds to, or takes from, each of them the same.
_ALIKE = ("policy", "unicode", "longest")


def _hangs_on_the_text(evidence: Evidence, broken: Sequence[Check]) -> bool:
    """Returns whether lengths are off by more for one text than for another, as no template makes them.

    A long text that lacks tokens says nothing: it may have been cut.
    """
    length = CheckId.PROMPT_LENGTH_LEGITIMATE
    offsets = {case: 0 for case in _ALIKE if evidence.kept(length, case)}
    offsets |= {str(check.case): check.facts.offset or 0 for check in broken if check.case in _ALIKE}
    if len(offsets) < len(_ALIKE):
        return False
    return offsets["unicode"] != offsets["policy"] or offsets["longest"] > offsets["policy"]


def _unexplained(evidence: Evidence, broken: list[Check]) -> tuple[FaultId, ...]:
    """Returns the faults that change the length in a way that no known mistake does, the likeliest first."""
    if _hangs_on_the_text(evidence, broken):
        return ("tokenizer-drift", "template-drift")
    shorter = [check for check in broken if (check.facts.offset or 0) < 0]
    if len(shorter) == len(broken) and evidence.kept(CheckId.PROMPT_LENGTH_LEGITIMATE, "no-policy"):
        return ("prompt-truncated", "developer-dropped")
    if evidence.broken(CheckId.PROMPT_LENGTHS_NOT_OFFSET) and not shorter:
        # A count that is wrong leaves the answers as they are; another prompt hardly ever does.
        same = evidence.share_of_other_texts <= _FEW_OTHER_TEXTS
        if evidence.has_tokens and evidence.tokens is not None:
            same = not evidence.tokens.is_beyond
        return ("usage-inflated", "template-drift") if same else ("template-drift", "usage-inflated")
    return ("template-drift", "prompt-truncated")


#: Below this share of other texts the model has most likely seen the right prompt.
_FEW_OTHER_TEXTS = 0.15
