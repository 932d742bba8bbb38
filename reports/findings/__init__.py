"""Findings: rules from evidence to named faults.

`Evidence` holds what a run has seen of a subject, `signs` and the wire checks' facts say what it shows, `rules` put
names to it, and `find` tells them with their best example, likely cause and a command that shows them again.
Before that, `reference` asks whether the local reference is a measure at all.
"""

from __future__ import annotations

from reports.findings.builder import find, tell
from reports.findings.catalogue import FAULTS, REFERENCE_FAULTS, Fault
from reports.findings.evidence import LEAST_REFERENCE, Evidence
from reports.findings.finding import Finding
from reports.findings.reference_rules import REFERENCE_DEPENDENT, drifted_reference, is_shaken, unsteady_reference

__all__ = [
    "FAULTS",
    "LEAST_REFERENCE",
    "REFERENCE_DEPENDENT",
    "REFERENCE_FAULTS",
    "Evidence",
    "Fault",
    "Finding",
    "drifted_reference",
    "find",
    "is_shaken",
    "tell",
    "unsteady_reference",
]
