"""A message of the commentary channel in the answer's place: then the real answer was written too, and is billed.

An answer without a label after the same thought shows nothing: any text may be put there, and a model may say it. But
where a whole message more was generated than reasoning and answer come to, one was dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.renderings.token_counter import token_counter
from reports.findings import symptoms
from reports.findings.diagnosis import Diagnosis
from reports.findings.evidence import FEWEST_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.findings.evidence import Evidence
    from reports.rows.row import Row, RowSide

    Count = Callable[[str], int | None]

#: Tokens around the text of a message behind the first one, by Harmony's grammar: its end, start, role, channel, the
#: channel's name and the message's start are six, and a server may leave the end uncounted.
MESSAGE_TOKENS = 5


def show_commentary(evidence: Evidence) -> Diagnosis | None:
    """Shows answers behind which another message was generated, where tokens can be counted."""
    rows = evidence.rows_with(symptoms.answered_otherwise) if evidence.has_reference else []
    if len(rows) < FEWEST_ROWS:
        return None
    local = evidence.subject.local
    count = evidence.counter() or token_counter(local.model or "", local.revision)
    if count is None:
        return None
    hiding = [row for row in rows if _hides_a_message(row, count)]
    return Diagnosis(ids=("commentary-as-final",), rows=hiding) if len(hiding) >= FEWEST_ROWS else None


def _hides_a_message(row: Row, count: Count) -> bool:
    """Returns whether the API bills a message more than the reference does, beside what the answers themselves have."""
    api, local = (_beside_the_answer(side, count) for side in (row.api, row.local))
    return api is not None and local is not None and api - local >= MESSAGE_TOKENS


def _beside_the_answer(side: RowSide, count: Count) -> int | None:
    """Returns the billed tokens that are not those of the answer's text; None where they are not known."""
    own = count(side.response or "")
    return None if side.completion_tokens is None or own is None else side.completion_tokens - own
