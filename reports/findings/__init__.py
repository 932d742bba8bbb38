"""Findings: rules from evidence to named faults.

`Evidence` holds what a run has seen of a subject, `signs` and the wire checks' facts say what it shows, `rules` put
names to it, and `find` tells them with their best example, likely cause and a command that shows them again.
"""

from __future__ import annotations

from reports.findings.evidence import LEAST_REFERENCE, Evidence
from reports.findings.faults import FAULTS, Fault
from reports.findings.finding import Finding
from reports.findings.telling import find

__all__ = ["FAULTS", "LEAST_REFERENCE", "Evidence", "Fault", "Finding", "find"]
