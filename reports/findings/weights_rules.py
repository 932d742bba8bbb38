"""Other tokens where prompt, fields and sampling are as they should be: then the weights or their precision differ.

Where the local model has read the answers, its margins decide: beyond what legitimate changes of the reference do to
the same tokens, something else wrote them. Without scores only texts are left, which part at near-ties whatever wrote
them: then no more is told than that they differ beyond the floor.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reports.findings.decisive import NONSENSE
from reports.findings.diagnosis import Diagnosis
from reports.statistics.disagreements import disagreeing
from reports.statistics.noise import exceeds, legitimate_floor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.score import UnlikelyToken
    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId
    from reports.rows.row import Row
    from reports.statistics.token_evidence import TokenEvidence

#: The probability with which the floor alone may bring about what is told as a finding, where texts are all there is.
LEVEL = 0.001

#: Fewer compared texts than this show nothing.
FEWEST_TEXTS = 10

#: Answers less alike than this do not agree, whatever threshold the mean must reach.
ALIKE = 0.80

#: Rounded weights choose among near-ties: on average the likeliest token is less than e times as likely as theirs. A
#: model that holds other things for likely writes tokens that are further off.
_ANOTHER_MIND = 1.0

#: So many answers must hold nonsense: one is an accident.
_FEWEST_ODD = 2

#: Of the answers that a broken kernel gets wrong, at least this share is nonsense: an error in one token leads the next
#: ones astray.
_NONSENSE_AMONG_WRONG = 0.25

_BY_TOKENS = (
    "How far its tokens lie from the likeliest tells a rounding from another model by degree, not by kind: ask the "
    "operator for the revision and the number format of the weights."
)

_BY_TEXTS = (
    "Texts alone do not tell a rounding from another checkpoint: let the local model read the answers, or ask the "
    "operator for the revision and the number format of the weights."
)


def show_other_weights(evidence: Evidence) -> Diagnosis | None:
    """Returns what tokens, or else texts, say about the weights; None where they are within the floor."""
    if evidence.has_tokens:
        return _by_tokens(evidence) if evidence.has_other_tokens else None
    return _by_texts(evidence)


def _by_tokens(evidence: Evidence) -> Diagnosis | None:
    tokens = evidence.tokens
    if tokens is None:
        return None
    rows = evidence.with_decisive_token or [row for row in evidence.rows if row.api_score and row.api_score.unlikely]
    lines = [tokens.says, *(told for row in rows[:1] if (told := _where(row)))]
    return Diagnosis(ids=_ranked(evidence, tokens), rows=rows, lines=lines, distinguished_by=_BY_TOKENS)


def _ranked(evidence: Evidence, tokens: TokenEvidence) -> tuple[FaultId, ...]:
    scored = {row.example_id: row.api_score for row in evidence.rows if row.api_score is not None}
    odd = {name for name, score in scored.items() if score.greatest_margin > NONSENSE}
    if len(odd) >= _FEWEST_ODD and (tokens.is_within_without(odd) or _stands_out(len(odd), tokens)):
        return ("kernel-gibberish", "other-model", "weights-quantised-4bit")
    margins = [token.margin for score in scored.values() for token in score.unlikely]
    if sum(margins) > _ANOTHER_MIND * len(margins):
        return ("other-model", "kernel-gibberish", "weights-quantised-4bit")
    coarse: tuple[FaultId, ...] = ("other-model", "weights-quantised-8bit", "kernel-gibberish")
    # A little of drawing chooses among near-ties as coarse weights do, and not twice the same.
    return ("weights-quantised-4bit", *(("temperature-ignored",) if _parts_from_itself(evidence) else ()), *coarse)


def _stands_out(odd: int, tokens: TokenEvidence) -> bool:
    """Returns whether most answers are right, and of those that are not a good part is nonsense.

    Coarse weights write nonsense now and then, and many more answers that are merely coarse; another model's tokens are
    far off in nearly all answers.
    """
    wrong = len(tokens.decisive)
    return 2 * wrong <= tokens.scored and odd >= _NONSENSE_AMONG_WRONG * wrong


def _parts_from_itself(evidence: Evidence) -> bool:
    """Returns whether most texts of the endpoint are other ones when they are asked for again."""
    return any(measured.change == "repeat" and measured.mostly_parts for measured in evidence.noise)


def _where(row: Row) -> str | None:
    """Returns the token that is furthest from the likeliest, with both alternatives and the margin."""
    tokens: Sequence[UnlikelyToken] = () if row.api_score is None else row.api_score.unlikely
    if not tokens:
        return None
    worst = max(tokens, key=lambda token: token.margin)
    return (
        f"{row.example_id}: {worst.written!r} was written where {worst.likeliest!r} was {math.exp(worst.margin):.3g} "
        f"times as likely ({worst.margin:.2f} nats, in the {worst.part})"
    )


def _by_texts(evidence: Evidence) -> Diagnosis | None:
    if not evidence.has_reference or len(evidence.compared) < FEWEST_TEXTS:
        return None
    differ = evidence.with_other_text
    floor, n = legitimate_floor(evidence.noise)
    beyond = evidence.has_same_prompts and exceeds(len(differ), len(evidence.compared), floor, n, LEVEL)
    if not differ or not (beyond or _explain_the_accusation(evidence, differ)):
        return None
    rows = sorted(differ, key=lambda row: (row.labels_agree, row.reasoning_similarity))
    ids: tuple[FaultId, ...] = ("other-model", "weights-quantised-4bit", "weights-quantised-8bit", "kernel-gibberish")
    return Diagnosis(ids=ids, rows=rows, distinguished_by=_BY_TEXTS, tied=2)


def _explain_the_accusation(evidence: Evidence, differ: list[Row]) -> bool:
    """Returns whether the criteria failed mostly by texts that differ, and not by answers that never came."""
    if not evidence.accused:
        return False
    ids = {row.example_id for row in differ}
    odd = disagreeing(evidence.rows, ALIKE)
    return bool(odd) and 2 * sum(1 for row in odd if row.example_id in ids) >= len(odd)
