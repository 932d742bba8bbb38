"""What findings and measured noise add to a verdict.

A finding is a named fault that was seen: it makes the verdict `differs`, whatever the criteria say. Texts that differ
more than the reference does from itself in the same precision, and less than a legitimate change of it does, are told
and accuse nobody. A reference that changes its own labels accuses nobody either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.judgement import Judgement
from reports.noise import OTHER_PRECISION, exceeds, precision_floor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.criteria import CriterionResult
    from reports.findings import Evidence, Finding
    from reports.noise import NoiseMeasurement

#: The probability with which the floor alone may bring about what is told without accusing. A rounding to 8 bits
#: changes 7 to 11 of 100 texts of the miniature, where its reference changes none of 60: p = 0.034 at 7.
LEVEL = 0.05

#: So many examples must have been compared before a reference counts as unsteady.
_FEWEST = 10


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


def shaken_reference(
    judged: tuple[Judgement, str], noise: Sequence[NoiseMeasurement], criteria: Sequence[CriterionResult]
) -> tuple[Judgement, str]:
    """Returns `no-verdict` where the local reference itself changes more labels than the endpoint may."""
    allowed = next((1 - result.threshold for result in criteria if result.name == "label_agreement"), 1.0)
    for measured in noise:
        own = measured.side == "local" and measured.change not in OTHER_PRECISION
        if own and measured.n >= _FEWEST and measured.labels_differ / measured.n > allowed:
            return Judgement.NO_VERDICT, (
                f"The local reference is no measure here: {measured.told()}. What the endpoint does otherwise is "
                "within that noise, and nobody is to blame."
            )
    return judged
