"""Statistics: numbers over the rows of a run.

`CRITERIA` gate the verdict, and `evaluate` gives each its estimate, its interval, its ceiling and how it stands to
them. A `NoiseMeasurement` tells how far one side agrees with itself: ceilings are made of it, its floors say what
differs beyond chance, and `classify` which disagreements would come again. `asymmetries_of` needs none of that: it
tells what two sides that could be swapped would not show. The measures stand beside them and decide nothing.
"""

from __future__ import annotations

from reports.statistics.asymmetries import Asymmetry, asymmetries_of
from reports.statistics.ceilings import Ceiling
from reports.statistics.criteria import CRITERIA, Criterion, CriterionResult, Standing, evaluate, evaluate_all
from reports.statistics.disagreements import Disagreements, classify
from reports.statistics.noise import NoiseMeasurement, exceeds, legitimate_floor, precision_floor

__all__ = [
    "CRITERIA",
    "Asymmetry",
    "Ceiling",
    "Criterion",
    "CriterionResult",
    "Disagreements",
    "NoiseMeasurement",
    "Standing",
    "asymmetries_of",
    "classify",
    "evaluate",
    "evaluate_all",
    "exceeds",
    "legitimate_floor",
    "precision_floor",
]
