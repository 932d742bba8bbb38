"""What a user's selection leaves out: a run of a part of the wire checks passes nobody."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reports.session.check_from_report import check_id_of, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

#: Stands for a test of a subject that is no wire check: one of an example, or of noise.
OTHER = ""

#: Under this name a worker tells its controller, as JSON text, what `deselected_in` returned.
DESELECTED = "conformance_deselected"


def deselected_in(items: Iterable[pytest.Item]) -> dict[str, list[str]]:
    """Returns the ids of the wire checks among deselected tests, by the id of the subject, and `OTHER` for the rest."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for item in items:
        subject, check_id = subject_of(item), check_id_of(item)
        if subject is not None:
            found[subject].add(OTHER if check_id is None else str(check_id))
    return {subject: sorted(ids) for subject, ids in found.items()}
