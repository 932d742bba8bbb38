"""Where the two sides' texts part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.page.marks import BarChart
from reports.rows.divergence import Place, divergence_histogram

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.page.source import SubjectSource


@dataclass(frozen=True, slots=True)
class Texts:
    """One side's texts."""

    reasoning: str | None
    response: str | None


@dataclass(frozen=True, slots=True)
class TextPair:
    """The texts of both sides to one example, as `reports.rows.divergence` asks for them."""

    api: Texts
    local: Texts

    @property
    def sides(self) -> tuple[tuple[str, Texts], tuple[str, Texts]]:
        """Name and side, the API first."""
        return ("api", self.api), ("local", self.local)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartingsView:
    """How many texts part where; how many part at all, how many are equal, and in how many a side has none."""

    parting: int
    chart: BarChart
    equal: int
    textless: int


def text_pair(row: Mapping[str, Any]) -> TextPair:
    """Returns the texts of a row of the results."""
    api, local = (Texts(row.get(f"{side}_reasoning"), row.get(f"{side}_response")) for side in ("api", "local"))
    return TextPair(api, local)


def partings_view(subject: SubjectSource) -> PartingsView | None:
    """Returns where the texts part; None where there are not two sides."""
    if subject.is_audit or not subject.rows:
        return None
    found = divergence_histogram(text_pair(row) for row in subject.rows)
    counts = {f"{bucket}": count for bucket, count in found.reasoning.items()}
    counts["1 side"] = found.one_sided
    counts["answer"] = found.where[Place.ANSWER]
    counts["none"] = found.where[Place.NOWHERE]
    says = ", ".join(f"{name}: {count}" for name, count in counts.items())
    chart = BarChart(
        says=f"Examples by where their texts part, in characters of the reasoning. {says}.",
        groups=list(counts),
        series=[("examples", "api")],
        counts=[list(counts.values())],
    )
    return PartingsView(
        parting=len(subject.rows) - found.where[Place.NOWHERE] - found.textless,
        chart=chart,
        equal=found.where[Place.NOWHERE],
        textless=found.textless,
    )
