"""Findings: rules from evidence to named faults.

`Evidence` holds what a run has seen of a subject. `symptoms` say what one row shows. The rules put symptoms, facts of
broken wire checks and measured noise together to a `Diagnosis`, unless an earlier one explains them; `find` makes a
finding of each, with the words of the catalogue, the best example and a command that shows it again. Before that,
`drifted_reference` and `unsteady_reference` ask whether the local reference is a measure at all.
"""

from __future__ import annotations

from reports.findings.builder import find, make_finding
from reports.findings.catalogue import FAULTS, REFERENCE_FAULTS, Fault
from reports.findings.diagnosis import Diagnosis
from reports.findings.evidence import LEAST_REFERENCE, Evidence
from reports.findings.fault_id import FaultId
from reports.findings.finding import Finding
from reports.findings.reference_rules import REFERENCE_DEPENDENT, drifted_reference, is_shaken, unsteady_reference

__all__ = [
    "FAULTS",
    "LEAST_REFERENCE",
    "REFERENCE_DEPENDENT",
    "REFERENCE_FAULTS",
    "Diagnosis",
    "Evidence",
    "Fault",
    "FaultId",
    "Finding",
    "drifted_reference",
    "find",
    "is_shaken",
    "make_finding",
    "unsteady_reference",
]
