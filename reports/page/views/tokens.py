"""Token evidence: the margins of the API's tokens beside those of the reference's own legitimate changes."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reports.page.marks import BarChart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.page.source import SubjectSource

#: Where the groups of margins end, in nats; the last has no end.
_ENDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
_GROUPS: Final = ("\u2264 0.1", "\u2264 0.25", "\u2264 0.5", "\u2264 1", "\u2264 2", "\u2264 4", "> 4")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensView:
    """What was read, and how the margins are spread.

    Attributes:
        told: of the verdict; empty where none lies beside the rows.
        scored: answers that have a score.
        tokens: of them, that count.
        unlikely: of these, those that are not the likeliest.
        unscored: answers without a score, by why.
        near_tie: the greatest margin of a legitimate change, in nats; None where nobody knows.
        margins: how many tokens have which margin, the floor's beside them where it is known.
        closeness: how close the tie was at which each answer leaves the reference's way.
        kinds: how many of these are near-ties, how many decisive, and of how many nobody knows.
    """

    told: Mapping[str, Any]
    scored: int
    tokens: int
    unlikely: int
    unscored: Sequence[tuple[str, int]]
    near_tie: float | None
    margins: BarChart | None
    closeness: BarChart | None
    kinds: Mapping[str, int]


def tokens_view(subject: SubjectSource) -> TokensView | None:
    """Returns what token evidence shows; None where nobody looked."""
    read = [row for row in subject.rows if row.get("api_score_tokens") is not None]
    unscored = Counter(str(row["api_unscored"]) for row in subject.rows if row.get("api_unscored"))
    if not read and not unscored:
        return None
    told = subject.told.get("token_evidence") or {}
    parted = [row for row in read if row.get("api_unlikely_margin") is not None]
    return TokensView(
        told=told,
        scored=len(read),
        tokens=sum(row["api_score_tokens"] for row in read),
        unlikely=sum(row.get("api_score_unlikely") or 0 for row in read),
        unscored=unscored.most_common(),
        near_tie=told.get("near_tie"),
        margins=_margins(read),
        closeness=_closeness(parted),
        kinds=Counter(str(row.get("api_unlikely_kind") or "unknown") for row in parted),
    )


def _margins(read: Sequence[Mapping[str, Any]]) -> BarChart | None:
    own = list(_above(row.get("api_token_margins") for row in read))
    floor = list(_above(row.get("api_floor_margins") for row in read))
    if not own and not floor:
        return None
    series = [("API", "api")]
    counts = [_grouped(own)]
    if any(row.get("api_floor_margins") is not None for row in read):
        series.append(("floor of the reference", "floor"))
        counts.append(_grouped(floor))
    says = "; ".join(f"{name}: {_listed(count)}" for (name, _), count in zip(series, counts, strict=True))
    return BarChart(says=f"Tokens by margin in nats. {says}.", groups=_GROUPS, series=series, counts=counts)


def _closeness(parted: Sequence[Mapping[str, Any]]) -> BarChart | None:
    if not parted:
        return None
    counts = _grouped([row["api_unlikely_margin"] for row in parted])
    says = f"Answers by the margin at their first unlikely token, in nats. {_listed(counts)}."
    return BarChart(says=says, groups=_GROUPS, series=[("answers", "api")], counts=[counts])


def _above(lists: Iterable[Sequence[float | None] | None]) -> Iterable[float]:
    return (margin for own in lists for margin in own or () if margin)


def _grouped(margins: Iterable[float]) -> list[int]:
    counts = Counter(bisect_left(_ENDS, margin) for margin in margins)
    return [counts[place] for place in range(len(_GROUPS))]


def _listed(counts: Sequence[int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in zip(_GROUPS, counts, strict=True))
