"""A Case: all that the steps of the judge look at. Nothing in it changes while they go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.checks.check_id import CheckId
    from reports.findings import Evidence, Finding
    from reports.statistics.criteria import CriterionResult
    from reports.statistics.token_evidence import TokenEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A subject before the judge.

    Attributes:
        evidence: what the run has seen of it.
        standing: what of that can accuse the endpoint: all of it, unless the local reference has drifted.
        thresholds: by criterion name; a missing one stands at the criterion's own.
        criteria: their results; empty where no row arrived.
        missing: ids of examples of the sample that have no row.
        lost: conformance tests of the run whose process died under them.
        not_run: wire checks that were selected and never came to an end.
        uncollected: conformance files that could not be collected, so that none of their tests ran.
        unselected: ids of wire checks that were not selected, wholly or in part.
        tokens: what the API's tokens show under the local model; None where nobody looked.
        findings: named faults, those of the reference first, since they explain what stands beside them.
    """

    evidence: Evidence
    standing: Evidence
    thresholds: Mapping[str, float]
    criteria: tuple[CriterionResult, ...]
    missing: tuple[str, ...]
    lost: int = 0
    not_run: int = 0
    uncollected: Sequence[str] = ()
    unselected: Sequence[CheckId] = ()
    tokens: TokenEvidence | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True where every row arrived and no test was lost: faults are named in whole samples alone."""
        return not (self.lost or self.missing)

    @property
    def reference_findings(self) -> tuple[Finding, ...]:
        """Faults of the local reference."""
        return tuple(finding for finding in self.findings if finding.side == "local")

    @property
    def endpoint_findings(self) -> tuple[Finding, ...]:
        """Faults of the endpoint."""
        return tuple(finding for finding in self.findings if finding.side == "api")

    @property
    def labels_allowed(self) -> float:
        """The share of labels that the endpoint may change, 0 to 1."""
        return next((1 - result.threshold for result in self.criteria if result.name == "label_agreement"), 1.0)
