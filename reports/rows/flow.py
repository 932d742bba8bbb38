"""What the answers became: the outcomes of one side beside those of the other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from backends.outcome import OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.rows.row import Row, RowSide

#: What a label is called, by its value.
_LABELS = {True: "label 1", False: "label 0"}

#: All that an answer can become, in the order in which it is told.
KINDS = (*sorted(_LABELS.values()), *(str(kind) for kind in OutcomeKind if kind is not OutcomeKind.LABEL))


@dataclass(frozen=True, kw_only=True)
class Flow:
    """What the answers of both sides became.

    Attributes:
        rows: of the results.
    """

    rows: Sequence[Row]

    @cached_property
    def counts(self) -> Counter[tuple[str, str]]:
        """How many examples came to each pair of outcomes, the API's first: `label 0`, `refused`, ..."""
        return Counter((kind_of(row.api), kind_of(row.local)) for row in self.rows)

    @property
    def kinds_of_api(self) -> list[str]:
        """What any of the API's answers came to, in the order in which it is told."""
        return [kind for kind in KINDS if any(api == kind for api, _ in self.counts)]

    @property
    def kinds_of_local(self) -> list[str]:
        """What any of the local answers came to."""
        return [kind for kind in KINDS if any(local == kind for _, local in self.counts)]

    @property
    def is_one_sided(self) -> bool:
        """True in an audit, where the API alone answers."""
        return bool(self.rows) and all(row.audited for row in self.rows)

    @cached_property
    def of_api(self) -> Counter[str]:
        """How many of the API's answers became what."""
        return Counter(kind_of(row.api) for row in self.rows)

    @property
    def is_plain(self) -> bool:
        """True where every example has two labels."""
        return all(row.both_labelled for row in self.rows)

    @property
    def labels_given(self) -> tuple[int, int]:
        """How many answers of the API and of the local reference hold a label."""
        return sum(row.api.has_label for row in self.rows), sum(row.local.has_label for row in self.rows)

    @cached_property
    def where_reference_labels(self) -> Counter[str]:
        """What the API did where the local reference labels: `same label`, `other label`, or its outcome."""
        labelled = [row for row in self.rows if row.local.has_label]
        return Counter(_beside_a_label(row) for row in labelled)

    def as_data(self) -> dict[str, object]:
        """Returns it as `verdict.json` tells it; null what an audit does not look at."""
        api, local = self.labels_given
        if self.is_one_sided:
            return {
                "counts": [{"api": kind, "local": None, "n": n} for kind, n in sorted(self.of_api.items())],
                "labels_given": {"api": api, "local": None},
                "where_the_reference_labels": None,
            }
        return {
            "counts": [{"api": mine, "local": own, "n": n} for (mine, own), n in sorted(self.counts.items())],
            "labels_given": {"api": api, "local": local},
            "where_the_reference_labels": dict(self.where_reference_labels),
        }


def kind_of(side: RowSide) -> str:
    """Returns what an answer became: its label, or its outcome."""
    return str(side.outcome) if side.label is None else _LABELS[side.label]


def _beside_a_label(row: Row) -> str:
    if not row.api.has_label:
        return str(row.api.outcome)
    return "same label" if row.labels_agree else "other label"
