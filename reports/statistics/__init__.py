"""Statistics: numbers over the rows of a run.

`CRITERIA` gate the verdict, and `evaluate` gives each its estimate and interval. A `NoiseMeasurement` tells how far one
side agrees with itself: its floors say what differs beyond chance, and `classify` which disagreements would come again.
The measures stand beside the criteria and decide nothing.
"""

from __future__ import annotations

from reports.statistics.criteria import CRITERIA, Criterion, CriterionResult, evaluate, evaluate_all
from reports.statistics.disagreements import Disagreements, classify
from reports.statistics.noise import NoiseMeasurement, exceeds, legitimate_floor, precision_floor

__all__ = [
    "CRITERIA",
    "Criterion",
    "CriterionResult",
    "Disagreements",
    "NoiseMeasurement",
    "classify",
    "evaluate",
    "evaluate_all",
    "exceeds",
    "legitimate_floor",
    "precision_floor",
]
