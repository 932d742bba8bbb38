"""Sides that could not be swapped: another model, prompt, effort or limit, where no other rule has named the fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.outcome import BROKEN
from reports.findings.diagnosis import Diagnosis
from reports.findings.usage_rules import miscounts_completions
from reports.statistics.features import FEATURES
from reports.statistics.probability import told_p

if TYPE_CHECKING:
    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId
    from reports.rows.row import Row
    from reports.statistics.asymmetries import Asymmetry

_BY_NAME = {feature.name: feature for feature in FEATURES}

#: What a server says of the length of its answers.
_BILLED = "completion-tokens"

#: What brings about that answers are cut off more often, the likeliest first.
_OF_LIMITS: tuple[FaultId, ...] = ("budget-eaten-by-reasoning", "other-model", "eos-ignored")

#: What brings about that a side labels, refuses or thinks otherwise, the likeliest first.
_OF_ANSWERS: tuple[FaultId, ...] = ("other-model", "developer-dropped", "effort-ignored", "template-drift")

_DISTINGUISHED_BY = (
    "The sides are unlike beyond chance, which tells that another model or prompt answers and not which: ask the "
    "operator for the checkpoint and the prompt as text, or let the local model read the answers token by token."
)


def show_asymmetry(evidence: Evidence) -> Diagnosis | None:
    """Returns what the sides do unlike beyond chance; None where they could be swapped."""
    found = evidence.asymmetries
    if miscounts_completions(evidence):
        found = tuple(one for one in found if one.feature != _BILLED)
    if not found:
        return None
    limited = all(one.feature == "cut-answers" and one.size > 0 for one in found)
    ids = _OF_LIMITS if limited else _OF_ANSWERS
    return Diagnosis(
        ids=ids,
        rows=_rows(evidence, found[0]),
        lines=[f"{one.told} ({told_p(one.corrected)})" for one in found],
        distinguished_by=_DISTINGUISHED_BY,
    )


def _rows(evidence: Evidence, asymmetry: Asymmetry) -> list[Row]:
    """Returns the examples that show an asymmetry, those that show it most first."""
    feature, sign = _BY_NAME[asymmetry.feature], 1 if asymmetry.size > 0 else -1
    apart = []
    for row in evidence.rows:
        api, local = feature.value(row.api), feature.value(row.local)
        if api is None or local is None or {row.api.outcome, row.local.outcome} & BROKEN:
            continue
        if sign * (api - local) > feature.slack:
            apart.append((abs(api - local), row))
    return [row for _, row in sorted(apart, key=lambda one: -one[0])]
