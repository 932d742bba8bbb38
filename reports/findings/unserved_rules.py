"""The rules about requests that got no chat completion, whoever refused them and whatever came in its place.

Each of them is told as what it says: a guard and a call that nobody offered by their own codes and words, any other
refusal in the server's words.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from backends.api.content_parts import is_in_parts
from backends.completion import FinishReason
from backends.no_completion import NoCompletion
from backends.outcome import OutcomeKind
from reports.findings import symptoms
from reports.findings.diagnosis import Diagnosis
from reports.findings.evidence import FEWEST_ROWS
from reports.text import cut, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reports.checks.check import Check
    from reports.checks.facts import Unserved
    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId
    from reports.rows.row import Row

#: Characters of what came that are told.
_TOLD = 200

_NO_ANSWER = (NoCompletion.OTHER_SHAPE, NoCompletion.NO_OBJECT)


def show_guard(evidence: Evidence) -> Diagnosis | None:
    """Shows what refuses in the model's place; texts at which the reference itself fails show nothing."""
    rows = [row for row in _rows(evidence, NoCompletion.GUARD) if _is_answered_locally(row)]
    return diagnosed("guard-refuses", rows, evidence.unserved(NoCompletion.GUARD))


def show_refused_call(evidence: Evidence) -> Diagnosis | None:
    """Shows plain requests that are refused for a call; where the reference calls a tool too, the model wrote one."""
    rows = [
        row
        for row in _rows(evidence, NoCompletion.TOOL_CALLED)
        if row.local.finish_reason is not FinishReason.TOOL_CALLS and not row.api.request.get("tools")
    ]
    return diagnosed("phantom-call-refused", rows, evidence.unserved(NoCompletion.TOOL_CALLED))


def show_other_refusals(evidence: Evidence) -> Diagnosis | None:
    """Shows what else is refused; where all is, nobody was heard who could be accused."""
    rows = [row for row in _rows(evidence, NoCompletion.REFUSED) if not is_told_elsewhere(_said(row))]
    checks = [one for one in evidence.unserved(NoCompletion.REFUSED) if not is_told_elsewhere(one[1].said)]
    silent = bool(rows) and len(rows) == len(evidence.rows)
    return None if silent else diagnosed("request-refused", rows, checks)


def show_other_bodies(evidence: Evidence) -> Diagnosis | None:
    """Shows bodies that are no chat completion. Where all are no JSON at all, it may be a page of somebody else's."""
    rows = [row for row in _rows(evidence, *_NO_ANSWER) if not row.api.json_problems and not has_parts(row)]
    checks = evidence.unserved(*_NO_ANSWER)
    whys = {row.api.no_completion for row in rows} | {one.why for _, one in checks}
    answered = any(row.api.outcome is not OutcomeKind.ERROR for row in evidence.rows)
    if whys == {NoCompletion.NO_OBJECT} and not answered:
        return None
    return diagnosed("no-chat-completion", rows, checks)


def show_parts(evidence: Evidence) -> Diagnosis | None:
    """Shows answers that come as a list of typed parts."""
    rows = evidence.rows_with(has_parts)
    return diagnosed("content-in-parts", rows, evidence.unserved(NoCompletion.PARTS), tells=False)


def has_parts(row: Row) -> bool:
    """True where the content of the API's answer is no text but a list of parts."""
    return is_in_parts(row.api.message.get("content"))


def diagnosed(
    fault: FaultId, rows: Sequence[Row], unserved: Sequence[tuple[Check, Unserved]], *, tells: bool = True
) -> Diagnosis | None:
    """Returns what shows a fault of requests without an answer: examples, unless they are few and no check confirms it.

    Args:
        fault: its id.
        rows: examples that show it.
        unserved: requests of checks that show it.
        tells: False where what came is the answer, which the best example tells already.
    """
    if len(rows) < FEWEST_ROWS and not unserved:
        return None
    words = Counter([_said(row) for row in rows] + [one.said for _, one in unserved])
    ((said, _),) = words.most_common(1)
    return Diagnosis(
        ids=(fault,),
        rows=rows,
        checks=list({check.id: check for check, _ in unserved}.values()),
        lines=[cut(one_line(said), _TOLD)] if tells and said else [],
        shown_by=tuple(dict.fromkeys(one.exchange for _, one in unserved))[:1],
    )


def refused_with(evidence: Evidence, says: Callable[[Unserved], bool]) -> list[tuple[Check, Unserved]]:
    """Returns the requests of checks that got an error of which `says` is true."""
    return [(check, one) for check, one in evidence.unserved(NoCompletion.REFUSED, NoCompletion.FAILED) if says(one)]


def _rows(evidence: Evidence, *causes: NoCompletion) -> list[Row]:
    return evidence.rows_with(lambda row: row.api.no_completion in causes)


def _said(row: Row) -> str:
    """Returns what came in an answer's place, without what a client says of it where there is more."""
    return row.api.said or row.api.error or ""


def _is_answered_locally(row: Row) -> bool:
    return row.audited or row.local.outcome is not OutcomeKind.ERROR


def is_told_elsewhere(said: str) -> bool:
    """Returns whether the words of an error lead to a name of its own."""
    return symptoms.speaks_of_context(said) or symptoms.speaks_of_effort(said) or symptoms.speaks_of_parser(said)
