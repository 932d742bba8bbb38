"""Ceilings: what a criterion comes to where both sides are the same, on the same examples.

A model that parts from itself at near-ties does not reach an absolute threshold against itself, so a missed threshold
says nothing alone. Beside it stands the same statistic of the reference under its own legitimate changes, and of the
API asked again. A faithful endpoint could be swapped with any of them, so each difference is as likely up as down.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.completion import InferenceBackend
from backends.errors import TRANSPORT_FAILURES
from backends.outcome import BROKEN
from reports.statistics.resampling import chance_of_fall, clustered, greatest_fall

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from reports.rows.row import Row
    from reports.statistics.noise import NoiseMeasurement

#: The probability with which a faithful endpoint may be said to lie below a ceiling.
LEVEL = 0.01

#: So far below its ceiling a criterion may lie and pass: half of what the model itself changes from one asking to the
#: next (0.11 of the outcomes of gpt-oss-20b on a natural sample).
MARGIN = 0.05

#: A reference that agrees with itself less than this is no measure of anything. gpt-oss-20b, the most restless model
#: known, comes to the same in 0.67 of a balanced sample asked twice.
LEAST_CEILING = 0.50


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """What a criterion comes to where both sides are the same.

    A faithful endpoint may be any of what was measured, so it is held against the one that it comes nearest.

    Attributes:
        observed: the same statistic, 0 to 1, of what comes nearest.
        nearest: which of `measured` that is.
        beside: the criterion itself on the same examples, 0 to 1.
        n: examples that both were measured on.
        measured: what was measured, such as `local batch`; for answers that are well-formed, the other side.
        mean: the same statistic, 0 to 1, over all that was measured.
        p_below: the probability that a faithful endpoint lies so far below each of them, 0 to 1.
        fall: how far at most, with 95% confidence, the criterion lies below the mean.
        explained: examples that fall below what comes nearest with an answer that the same model may have written
            token for token; `p_below` counts no such fall.
    """

    observed: float
    nearest: str
    beside: float
    n: int
    measured: tuple[str, ...]
    mean: float
    p_below: float
    fall: float
    explained: int = 0

    @property
    def is_reached(self) -> bool:
        """True where the criterion is shown to lie no more than `MARGIN` below a ceiling that measures something."""
        return self.fall <= MARGIN and self.mean >= LEAST_CEILING

    @property
    def is_missed(self) -> bool:
        """True where chance does not explain that the criterion lies below the ceiling."""
        return self.p_below < LEVEL


def counted_difference(difference: float, *, is_explained: bool) -> float:
    """Returns a difference as a test of falls counts it.

    An answer that the same model may have written token for token is no fall. A server of a coarser precision, 8 bits
    where bfloat16 was measured, goes its own way more often than any change of the reference, with nothing but such.
    """
    return max(0.0, difference) if is_explained else difference


def ceiling_of_pairs(
    name: str,
    value: Callable[[Row], float],
    rows: Iterable[Row],
    noise: Sequence[NoiseMeasurement],
    explained: Collection[str] = (),
) -> Ceiling | None:
    """Returns the ceiling of a criterion that compares two answers; None where nothing was measured.

    Args:
        name: of the criterion.
        value: of one row.
        rows: of the results. What reached nobody, and what the reference broke, is no word about the endpoint.
        noise: how far each side agrees with itself; the most examples that were measured are looked at alone.
        explained: ids of the examples whose answers the same model may have written: see `counted_difference`.
    """

    def difference(example: str, own: float) -> float:
        return counted_difference(value(by_example[example]) - own, is_explained=example in explained)

    by_example = {row.example_id: row for row in rows if _is_heard(row)}
    found = {f"{one.side} {one.change}": shared for one in noise if (shared := _shared(one, name, by_example))}
    most = max(map(len, found.values()), default=0)
    found = {change: shared for change, shared in found.items() if len(shared) == most}
    if not found:
        return None
    chances = {
        change: chance_of_fall(
            clustered((by_example[example].text, difference(example, own)) for example, own in shared.items())
        )
        for change, shared in found.items()
    }
    examples = next(iter(found.values()))
    beside = statistics.fmean(value(by_example[example]) for example in examples)
    reached = {change: statistics.fmean(shared.values()) for change, shared in found.items()}
    nearest = max(found, key=lambda change: (chances[change], -abs(reached[change] - beside)))
    means = {
        example: statistics.fmean(shared.get(example, own) for shared in found.values())
        for example, own in examples.items()
    }
    return Ceiling(
        observed=reached[nearest],
        nearest=nearest,
        beside=beside,
        n=most,
        measured=tuple(found),
        mean=statistics.fmean(means.values()),
        p_below=chances[nearest],
        fall=greatest_fall(
            clustered((by_example[name].text, value(by_example[name]) - own) for name, own in means.items())
        ),
        explained=sum(
            example in explained and value(by_example[example]) < own for example, own in found[nearest].items()
        ),
    )


def ceiling_of_form(side: InferenceBackend, rows: Iterable[Row]) -> Ceiling | None:
    """Returns the ceiling of one side's share of well-formed answers: that of the other side, on the same examples.

    What reached nobody is left out; None where nothing is left.
    """
    heard = [row for row in rows if not {row.api.failure, row.local.failure} & TRANSPORT_FAILURES]
    pairs = [(row.text, row.api.is_well_formed, row.local.is_well_formed) for row in heard]
    if side is InferenceBackend.LOCAL:
        pairs = [(text, local, api) for text, api, local in pairs]
    if not pairs:
        return None
    falls = clustered((text, float(own) - float(others)) for text, own, others in pairs)
    other = InferenceBackend.LOCAL if side is InferenceBackend.API else InferenceBackend.API
    observed = statistics.fmean(others for _, _, others in pairs)
    return Ceiling(
        observed=observed,
        nearest=str(other),
        beside=statistics.fmean(own for _, own, _ in pairs),
        n=len(pairs),
        measured=(str(other),),
        mean=observed,
        p_below=chance_of_fall(falls),
        fall=greatest_fall(falls),
    )


def _is_heard(row: Row) -> bool:
    return row.api.failure not in TRANSPORT_FAILURES and row.local.outcome not in BROKEN


def _shared(measured: NoiseMeasurement, name: str, rows: Mapping[str, Row]) -> dict[str, float]:
    """Returns the measured values of the examples that have a row."""
    values = measured.values.get(name, ())
    return {example: value for example, value in zip(measured.examples, values, strict=False) if example in rows}
