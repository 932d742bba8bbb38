"""Parts of one sample, asked at several times: which row of each example counts, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.errors import TRANSPORT_FAILURES
from reports.changes.likeness import Fact, keys_of, likeness_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.changes.likeness import Difference
    from reports.changes.report import Report, ToldSubject
    from reports.rows.row import Row

#: What two parts of one run may tell otherwise: a batch that memory cut, and where recorded answers lay.
_PASSING = ("effective_batch_size", "recorded")

#: How many missing examples a message names.
_NAMED = 5


class NoPartsError(ValueError):
    """Reports are no parts of one sample; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What parts of one sample come to together.

    Attributes:
        subject: as the first part tells of it.
        taken: of each part, by its place, the places of the rows that count among that subject's.
        overlapping: examples that more than one part holds.
    """

    subject: ToldSubject
    taken: tuple[tuple[int, ...], ...]
    overlapping: int


def merge_parts(reports: Sequence[Report], subject: str | None = None) -> Merged:
    """Returns which rows of which part count: the first one, or the first that was answered where that was not.

    Args:
        reports: parts, each with a verdict.
        subject: id of the subject; None where each part has one.

    Raises:
        NoPartsError: they are no parts of one sample, or not all of it.
    """
    parts = [_of(report, subject) for report in reports]
    for report, part in zip(reports[1:], parts[1:], strict=True):
        unlike = [one.told for one in likeness_of(parts[0], part).differences if _counts(one)]
        if unlike:
            raise NoPartsError(f"{report.name} is no part of the run in {reports[0].name}: {'; '.join(unlike)}.")
    chosen: dict[tuple[str, str, int], tuple[int, int, Row]] = {}
    held = [keys_of(part.rows) for part in parts]
    for place, rows in enumerate(held):
        for at, (key, row) in enumerate(rows.items()):
            if key not in chosen or (_unanswered(chosen[key][2]) and not _unanswered(row)):
                chosen[key] = place, at, row
    _require_whole(parts, {row.example_id for _, _, row in chosen.values()})
    return Merged(
        subject=parts[0],
        taken=tuple(tuple(at for part, at, _ in chosen.values() if part == place) for place in range(len(parts))),
        overlapping=sum(map(len, held)) - len(chosen),
    )


def _of(report: Report, name: str | None) -> ToldSubject:
    found = [one for one in report.subjects if name in (None, one.id)]
    if len(found) == 1 and found[0].rows and found[0].sample.get("sha256"):
        return found[0]
    there = ", ".join(one.id for one in report.subjects) or "none"
    if len(found) > 1:
        raise NoPartsError(f"{report.name} tells of more than one subject ({there}): name one with --subject.")
    if not found:
        raise NoPartsError(f"{report.name} does not tell of {name}; its subjects: {there}.")
    raise NoPartsError(f"{report.name} tells of no sample, or has no results.parquet: it is no part of one.")


def _counts(difference: Difference) -> bool:
    """Returns whether parts of one run cannot differ like this."""
    return difference.fact is not Fact.THRESHOLDS and difference.detail not in _PASSING


def _unanswered(row: Row) -> bool:
    return bool({row.api.failure, None if row.audited else row.local.failure} & TRANSPORT_FAILURES)


def _require_whole(parts: Sequence[ToldSubject], there: set[str]) -> None:
    """Raises NoPartsError where examples of the sample are in no part."""
    missing = list(_missing(parts, there))
    size = parts[0].sample.get("size")
    if len(there) == size:
        return
    named = f", such as {', '.join(missing[:_NAMED])}" if missing else ""
    held = f"The parts hold {len(there)} of the sample's {size} examples"
    raise NoPartsError(f"{held}, and lack others{named}: run those, and name their report too.")


def _missing(parts: Sequence[ToldSubject], there: set[str]) -> Iterator[str]:
    yield from dict.fromkeys(name for part in parts for name in part.missing if name not in there)
