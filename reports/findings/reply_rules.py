"""The rules about replies that hold no answer: the server failed, or what it wrote is not what every client can read.

A failure is told as what the server says of it. Harmony's parser is named where the words point to it, or where the
same inputs fail each time and no words point elsewhere: the model writes the same text again, and the parser trips over
it again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backends.no_completion import NoCompletion
from backends.strict_json import JsonFault
from reports.checks.check_id import CheckId
from reports.findings import symptoms
from reports.findings.diagnosis import Diagnosis
from reports.findings.evidence import FEWEST_ROWS
from reports.findings.unserved_rules import diagnosed, is_told_elsewhere, refused_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.checks.check import Check
    from reports.checks.facts import Unserved
    from reports.findings.evidence import Evidence
    from reports.rows.row import Row

#: What no damage on the way can bring about: one such reply is enough.
_WRITTEN_SO = frozenset({JsonFault.HALF_CHARACTER, JsonFault.NO_NUMBER, JsonFault.KEY_TWICE})


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
    told = refused_with(evidence, lambda one: symptoms.speaks_of_parser(one.said))
    return diagnosed("parser-500", _of_the_parser(evidence), told)


def show_failing_server(evidence: Evidence) -> Diagnosis | None:
    """Shows what else the server fails with, in its own words."""
    return _failing_server(*_other_failures(evidence))


def show_failing_follow_ups(evidence: Evidence) -> Diagnosis | None:
    """Shows the same where only requests fail that give an earlier reply back: what is wrong in that is told before."""
    if show_failing_server(evidence) is not None:
        return None
    return _failing_server([], [one for one in _failures(evidence) if one[0].check_id in _GIVE_BACK])


#: Checks of requests that hold what the server said before.
_GIVE_BACK = frozenset(
    {CheckId.SECOND_TURN_WORKS, CheckId.SECOND_TURN_WITH_REASONING_WORKS, CheckId.REASONING_BETWEEN_CALLS_KEPT}
)


def _failing_server(rows: list[Row], told: list[tuple[Check, Unserved]]) -> Diagnosis | None:
    found = diagnosed("server-error", rows, told)
    if found is None:
        return None
    below = all(map(symptoms.names_the_machine, rows)) and all(symptoms.speaks_of_machine(one.said) for _, one in told)
    return found if below else replace(found, ids=("server-error", "parser-500"), distinguished_by=_AGAIN)


def _other_failures(evidence: Evidence) -> tuple[list[Row], list[tuple[Check, Unserved]]]:
    named = {row.example_id for row in _of_the_parser(evidence)}
    rows = [row for row in _failed(evidence) if row.example_id not in named]
    told = _failures(evidence)
    first = [one for one in told if one[0].check_id not in _GIVE_BACK]
    return rows, told if rows or first else []


def _failures(evidence: Evidence) -> list[tuple[Check, Unserved]]:
    return [one for one in evidence.unserved(NoCompletion.FAILED) if not is_told_elsewhere(one[1].said)]


_AGAIN = "Send such a request again: a parser fails on the same texts each time, and its words are in the server's log."


def _failed(evidence: Evidence) -> list[Row]:
    """Returns the rows of which the server failed, for no reason of its context; none where it failed on all."""
    failed = evidence.rows_with(symptoms.failed_inside)
    other = (NoCompletion.GUARD, NoCompletion.TOOL_CALLED)
    rows = [row for row in failed if not symptoms.was_refused_for_context(row) and row.api.no_completion not in other]
    return rows if len(failed) < len(evidence.rows) else []


def _of_the_parser(evidence: Evidence) -> list[Row]:
    rows = _failed(evidence)
    wordless = [row for row in rows if not symptoms.names_the_machine(row)]
    if _fail_each_time(evidence, wordless):
        return wordless
    return evidence.rows_with(symptoms.names_the_parser) if len(rows) < len(evidence.rows) else []


def _fail_each_time(evidence: Evidence, rows: Sequence[Row]) -> bool:
    """Returns whether inputs that were sent again failed again, and no other input failed one time of two."""
    repeats = [measured for measured in evidence.noise if measured.change == "repeat"]
    again = {name for measured in repeats for name in measured.failed_again}
    once = {name for measured in repeats for name in measured.failed_once}
    ids = {row.example_id for row in rows}
    return len(again & ids) >= FEWEST_ROWS and not once
