"""Other texts where prompt, fields and sampling are as they should be: then the weights or their precision differ.

Texts of a model in another precision part where two tokens are nearly as likely; so do those of the reference under a
legitimate change. Only what goes clearly beyond that floor is told as a finding. Which change of the weights it was
cannot be read off texts with certainty, so the others stand beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.findings.diagnosis import Diagnosis
from reports.rows.similarity import similarity
from reports.statistics.disagreements import disagreeing
from reports.statistics.noise import exceeds, legitimate_floor

if TYPE_CHECKING:
    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId
    from reports.rows.row import Row

#: The probability with which the floor alone may bring about what is told as a finding.
LEVEL = 0.001

#: Fewer compared texts than this show nothing.
FEWEST_TEXTS = 10

#: Answers less alike than this do not agree, whatever threshold the mean must reach.
ALIKE = 0.80

#: Texts less alike than this do not say the same in other words. Of 69 texts that a rounding to 4 bits changed in 100,
#: none was; of those that scrambled experts changed, nearly half.
_NONSENSE = 0.6

#: The share of the texts that differ from which on nonsense is no accident.
_OFTEN = 0.1

#: Up to this share of other texts, labels hardly move; above it most texts are other ones.
_FEW, _MOST = 0.25, 0.80

#: From this share of other labels on, a model does not merely round otherwise: 4 bits change one in ten.
_OTHER_LABELS = 0.13

_DISTINGUISHED_BY = (
    "Texts alone do not tell a rounding from another checkpoint: ask the operator for the revision and the number "
    "format of the weights, or compare log-probabilities where the server gives them."
)


def show_other_weights(evidence: Evidence) -> Diagnosis | None:
    """Returns what the texts that differ say about the weights; None where they are within the floor."""
    if not evidence.has_reference or len(evidence.compared) < FEWEST_TEXTS:
        return None
    differ = evidence.with_other_text
    floor, n = legitimate_floor(evidence.noise)
    beyond = evidence.has_same_prompts and exceeds(len(differ), len(evidence.compared), floor, n, LEVEL)
    if not differ or not (beyond or _explain_the_accusation(evidence, differ)):
        return None
    rows = sorted(differ, key=lambda row: (row.labels_agree, row.reasoning_similarity))
    return Diagnosis(ids=_ranked(evidence, differ), rows=rows, distinguished_by=_DISTINGUISHED_BY)


def _explain_the_accusation(evidence: Evidence, differ: list[Row]) -> bool:
    """Returns whether the criteria failed mostly by texts that differ, and not by answers that never came."""
    if not evidence.accused:
        return False
    ids = {row.example_id for row in differ}
    odd = disagreeing(evidence.rows, ALIKE)
    return bool(odd) and 2 * sum(1 for row in odd if row.example_id in ids) >= len(odd)


def _ranked(evidence: Evidence, differ: list[Row]) -> tuple[FaultId, ...]:
    nonsense = [row for row in differ if _alike(row) < _NONSENSE]
    share = evidence.share_of_other_texts
    labels = sum(1 for row in evidence.compared if not row.labels_agree) / len(evidence.compared)
    if len(nonsense) > max(1, _OFTEN * len(differ)) and share < _MOST:
        return ("kernel-gibberish", "other-model", "weights-quantised-4bit")
    if share <= _FEW:
        return ("weights-quantised-8bit", "weights-quantised-4bit", "other-model")
    if share < _MOST and labels < _OTHER_LABELS:
        return ("weights-quantised-4bit", "other-model", "weights-quantised-8bit", "kernel-gibberish")
    return ("other-model", "weights-quantised-4bit", "kernel-gibberish")


def _alike(row: Row) -> float:
    """Returns how alike the two sides' texts are, thought and answer, 0 to 1."""
    api, local = (" ".join(filter(None, side.texts)) for _, side in row.sides)
    return similarity(api, local)
