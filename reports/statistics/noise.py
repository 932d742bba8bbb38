"""Noise: how far one side agrees with itself under a change that alters nothing it should answer."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from reports.rows.divergence import common_characters
from reports.statistics.features import IN_COMMON, pairs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.rows.row import Row
    from reports.statistics.features import Pair

#: What is changed, in words.
_CHANGES = {
    "batch": "batch size 1",
    "attention": "another attention implementation",
    "dtype": "another number format",
    "day": "another date in the prompt",
    "dequantised": "MXFP4 dequantised, not by kernels",
    "kernels": "MXFP4 by kernels, not dequantised",
    "twin": "its twin in another format",
    "repeat": "asked again",
    "again": "asked again",
}

#: Changes of the precision: what differs under them is legitimate, but a server of the same precision does not show it.
OTHER_PRECISION = frozenset({"dtype", "dequantised", "kernels", "twin"})


def against_itself(side: str, change: str) -> str:
    """Returns in words which side is compared with itself, and under what change."""
    return f"{side.upper()} against itself, {_CHANGES[change]}"


#: Fields of a measurement that `verdict.json` leaves out, and those that JSON makes lists of.
_NOT_TOLD = frozenset({"values", "features", "failed_again", "failed_once", "common"})
_TUPLES = ("examples", "differing", "failed_again", "failed_once", "common")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseMeasurement:
    """How far one side agrees with itself on a part of the sample.

    Attributes:
        subject: the subject's id.
        side: `api` or `local`.
        change: `batch`, `attention`, `day`, `repeat` of the API, `again` of a reference, or one of `OTHER_PRECISION`.
        n: examples that were compared.
        texts_differ: of them, those whose reasoning or answer differs.
        answers_differ: of them, those whose answer differs.
        labels_differ: of them, those whose label differs.
        examples: ids of those compared.
        differing: ids of those whose texts differ.
        similarity: mean similarity of the answers, 0 to 1.
        both_labelled: examples with a label before and after.
        flips: of them, those whose label is another.
        values: by criterion that compares two answers, its value for each of `examples`.
        features: by feature, what it was before and after, for each example in which both are known.
        failed_again: ids of examples on which the side itself failed before and after; they are not compared.
        failed_once: ids of those on which it failed one time of the two.
        common: characters that the texts of each of `examples` have in common before they part, the reasoning first;
            None where they do not part.
    """

    subject: str
    side: str
    change: str
    n: int
    texts_differ: int
    answers_differ: int
    labels_differ: int
    examples: tuple[str, ...]
    differing: tuple[str, ...]
    similarity: float
    both_labelled: int = 0
    flips: int = 0
    values: Mapping[str, Sequence[float]] = field(default_factory=dict, hash=False)
    features: Mapping[str, Sequence[Pair]] = field(default_factory=dict, hash=False)
    failed_again: tuple[str, ...] = ()
    failed_once: tuple[str, ...] = ()
    common: tuple[int | None, ...] = ()

    @property
    def mostly_parts(self) -> bool:
        """True where more than half of the texts differ."""
        return 2 * self.texts_differ > self.n

    @property
    def places(self) -> dict[str, int | None]:
        """The characters in common before texts part, by the id of the example; None where they do not part."""
        return dict(zip(self.examples, self.common, strict=False))

    @classmethod
    def of(
        cls, subject: str, side: str, change: str, rows: Sequence[Row], failed: Mapping[str, int] | None = None
    ) -> NoiseMeasurement:
        """Returns how far a side agrees with itself.

        Args:
            subject: the subject's id.
            side: `api` or `local`.
            change: what is changed.
            rows: what the side said before in place of the API's answer, what it said after in place of the local one.
            failed: how often of the two times the side itself failed, by the ids of the examples on which it did.
        """
        times = failed or {}
        differing = tuple(row.example_id for row in rows if row.api.texts != row.local.texts)
        alike = [row.response_similarity for row in rows]
        return cls(
            subject=subject,
            side=side,
            change=change,
            n=len(rows),
            texts_differ=len(differing),
            answers_differ=sum(row.api.response != row.local.response for row in rows),
            labels_differ=sum(row.api.label != row.local.label for row in rows),
            examples=tuple(row.example_id for row in rows),
            differing=differing,
            similarity=sum(alike) / len(alike) if alike else 0.0,
            both_labelled=sum(row.both_labelled for row in rows),
            flips=sum(row.both_labelled and not row.labels_agree for row in rows),
            values={name: tuple(map(value, rows)) for name, value in IN_COMMON.items()},
            features=pairs_of(rows),
            failed_again=tuple(name for name, count in times.items() if count > 1),
            failed_once=tuple(name for name, count in times.items() if count == 1),
            common=tuple(map(common_characters, rows)),
        )

    def describe(self) -> str:
        """Returns one line without a full stop."""
        labels = f"{self.labels_differ} label{'' if self.labels_differ == 1 else 's'}"
        return f"{against_itself(self.side, self.change)}: {self.texts_differ} of {self.n} texts differ, {labels}"

    def as_data(self) -> dict[str, Any]:
        """Returns the measurement as `verdict.json` tells it: without what each example gave."""
        told = asdict(self) | {"means": {name: sum(found) / len(found) for name, found in self.values.items() if found}}
        return {name: value for name, value in told.items() if name not in _NOT_TOLD}

    def as_json(self) -> str:
        """Returns all of it as JSON text, fit to travel on a test report."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> NoiseMeasurement:
        """Returns the measurement that `as_json` wrote."""
        data = json.loads(text)
        return cls(**data | {name: tuple(data[name]) for name in _TUPLES if name in data})


def counting(measurements: Iterable[NoiseMeasurement], *, days_apart: bool) -> tuple[NoiseMeasurement, ...]:
    """Returns the measurements of what may also lie between the two sides.

    Args:
        measurements: of both sides.
        days_apart: True where the prompts of the sides print different dates. Where they do not, what another date
            alters excuses nothing.
    """
    return tuple(measured for measured in measurements if days_apart or measured.change != "day")


def precision_floor(measurements: Iterable[NoiseMeasurement]) -> tuple[int, int]:
    """Returns how many texts differ, and of how many, where the precision stays the same: all such changes together.

    Another date lies between all pairs of texts or between none: where it counts, it counts alone.
    """
    same = [measured for measured in measurements if measured.change not in OTHER_PRECISION]
    same = [measured for measured in same if measured.change == "day"] or same
    return sum(measured.texts_differ for measured in same), sum(measured.n for measured in same)


def legitimate_floor(measurements: Iterable[NoiseMeasurement]) -> tuple[int, int]:
    """Returns how many texts differ, and of how many, under the change that alters most."""
    measured = [measurement for measurement in measurements if measurement.n]
    if not measured:
        return 0, 0
    most = max(measured, key=lambda measurement: measurement.texts_differ / measurement.n)
    return most.texts_differ, most.n


def parts_earlier(places: Mapping[str, int | None], others: Mapping[str, int | None], level: float) -> bool:
    """Returns whether texts part earlier in one comparison than in another, by the exact sign test (one-sided).

    Where all texts part in both, how many do tells nothing any more, and where they do still tells.

    Args:
        places: by the id of an example, the characters in common; None where its texts do not part.
        others: the same of the comparison that it is held against.
        level: the probability below which chance is ruled out.
    """
    from scipy.stats import binomtest  # noqa: PLC0415 - a second that only the end of a run pays

    pairs = [(_place(places[name]), _place(others[name])) for name in places.keys() & others.keys()]
    earlier, later = sum(own < its for own, its in pairs), sum(own > its for own, its in pairs)
    return bool(earlier and binomtest(earlier, earlier + later, 0.5, alternative="greater").pvalue < level)


def _place(common: int | None) -> float:
    return math.inf if common is None else common


def exceeds(differ: int, n: int, floor_differ: int, floor_n: int, level: float) -> bool:
    """Returns whether a share is greater than the floor's beyond chance, by Fisher's exact test (one-sided).

    Where nothing was measured, nothing exceeds it.

    Args:
        differ: of `n`.
        n: compared.
        floor_differ: of `floor_n`.
        floor_n: measured.
        level: the probability below which chance is ruled out.
    """
    from scipy.stats import fisher_exact  # noqa: PLC0415 - a second that only the end of a run pays

    if not n or not floor_n:
        return False
    table = [[differ, n - differ], [floor_differ, floor_n - floor_differ]]
    return bool(fisher_exact(table, alternative="greater").pvalue < level)
