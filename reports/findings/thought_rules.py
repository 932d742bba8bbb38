"""The rules about a reasoning that stands in the answer's text, without any tags around it.

Where a thought is repeated to the letter, one row shows it. Where the model never thinks the same twice, the texts show
it together: each is far more like the reference's thought and answer in a row than like its answer alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.checks.check_id import CheckId
from reports.checks.facts import Facts
from reports.findings.diagnosis import Diagnosis
from reports.findings.evidence import FEWEST_ROWS
from reports.rows.similarity import similarity

if TYPE_CHECKING:
    from reports.findings.evidence import Evidence
    from reports.rows.row import Row

#: Letters and digits of a thought that an answer does not hold by accident: "It is calm." has eight.
LEAST_LETTERS = 8

#: From so much more like thought and answer together than like the answer alone, a text holds both. Of 1,020 recorded
#: answers of gpt-oss-20b and its safeguard, asked twice, none gains more than 0.35 by its thought; where the thought is
#: put in front of it, the median gains 0.6.
GAIN = 0.4

#: From this share of the examples on, odd texts are the server's doing and not a model's now and then.
_LEAST_SHARE = 0.1


def show_reasoning_in_content(evidence: Evidence) -> Diagnosis | None:
    """Shows thoughts in front of answers: to the letter, or most texts being like both together."""
    shown_by = (CheckId.REASONING_APART, CheckId.STREAM_JOINS_TO_THE_ANSWER)
    checks = [check for check_id in shown_by for check in evidence.broken(check_id, facts=Facts(inside="answer"))]
    rows = _repeating(evidence) or _like_both(evidence)
    if not rows and not checks:
        return None
    apart = "Read one: another model may well explain itself in its answers, and then its words are not a thought's."
    return Diagnosis(ids=("reasoning-in-content", "other-model"), rows=rows, checks=checks, distinguished_by=apart)


def show_reasoning_beside_call(evidence: Evidence) -> Diagnosis | None:
    """Shows a thought in the place of the preamble that may stand beside a tool call."""
    checks = evidence.broken(CheckId.TEXT_BESIDE_CALL_IS_NO_REASONING, facts=Facts(inside="preamble"))
    return Diagnosis(ids=("reasoning-beside-call",), checks=checks) if checks else None


def _repeating(evidence: Evidence) -> list[Row]:
    """Returns rows whose answers hold a thought: all of them, or those that hold nothing but the reference's own words.

    None where those are too few.
    """
    if evidence.subject.audit:
        return []
    rows = evidence.rows_with(_repeats_the_thought)
    if len(rows) >= max(FEWEST_ROWS, _LEAST_SHARE * len(evidence.rows)):
        return rows
    joined = [row for row in rows if _is_joined(row)]
    return joined if len(joined) >= FEWEST_ROWS else []


def _is_joined(row: Row) -> bool:
    """True where the API's text is the reference's thought and answer, one behind the other."""
    return _letters(row.api.response) == _letters(row.local.reasoning) + _letters(row.local.response)


def _repeats_the_thought(row: Row) -> bool:
    """True where the API's text holds its own thought, or that of the reference, whose own answer does not hold it."""
    answer, other = _letters(row.api.response), _letters(row.local.response)
    thoughts = map(_letters, (row.api.reasoning, row.local.reasoning))
    return any(len(thought) >= LEAST_LETTERS and thought in answer and thought not in other for thought in thoughts)


def _like_both(evidence: Evidence) -> list[Row]:
    """Returns rows without a thought of their own whose texts are like the reference's thought and answer together.

    None unless most examples on which the reference thinks are such.
    """
    if evidence.subject.audit or not evidence.has_reference:
        return []
    thinking = evidence.rows_with(lambda row: bool(row.local.reasoning and row.api.response))
    like = [row for row in thinking if not row.api.reasoning and _gain(row) >= GAIN]
    return like if len(like) >= FEWEST_ROWS and 2 * len(like) > len(thinking) else []


def _gain(row: Row) -> float:
    both = f"{row.local.reasoning}\n\n{row.local.response or ''}"
    return similarity(row.api.response, both) - similarity(row.api.response, row.local.response)


def _letters(text: str | None) -> str:
    """Returns a text without what quoting it changes: white space, marks, upper case."""
    return "".join(filter(str.isalnum, (text or "").casefold()))
