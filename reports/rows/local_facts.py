"""How the local answers were made: what only the loading and the run could tell, read from the answers' evidence.

A model is loaded in one process of a run and reported by another, and an answer may come out of the cache or of a
recording: what travels with the answers is true of them all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reports.subject_info import SideInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.rows.row import Row
    from reports.subject_info import SubjectInfo

#: Facts that grow while a run goes on: the largest is told.
_LARGEST = ("peak_memory_gib",)


def with_local_facts(subject: SubjectInfo, rows: Iterable[Row]) -> SubjectInfo:
    """Returns a subject with what its local answers tell of how they were made."""
    facts = facts_of(rows)
    smallest = min(facts.pop("batch_size", []), default=None)
    known = {name: max(values) if name in _LARGEST else _joined(values) for name, values in facts.items()}
    if smallest is not None and smallest < subject.local.facts.get("batch_size", smallest):
        known["effective_batch_size"] = smallest
    return replace(subject, local=SideInfo({**subject.local.facts, **known}))


def facts_of(rows: Iterable[Row]) -> dict[str, list[Any]]:
    """Returns the values of each fact in the order in which they first occur; several where answers differ in it."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        evidence = row.local.local_evidence
        for name, value in evidence.runtime_info.items() if evidence is not None else ():
            values = found.setdefault(name, [])
            if value not in values:
                values.append(value)
    return found


def _joined(values: list[Any]) -> Any:  # noqa: ANN401 - plain data
    return values[0] if len(values) == 1 else " and ".join(map(str, values))
