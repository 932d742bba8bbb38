"""What findings and measured noise add to a verdict.

A finding is a named fault that was seen: it makes the verdict `differs`, whatever the criteria say. Texts that differ
more than the reference does from itself in the same precision, and less than a legitimate change of it does, are told
and accuse nobody. A reference that changes its own labels accuses nobody either, and neither does one that has
drifted: what it was fed, or how it decoded, is not what Harmony's rules and its own files say. Then only what stands
in raw exchanges, without the reference's part in it, can accuse the endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reports.findings import REFERENCE_DEPENDENT, drifted_reference, find, is_shaken, tell, unsteady_reference
from reports.statistics.noise import exceeds, precision_floor
from reports.verdict.judgement import Judgement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.checks.check import Check
    from reports.findings import Evidence, Finding
    from reports.statistics.criteria import CriterionResult
    from reports.statistics.noise import NoiseMeasurement

#: The probability with which the floor alone may bring about what is told without accusing. A rounding to 8 bits
#: changes 7 to 11 of 100 texts of the miniature, where its reference changes none of 60: p = 0.034 at 7.
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found, and what is left to judge the endpoint by.

    Attributes:
        reference: findings against the local reference.
        endpoint: findings against the endpoint.
        evidence: what the latter rest on: all there is, unless the reference has drifted.
    """

    reference: tuple[Finding, ...]
    endpoint: tuple[Finding, ...]
    evidence: Evidence

    @property
    def all(self) -> tuple[Finding, ...]:
        """The findings, those against the reference first, since they explain what stands beside them."""
        return self.reference + self.endpoint


def find_all(evidence: Evidence, criteria: Sequence[CriterionResult], *, unsteady: bool) -> Found:
    """Returns the findings on both sides.

    Args:
        evidence: what the run has seen.
        criteria: their results, for how many labels may change.
        unsteady: True where the noise was weighed, since the examples alone would have accused.
    """
    drifted = tuple(tell(shown, evidence.about) for shown in drifted_reference(evidence))
    if drifted:
        evidence = replace(evidence, rows=(), noise=(), checks=standing(evidence.checks), accused=False)
    elif unsteady and (shown := unsteady_reference(evidence.noise, evidence.rows, _allowed(criteria))) is not None:
        drifted = (tell(shown, evidence.about),)
    return Found(reference=drifted, endpoint=find(evidence), evidence=evidence)


def standing(checks: Sequence[Check]) -> list[Check]:
    """Returns the wire checks that stand though the reference has drifted."""
    return [check for check in checks if check.check_id not in REFERENCE_DEPENDENT]


def reference_drifted(judged: tuple[Judgement, str], found: Found) -> tuple[Judgement, str]:
    """Returns `no-verdict` where the reference has drifted, whatever the examples say beside it."""
    if not found.reference:
        return judged
    judgement, reason = judged
    named = "; ".join(f"{finding.id} ({finding.title})" for finding in found.reference)
    rest = reason if judgement is Judgement.NO_VERDICT else "It is no measure, and the endpoint is accused of nothing."
    return Judgement.NO_VERDICT, f"Found in the local reference: {named}. {rest}"


def with_findings(
    judged: tuple[Judgement, str], findings: Sequence[Finding], evidence: Evidence
) -> tuple[Judgement, str]:
    """Returns judgement and reason, with the findings counted in."""
    judgement, reason = judged
    if findings:
        named = "; ".join(f"{finding.id} ({finding.title})" for finding in findings)
        return Judgement.DIFFERS, f"Found: {named}. {reason}"
    note = other_precision(evidence) if judgement is Judgement.CONFORMS else None
    return judgement, f"{reason} {note}" if note else reason


def other_precision(evidence: Evidence) -> str | None:
    """Returns a sentence about texts that differ more than the same precision explains, or None."""
    differ, compared = len(evidence.with_other_text), len(evidence.compared)
    floor, n = precision_floor(evidence.noise)
    comparable = evidence.has_reference and evidence.has_same_prompts
    if not comparable or not exceeds(differ, compared, floor, n, LEVEL):
        return None
    return (
        f"But {differ} of {compared} texts are not the reference's, which itself changes {floor} of {n} under another "
        "batch or attention: different weights or precision, though within the criteria."
    )


def reference_unstable(
    judged: tuple[Judgement, str], noise: Sequence[NoiseMeasurement], criteria: Sequence[CriterionResult]
) -> tuple[Judgement, str]:
    """Returns `no-verdict` where the local reference itself changes more labels than the endpoint may."""
    allowed = _allowed(criteria)
    for measured in noise:
        if is_shaken(measured, allowed):
            return Judgement.NO_VERDICT, (
                f"The local reference is no measure here: {measured.told()}. What the endpoint does otherwise is "
                "within that noise, and nobody is to blame."
            )
    return judged


def _allowed(criteria: Sequence[CriterionResult]) -> float:
    return next((1 - result.threshold for result in criteria if result.name == "label_agreement"), 1.0)
