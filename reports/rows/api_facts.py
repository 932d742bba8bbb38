"""Who answered behind an endpoint that passes requests on, as its answers tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from reports.subject_info import SideInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.rows.row import Row
    from reports.subject_info import SubjectInfo


def with_api_facts(subject: SubjectInfo, rows: Iterable[Row]) -> SubjectInfo:
    """Returns a subject with the providers that its answers name: several, each with its number of answers."""
    found = Counter(row.api.provider for row in rows if row.api.provider)
    if not found:
        return subject
    names = sorted(found)
    told = names[0] if len(names) == 1 else " and ".join(f"{name} ({found[name]})" for name in names)
    return replace(subject, api=SideInfo({**subject.api.facts, "answered_by": told}))
