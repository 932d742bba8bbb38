"""The rules about replies that hold no answer: the server failed, or what it wrote is not what every client can read.

A failure is told as what the server says of it. Harmony's parser is named where the words point to it, or where the
same inputs fail each time and no words point elsewhere: the model writes the same text again, and the parser trips over
it again.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from backends.strict_json import JsonFault
from reports.checks.check_id import CheckId
from reports.findings import symptoms
from reports.findings.diagnosis import Diagnosis
from reports.findings.evidence import FEWEST_ROWS
from reports.text import cut, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.findings.evidence import Evidence
    from reports.rows.row import Row

#: What no damage on the way can bring about: one such reply is enough.
_WRITTEN_SO = frozenset({JsonFault.HALF_CHARACTER, JsonFault.NO_NUMBER, JsonFault.KEY_TWICE})

#: Characters of the server's words that are told.
_TOLD = 200


def show_broken_json(evidence: Evidence) -> Diagnosis | None:
    """Shows bodies that strict readers of JSON trip over, with what the first of them trips over."""
    rows = evidence.rows_with(symptoms.has_broken_json)
    checks = evidence.broken(CheckId.BODIES_STRICT_JSON)
    sure = any(problem.fault in _WRITTEN_SO for row in rows for problem in row.api.json_problems)
    if not checks and not sure and len(rows) < FEWEST_ROWS:
        return None
    lines = [rows[0].api.json_problems[0].told] if rows else []
    return Diagnosis(ids=("broken-json",), rows=rows, checks=checks, lines=lines)


def show_failing_parser(evidence: Evidence) -> Diagnosis | None:
    """Shows a parser that fails on some texts: by the server's words, or by failing on the same inputs again."""
    rows = _of_the_parser(evidence)
    return Diagnosis(ids=("parser-500",), rows=rows) if len(rows) >= FEWEST_ROWS else None


def show_failing_server(evidence: Evidence) -> Diagnosis | None:
    """Shows what else the server fails with, in its own words."""
    told = {row.example_id for row in _of_the_parser(evidence)}
    rows = [row for row in _failed(evidence) if row.example_id not in told]
    if len(rows) < FEWEST_ROWS:
        return None
    ((words, _),) = Counter(one_line(str(row.api.error)) for row in rows).most_common(1)
    lines = [cut(words, _TOLD)]
    if all(map(symptoms.names_the_machine, rows)):
        return Diagnosis(ids=("server-error",), rows=rows, lines=lines)
    return Diagnosis(ids=("server-error", "parser-500"), rows=rows, lines=lines, distinguished_by=_AGAIN)


_AGAIN = "Send such a request again: a parser fails on the same texts each time, and its words are in the server's log."


def _failed(evidence: Evidence) -> list[Row]:
    """Returns the rows of which the server failed, for no reason of its context; none where it failed on all."""
    failed = evidence.rows_with(symptoms.failed_inside)
    rows = [row for row in failed if not symptoms.was_refused_for_context(row)]
    return rows if len(rows) < len(evidence.rows) else []


def _of_the_parser(evidence: Evidence) -> list[Row]:
    rows = _failed(evidence)
    wordless = [row for row in rows if not symptoms.names_the_machine(row)]
    if _fail_each_time(evidence, wordless):
        return wordless
    return [row for row in rows if symptoms.names_the_parser(row)]


def _fail_each_time(evidence: Evidence, rows: Sequence[Row]) -> bool:
    """Returns whether inputs that were sent again failed again, and no other input failed one time of two."""
    repeats = [measured for measured in evidence.noise if measured.change == "repeat"]
    again = {name for measured in repeats for name in measured.failed_again}
    once = {name for measured in repeats for name in measured.failed_once}
    ids = {row.example_id for row in rows}
    return len(again & ids) >= FEWEST_ROWS and not once
