"""Whether a verdict hinges on how far a model agrees with itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.statistics.asymmetries import asymmetries_of
from reports.statistics.criteria import CRITERIA, evaluate_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.rows.row import Row

#: Criteria that a ceiling of noise may excuse: what is well-formed is held against the other side.
_OF_PAIRS = frozenset(criterion.name for criterion in CRITERIA if criterion.form_of is None)


def hinges_on_noise(rows: Sequence[Row], thresholds: Mapping[str, float]) -> bool:
    """Returns whether a criterion that compares answers misses its threshold, and no asymmetry has accused already.

    Args:
        rows: of the whole sample.
        thresholds: by criterion name; a missing one stands at the criterion's own.
    """
    missed = {result.name for result in evaluate_all(rows, thresholds) if not result.is_reached}
    return bool(missed & _OF_PAIRS) and not asymmetries_of(rows)
