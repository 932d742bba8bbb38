"""Statistics as text and as plain data: noise, chance, direction, strata, power, and where texts part."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from backends.renderings.token_counter import token_counter
from reports.rows.divergence import divergence_histogram, divergence_of, histogram_lines
from reports.statistics.measures import (
    agreement_by_stratum,
    audit_power_sentence,
    cohens_kappa,
    label_direction,
    label_pairs,
    power_sentence,
    smallest_share_caught,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.rows.row import Row
    from reports.verdict.verdict import SubjectVerdict


def statistics_lines(judged: SubjectVerdict) -> Iterator[str]:
    """Yields the lines for the summary; none where no row arrived."""
    if not judged.rows:
        return
    yield ""
    for measured in judged.noise:
        yield f"noise    {measured.describe()}"
    if judged.tokens is not None:
        yield f"tokens   {judged.tokens.says}"
    systematic, random = len(judged.disagreements.systematic), len(judged.disagreements.random)
    if (systematic or random) and (judged.noise or judged.findings):
        yield f"of {systematic + random} disagreements, {systematic} systematic and {random} random"
    if judged.subject.audit:
        yield f"{audit_power_sentence(judged.tokens)}."
        return
    yield from _label_lines(judged)
    yield from histogram_lines(judged.rows)
    yield f"{power_sentence(len(judged.rows), _threshold(judged))}."


def _label_lines(judged: SubjectVerdict) -> Iterator[str]:
    kappa = cohens_kappa(label_pairs(judged.rows))
    if kappa is not None:
        yield f"Cohen's kappa of the labels {kappa:.3f}"
    direction = label_direction(judged.rows).describe()
    if direction is not None:
        yield f"{direction}."
    strata = agreement_by_stratum(judged.rows)
    told = ", ".join(f"{part.name} {part.agreeing}/{part.n}" for part in strata)
    if told and any(part.agreeing < part.n for part in strata):
        yield f"outcomes agree by stratum: {told}"


def statistics_of(judged: SubjectVerdict) -> dict[str, Any]:
    """Returns the same as plain data, for `verdict.json`; empty where no row arrived.

    Null is what an audit does not look at.
    """
    rows = judged.rows
    if not rows:
        return {}
    if judged.subject.audit:
        told = {"smallest_share_caught": None, "told": audit_power_sentence(judged.tokens)}
        return dict.fromkeys(("cohens_kappa", "direction", "strata", "partings", "asymmetries")) | {"power": told}
    histogram = divergence_histogram(rows)
    direction = label_direction(rows)
    return {
        "cohens_kappa": cohens_kappa(label_pairs(rows)),
        "direction": asdict(direction) | {"told": direction.describe()},
        "asymmetries": [asdict(found) for found in judged.asymmetries],
        "strata": [asdict(part) for part in agreement_by_stratum(rows)],
        "power": {
            "smallest_share_caught": smallest_share_caught(len(rows), _threshold(judged)),
            "told": power_sentence(len(rows), _threshold(judged)),
        },
        "partings": {
            "where": {str(place): count for place, count in histogram.where.items()},
            "reasoning": histogram.reasoning,
            "one_sided": histogram.one_sided,
            "textless": histogram.textless,
            "examples": list(_divergences(judged)),
        },
    }


def _threshold(judged: SubjectVerdict) -> float:
    return next(result.threshold for result in judged.criteria if result.name == "label_agreement")


def _divergences(judged: SubjectVerdict) -> Iterator[dict[str, Any]]:
    """Yields where the texts of each pair that differs part; in tokens too, where the tokenizer is at hand."""
    differing = [row for row in judged.rows if _differs(row)]
    if not differing:
        return  # the tokenizer of a large model takes a second to load
    local = judged.subject.local
    count = judged.counter() or token_counter(local.model or "", local.revision)
    for row in differing:
        divergence = divergence_of(row, count)
        if divergence is not None:
            yield {"example_id": row.example_id, **asdict(divergence)}


def _differs(row: Row) -> bool:
    divergence = divergence_of(row)
    return divergence is not None and divergence.character is not None
