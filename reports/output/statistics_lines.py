"""What stands beside the criteria: noise, chance, direction, strata, power, and where texts part."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from backends.renderings.token_counter import token_counter
from reports.rows.divergence import divergence_histogram, divergence_of, histogram_lines
from reports.statistics.measures import (
    agreement_by_stratum,
    cohens_kappa,
    label_direction,
    label_pairs,
    power_sentence,
    smallest_share_caught,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.verdict.verdict import SubjectVerdict


def insight_lines(subject: SubjectVerdict) -> Iterator[str]:
    """Yields the lines for the summary; none where no row arrived."""
    if not subject.rows:
        return
    yield ""
    for measured in subject.noise:
        yield f"noise    {measured.told()}"
    systematic, random = len(subject.disagreements.systematic), len(subject.disagreements.random)
    if (systematic or random) and (subject.noise or subject.findings):
        yield f"of {systematic + random} disagreements, {systematic} systematic and {random} random"
    yield from _label_lines(subject)
    yield from histogram_lines(subject.rows)
    yield f"{power_sentence(len(subject.rows), _threshold(subject))}."


def _label_lines(subject: SubjectVerdict) -> Iterator[str]:
    kappa = cohens_kappa(label_pairs(subject.rows))
    if kappa is not None:
        yield f"Cohen's kappa of the labels {kappa:.3f}"
    direction = label_direction(subject.rows).told()
    if direction is not None:
        yield f"{direction}."
    strata = agreement_by_stratum(subject.rows)
    told = ", ".join(f"{part.name} {part.agreeing}/{part.n}" for part in strata)
    if told and any(part.agreeing < part.n for part in strata):
        yield f"labels agree by stratum: {told}"


def statistics_of(subject: SubjectVerdict) -> dict[str, Any]:
    """Returns the same as plain data, for `verdict.json`; empty where no row arrived."""
    rows = subject.rows
    if not rows:
        return {}
    histogram = divergence_histogram(rows)
    direction = label_direction(rows)
    return {
        "cohens_kappa": cohens_kappa(label_pairs(rows)),
        "direction": asdict(direction) | {"told": direction.told()},
        "strata": [asdict(part) for part in agreement_by_stratum(rows)],
        "power": {
            "smallest_share_caught": smallest_share_caught(len(rows), _threshold(subject)),
            "told": power_sentence(len(rows), _threshold(subject)),
        },
        "partings": {
            "where": {str(place): count for place, count in histogram.where.items()},
            "reasoning": histogram.reasoning,
            "one_sided": histogram.one_sided,
            "textless": histogram.textless,
            "examples": list(_partings(subject)),
        },
    }


def _threshold(subject: SubjectVerdict) -> float:
    return next(result.threshold for result in subject.criteria if result.name == "label_agreement")


def _partings(subject: SubjectVerdict) -> Iterator[dict[str, Any]]:
    """Yields where the texts of each pair that differs part; in tokens too, where the tokenizer is at hand."""
    parted = [row for row in subject.rows if _parts(row)]
    if not parted:
        return  # the tokenizer of a large model takes a second to load
    local = subject.about["local"]
    count = subject.counter() or token_counter(str(local.get("model", "")), local.get("revision"))
    for row in parted:
        parting = divergence_of(row, count)
        if parting is not None:
            yield {"example_id": row["example_id"], **asdict(parting)}


def _parts(row: Mapping[str, Any]) -> bool:
    parting = divergence_of(row)
    return parting is not None and parting.character is not None
