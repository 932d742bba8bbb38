"""What the API does more, or less, in the newer run than in the older one, beyond chance.

It is the test of the asymmetries between the sides, with the API's earlier answers in the place of the reference's. It
says that something changed, not that it is worse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reports.changes.paired import FAMILIES
from reports.statistics.asymmetries import LEVEL, asymmetries_of
from reports.statistics.features import FEATURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.changes.paired import Pair
    from reports.rows.row import Row
    from reports.statistics.asymmetries import Asymmetry


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What the API does otherwise.

    Attributes:
        feature: the name of what was counted or measured.
        old: of a share, on how many examples the API did; of a size, its mean.
        new: the same in the newer run.
        n: examples that were compared.
        corrected: the p-value, corrected for the number of tests.
        told: one sentence without a full stop.
    """

    feature: str
    old: float
    new: float
    n: int
    corrected: float
    told: str


def shifts_of(pairs: Sequence[Pair]) -> tuple[Shift, ...]:
    """Returns what chance does not explain, the surest first."""
    return tuple(_shift(found) for found in asymmetries_of(_rows(pairs)))


def surest(shifts: Sequence[Shift], comparisons: int) -> tuple[Shift, ...]:
    """Returns those that chance does not explain either where so many comparisons are made at once."""
    found = (replace(shift, corrected=min(1.0, FAMILIES * comparisons * shift.corrected)) for shift in shifts)
    return tuple(shift for shift in found if shift.corrected < LEVEL)


def _rows(pairs: Sequence[Pair]) -> Iterator[Row]:
    for old, new in pairs:
        yield replace(new, local=old.api, audited=False)


def _shift(found: Asymmetry) -> Shift:
    feature = next(one for one in FEATURES if one.name == found.feature)
    if feature.kind == "share":
        told = f"the API {feature.says} {found.api:.0f} of {found.n} examples, in the older run {found.local:.0f}"
    else:
        longer = "longer" if found.size > 0 else "shorter"
        told = f"the API's {feature.says} is {longer}: {found.api:.0f} on average, in the older run {found.local:.0f}"
    return Shift(feature=found.feature, old=found.local, new=found.api, n=found.n, corrected=found.corrected, told=told)
