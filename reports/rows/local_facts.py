"""How the local answers were made: what only the loading and the run could tell, read from the answers' evidence.

A model is loaded in one process of a run and reported by another, and an answer may come out of the cache or of a
recording: what travels with the answers is true of them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.evidence import read_local_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Facts that grow while a run goes on: the largest is told.
_LARGEST = ("peak_memory_gib",)


def with_facts(about: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns a subject's description with what its local answers tell of how they were made."""
    local = dict(about.get("local") or {})
    facts = facts_of(rows)
    smallest = min(facts.pop("batch_size", []), default=None)
    told = {name: max(values) if name in _LARGEST else _joined(values) for name, values in facts.items()}
    if smallest is not None and smallest < local.get("batch_size", smallest):
        told["effective_batch_size"] = smallest
    return dict(about) | {"local": local | told}


def facts_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Returns the values of each fact in the order in which they first occur; several where answers differ in it."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in _made(row).items():
            values = found.setdefault(name, [])
            if value not in values:
                values.append(value)
    return found


def _made(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = read_local_evidence(row.get("local_raw"))
    return {} if kept is None else dict(kept.runtime_info)


def _joined(values: list[Any]) -> Any:  # noqa: ANN401 - plain data
    return values[0] if len(values) == 1 else " and ".join(map(str, values))
