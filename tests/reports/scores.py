"""Scores of answers, made the way a run's rows and its changed references carry them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backends.score import Part, Score, TokenSource, UnlikelyToken
from reports.rows.variant_scores import VariantScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.rows.row import Row


def score(*margins: float, tokens: int = 100, start: int = 0) -> Score:
    """Returns a score with unlikely tokens of these margins, in nats, at the places from `start` on."""
    unlikely = tuple(
        UnlikelyToken(position=start + place, part=Part.REASONING, written="a", likeliest="b", margin=margin, rank=2)
        for place, margin in enumerate(margins)
    )
    return Score(
        answer="0" * 64, source=TokenSource.REBUILT, tokens=tokens, unlikely=unlikely, log_probability=-sum(margins)
    )


def scored(rows: Sequence[Row], margins: Sequence[Sequence[float]]) -> list[Row]:
    """Returns the rows, each with a score; those behind the last margins have none that is unlikely."""
    found = [*margins, *([()] * (len(rows) - len(margins)))]
    return [replace(row, api_scoring=score(*own)) for row, own in zip(rows, found, strict=True)]


def reading(rows: Sequence[Row], margins: Sequence[Sequence[float]], change: str = "dtype") -> VariantScores:
    """Returns what a changed reference holds of the answers that `scored` made.

    Where they have unlikely tokens it holds the same as the reference, and it has margins of its own at other places.
    """
    found = [*margins, *([()] * (len(rows) - len(margins)))]
    readings = {row.example_id: _read(row, own) for row, own in zip(rows, found, strict=True)}
    return VariantScores(subject="small", side="local", change=change, scorings={}, readings=readings)


def _read(row: Row, margins: Sequence[float]) -> Score:
    theirs = score(*margins, start=50)
    held = () if row.api_score is None else row.api_score.unlikely
    return replace(theirs, unlikely=(*held, *theirs.unlikely))
