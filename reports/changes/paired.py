"""How far a criterion moved between two runs of one sample: a paired difference, its interval, and its chance.

Where the endpoint serves today what it served then, its two answers to an example could be swapped, so the test of the
differences is exact, whatever the model's own restlessness: McNemar's (Q. McNemar, 1947) for rates, flipped signs
(R. A. Fisher, 1935) for means. The interval of a difference of rates is R. G. Newcombe's (1998, method 10), which is
made of Wilson's; of means it is a bootstrap's.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backends.completion import InferenceBackend
from backends.errors import TRANSPORT_FAILURES
from reports.rows.similarity import similarity
from reports.statistics.asymmetries import LEVEL, holm
from reports.statistics.ceilings import counted_difference
from reports.statistics.criteria import CRITERIA, OF_THE_REFERENCE, rate_interval
from reports.statistics.resampling import chance_of_fall, clustered, mean_interval

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from reports.rows.row import Row
    from reports.statistics.criteria import Criterion

    #: The older and the newer row of an example.
    Pair: TypeAlias = tuple[Row, Row]

#: Criteria are one family of tests, what the API does otherwise is the other: chance brings about a change in one
#: comparison of a hundred, and not in two.
FAMILIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedChange:
    """How far a criterion moved.

    Attributes:
        name: the criterion's.
        old: its mean in the older run, over the examples that both runs answer, 0 to 1.
        new: the same in the newer one.
        n: those examples.
        ups: examples on which the newer run has more.
        downs: examples on which it has less.
        interval: 95% interval of the difference, newer less older.
        p_value: of the exact paired test, two-sided.
        least_p: the smallest that so many examples that differ could give.
        corrected: the p-value, corrected for the number of tests; 1 before that is done.
        against_old_reference: the p-value of the fall where both runs are held against the older run's local answers.
        unexplained: the p-value of the fall where an answer that the same model may have written, token for token, is
            no fall; 0 where tokens show nothing.
    """

    name: str
    old: float
    new: float
    n: int
    ups: int
    downs: int
    interval: tuple[float, float]
    p_value: float
    least_p: float
    corrected: float = 1.0
    against_old_reference: float = 0.0
    unexplained: float = 0.0

    @property
    def difference(self) -> float:
        """Newer less older."""
        return self.new - self.old

    @property
    def moved(self) -> bool:
        """True where chance does not explain the difference."""
        return self.corrected < LEVEL

    @property
    def fell(self) -> bool:
        """True where it fell beyond chance, by the endpoint's doing, and not by near-ties that went the other way."""
        is_its_own = self.is_endpoints and self.against_old_reference < LEVEL
        return self.moved and self.difference < 0 and is_its_own and not self.is_explained

    @property
    def is_explained(self) -> bool:
        """True where near-ties of the same model's tokens explain the fall, as another precision brings them about."""
        return self.unexplained >= LEVEL

    @property
    def rose(self) -> bool:
        """True where it rose beyond chance."""
        return self.moved and self.difference > 0 and self.is_endpoints

    @property
    def is_endpoints(self) -> bool:
        """True where the endpoint has a part in the criterion."""
        return self.name != OF_THE_REFERENCE


def paired_changes(pairs: Sequence[Pair], *, same_model: bool = False) -> tuple[PairedChange, ...]:
    """Returns how far each criterion moved, not corrected yet; nothing where no pair can be compared.

    Args:
        pairs: the older and the newer row of each example. One without an answer of the server's own is left out.
        same_model: True where the tokens of the newer run are those of the same model under the same prompt.
    """
    heard = [pair for pair in pairs if not any(_unheard(row) for row in pair)]
    if not heard:
        return ()
    alone = any(row.audited for pair in heard for row in pair)
    looked_at = [one for one in CRITERIA if one.form_of is InferenceBackend.API or not alone]
    return tuple(_change(criterion, heard, same_model=same_model) for criterion in looked_at)


def corrected(changes: Sequence[PairedChange]) -> tuple[PairedChange, ...]:
    """Returns the same changes with p-values corrected by Holm's method for their number, in their order.

    They are one of the two families of tests that a comparison makes: see `FAMILIES`.
    """
    order = sorted(range(len(changes)), key=lambda place: changes[place].p_value)
    found = holm([changes[place].p_value for place in order], [changes[place].least_p for place in order])
    by_place = dict(zip(order, found, strict=True))
    return tuple(
        replace(change, corrected=min(1.0, FAMILIES * by_place[place])) for place, change in enumerate(changes)
    )


def difference_interval(both: int, old_only: int, new_only: int, neither: int) -> tuple[float, float]:
    """Returns Newcombe's 95% interval of a difference of two paired rates, newer less older.

    Args:
        both: examples on which both runs meet the criterion.
        old_only: on which the older one alone does.
        new_only: on which the newer one alone does.
        neither: on which neither does.
    """
    n = both + old_only + new_only + neither
    old, new = (both + old_only) / n, (both + new_only) / n
    (old_low, old_high), (new_low, new_high) = rate_interval(both + old_only, n), rate_interval(both + new_only, n)
    phi = _correlation(both, old_only, new_only, neither)
    down = _apart(new - new_low, old_high - old, phi)
    up = _apart(new_high - new, old - old_low, phi)
    return new - old - down, new - old + up


def _apart(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def _correlation(both: int, old_only: int, new_only: int, neither: int) -> float:
    """Returns the correlation of the two outcomes, corrected for continuity as Newcombe does; 0 where one is fixed."""
    margins = (both + old_only) * (new_only + neither) * (both + new_only) * (old_only + neither)
    cross, n = both * neither - old_only * new_only, both + old_only + new_only + neither
    if not margins:
        return 0.0
    return (max(0.0, cross - n / 2) if cross > 0 else cross) / math.sqrt(margins)


def _change(criterion: Criterion, pairs: Sequence[Pair], *, same_model: bool) -> PairedChange:
    olds, news = ([criterion.value(pair[place]) for pair in pairs] for place in (0, 1))
    texts = [old.text for old, _ in pairs]
    differences = clustered((text, new - old) for text, old, new in zip(texts, olds, news, strict=True))
    odd = [one for one in differences if one]
    p_value = _two_sided(odd)
    fell = sum(odd) < 0 and p_value < LEVEL
    return PairedChange(
        name=criterion.name,
        old=statistics.fmean(olds),
        new=statistics.fmean(news),
        n=len(pairs),
        ups=sum(new > old for old, new in zip(olds, news, strict=True)),
        downs=sum(new < old for old, new in zip(olds, news, strict=True)),
        interval=_interval(criterion, olds, news, differences),
        p_value=p_value,
        least_p=min(1.0, 2.0 ** (1 - len(odd))),
        against_old_reference=_beside_old_reference(criterion, pairs) if fell else 1.0,
        unexplained=_unexplained(criterion, pairs) if fell and same_model else 0.0,
    )


def _two_sided(odd: Sequence[float]) -> float:
    if not odd:
        return 1.0
    return min(1.0, 2 * min(chance_of_fall(odd), chance_of_fall([-one for one in odd])))


def _interval(
    criterion: Criterion, olds: Sequence[float], news: Sequence[float], differences: Sequence[float]
) -> tuple[float, float]:
    if criterion.counts and len(differences) == len(olds):
        pairs = list(zip(olds, news, strict=True))
        return difference_interval(*(pairs.count(kind) for kind in ((1, 1), (1, 0), (0, 1), (0, 0))))
    return mean_interval(differences)


def _beside_old_reference(criterion: Criterion, pairs: Sequence[Pair]) -> float:
    """Returns the p-value of the fall where the newer answers too are held against the older run's local ones."""
    held = (
        (
            old.text,
            criterion.value(
                replace(new, local=old.local, response_similarity=similarity(new.api.response, old.local.response))
            )
            - criterion.value(old),
        )
        for old, new in pairs
    )
    return chance_of_fall(clustered(held))


def _unexplained(criterion: Criterion, pairs: Sequence[Pair]) -> float:
    """Returns the p-value of the fall where whole answers without a decisive token are none."""

    def counted(old: Row, new: Row) -> float:
        is_explained = new.decisive == 0 and new.api.is_well_formed
        return counted_difference(criterion.value(new) - criterion.value(old), is_explained=is_explained)

    return chance_of_fall(clustered((old.text, counted(old, new)) for old, new in pairs))


def _unheard(row: Row) -> bool:
    """Returns whether a side was never heard: nothing that it would have said can be compared."""
    local = None if row.audited else row.local.failure
    return bool({row.api.failure, local} & TRANSPORT_FAILURES)
