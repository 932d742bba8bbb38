"""What findings and measured noise add to a verdict.

A finding is a named fault that was seen: it makes the verdict `differs`, whatever the criteria say. Texts that differ
more than the reference does from itself in the same precision, and less than a legitimate change of it does, are told
and accuse nobody. A reference that turns its own labels round accuses nobody either, and neither does one that has
drifted: what it was fed, or how it decoded, is not what Harmony's rules and its own files say. Then only what stands
in raw exchanges, without the reference's part in it, can accuse the endpoint.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reports.findings import (
    REFERENCE_DEPENDENT,
    drifted_reference,
    find,
    make_finding,
    unsteady_reference,
)
from reports.findings.precedence import may_alter_texts
from reports.statistics.noise import exceeds, precision_floor
from reports.verdict.judgement import Ground, Judgement, Ruling
from reports.verdict.rendering_step import different_rendering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.checks.check import Check
    from reports.findings import Evidence, Finding
    from reports.verdict.case import Case

#: The probability with which the floor alone may bring about what is told without accusing. A rounding to 8 bits
#: changes 7 to 11 of 100 texts of the miniature, where its reference changes none of 60: p = 0.034 at 7.
LEVEL = 0.05


def investigate(case: Case, examples_say: Ruling) -> Case:
    """Returns the case with the findings on both sides, and with the evidence that still stands beside them.

    Whether the criteria accuse, with the rendering weighed, is a part of the evidence. A reference that does not agree
    with itself is named only where the examples miss a threshold.
    """
    if not case.is_whole:
        return case
    evidence = replace(case.evidence, accused=different_rendering(examples_say, case).accuses)
    against_reference = tuple(make_finding(diagnosis, evidence.subject) for diagnosis in drifted_reference(evidence))
    if against_reference:
        checks = reference_independent(evidence.checks)
        evidence = replace(evidence, rows=(), noise=(), checks=checks, accused=False, tokens=None)
    elif (diagnosis := unsteady_reference(evidence.noise, evidence.rows, case.labels_allowed)) is not None:
        evidence = replace(evidence, accused=False, shaken=True)
        if _misses(examples_say):
            against_reference = (make_finding(diagnosis, evidence.subject),)
    return replace(case, standing=evidence, findings=against_reference + find(evidence))


def _misses(examples_say: Ruling) -> bool:
    """Returns whether the examples miss a threshold, whether or not that accuses."""
    return bool({Ground.CRITERIA_FAILED, Ground.UNDECIDED} & set(examples_say.grounds))


def reference_independent(checks: Sequence[Check]) -> list[Check]:
    """Returns the wire checks that stand though the reference has drifted."""
    return [check for check in checks if check.check_id not in REFERENCE_DEPENDENT]


def reference_drifted(ruling: Ruling, case: Case) -> Ruling:
    """Returns `no-verdict` where the reference has drifted, whatever the examples say beside it."""
    if not case.reference_findings:
        return ruling
    withheld = ruling.judgement is Judgement.NO_VERDICT
    rest = ruling.reason if withheld else "It is no measure, and the endpoint is accused of nothing."
    return Ruling(
        Judgement.NO_VERDICT,
        f"Found in the local reference: {_named(case.reference_findings)}. {rest}",
        (Ground.REFERENCE_DRIFTED, *(ruling.grounds if withheld else ())),
    )


def apply_findings(ruling: Ruling, case: Case) -> Ruling:
    """Returns `differs` where a fault of the endpoint was found.

    What texts of other precision show is told too, unless the criteria or a finding account for other texts.
    """
    accounted = {Ground.CRITERIA_FAILED, Ground.UNDECIDED} & set(ruling.grounds) or _explain_texts(case)
    note = None if accounted or case.reference_findings or not case.evidence.rows else other_precision(case.standing)
    if case.endpoint_findings:
        # What would decide a criterion is no matter any more.
        rest = [] if Ground.UNDECIDED in ruling.grounds else [ruling.reason]
        reason = " ".join((f"Found: {_named(case.endpoint_findings)}.", *rest, *([note] if note else [])))
        told = (Ground.OTHER_PRECISION,) if note else ()
        return Ruling(Judgement.DIFFERS, reason, (Ground.FINDINGS, *ruling.grounds, *told))
    if ruling.judgement is Judgement.NO_VERDICT:
        return ruling
    if not note:
        return ruling
    return replace(ruling, reason=f"{ruling.reason} {note}", grounds=(*ruling.grounds, Ground.OTHER_PRECISION))


def _explain_texts(case: Case) -> bool:
    """Returns whether a finding accounts for other texts, as one about weights, sampling or the prompt does."""
    return any(may_alter_texts(finding.id) for finding in case.endpoint_findings)


def other_precision(evidence: Evidence) -> str | None:
    """Returns a sentence about texts that differ more than the same precision explains, or None."""
    if evidence.has_tokens and evidence.tokens is not None:
        if not evidence.tokens.other_precision or evidence.other_forms:
            return None
        # An audit has told already what was read.
        read = "these margins are of" if evidence.subject.audit else f"{evidence.tokens.says}:"
        return f"But {read} different weights or precision, though within what legitimate changes do."
    differ, compared = len(evidence.with_other_text), len(evidence.compared)
    floor, n = precision_floor(evidence.noise)
    comparable = evidence.has_reference and evidence.has_same_prompts
    if not comparable or not exceeds(differ, compared, floor, n, LEVEL):
        return None
    return (
        f"But {differ} of {compared} texts are not the reference's, which itself changes {floor} of {n} under another "
        "batch or attention: different weights or precision, though within the criteria."
    )


def _named(findings: Sequence[Finding]) -> str:
    return "; ".join(f"{finding.id} ({finding.title}{_seen(finding)})" for finding in findings)


def _seen(finding: Finding) -> str:
    """Returns what was counted of an endpoint's fault, where that is all there is to see of it."""
    lines = finding.evidence.get("lines", ()) if finding.side == "api" else ()
    return f": {'; '.join(lines)}" if lines else ""
