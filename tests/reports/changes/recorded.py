"""Pairs of runs of one faithful endpoint, drawn from real answers of an API that was asked twice."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from backends.labels import read_label
from backends.outcome import read_outcome
from fixtures.toxicchat import Example
from reports.changes import report_of
from reports.output.files import verdict_as_data
from reports.rows.comparison import Comparison
from reports.verdict.judge import judge
from reports.verdict.verdict import Verdict
from tests.places import SHARED
from tests.reports.material import CONTEXT, NO, PROSE, REFUSAL, YES, about, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.completion import Completion
    from reports.changes import Report
    from reports.rows.row import Row

RECORDINGS = SHARED / "data" / "recordings"

#: An example, and the two answers that it got on two days.
Asked = tuple[Example, tuple["Completion", "Completion"]]


def asked_twice(model: str) -> list[Asked]:
    """Returns what the API of a model said on two days; empty where the files are not there."""
    found = sorted(RECORDINGS.glob(f"api_asked_twice__{model}_n*.parquet"))
    return [
        (
            Example(example_id=f"row-{place:04}", conv_id=told["conv_id"], user_input=told["text"], toxicity=0),
            (
                said(told["api_response"], told["api_reasoning"]),
                said(told["api_again_response"], told["api_again_reasoning"]),
            ),
        )
        for path in found
        for place, told in enumerate(pq.read_table(path).to_pylist())
    ]


def two_runs(asked: Sequence[Asked], seed: int, size: int = 100, *, mixed: bool = True) -> tuple[Report, Report]:
    """Returns two runs over one sample, judged: which of an example's answers either of them got is chance.

    The reference's answer is one of the two as well, whichever it was: the older and the newer run can be swapped.

    Args:
        asked: examples with two answers each.
        seed: of the draw.
        size: of the sample.
        mixed: False gives the older run, and the reference, all first answers.
    """
    draw = random.Random(seed)  # noqa: S311 - a draw of a test
    chosen = draw.sample(list(asked), size)
    places = [(draw.randrange(2), draw.randrange(2)) if mixed else (0, 0) for _ in chosen]
    runs: tuple[list[Row], list[Row]] = ([], [])
    for (example, answers), (first, reference) in zip(chosen, places, strict=True):
        for rows, place in zip(runs, (first, 1 - first), strict=True):
            rows.append(_row(example, answers[place], answers[reference]))
    return judged("older", runs[0]), judged("newer", runs[1])


def drawn_runs(seed: int, size: int = 100) -> tuple[Report, Report]:
    """Returns two runs of a restless model that nobody has: a third of its examples may come to this or to that."""
    draw = random.Random(seed)  # noqa: S311 - a draw of a test
    words = [
        "we",
        "see",
        "that",
        "the",
        "user",
        "asks",
        "for",
        "something",
        "and",
        "so",
        "it",
        "may",
        "be",
        "toxic",
        "or",
        "not",
    ]
    runs: tuple[list[Row], list[Row]] = ([], [])
    for place in range(size):
        example = Example(example_id=f"row-{place:04}", conv_id=f"conv-{place}", user_input=f"text {place}", toxicity=0)
        ways = draw.sample((YES, NO, REFUSAL, PROSE), 2) if draw.random() < 1 / 3 else [draw.choice((YES, NO))] * 2
        odds = draw.uniform(0.1, 0.9)
        local = _drawn(draw, ways, odds, words)
        for rows in runs:
            rows.append(_row(example, _drawn(draw, ways, odds, words), local))
    return judged("older", runs[0]), judged("newer", runs[1])


def _drawn(draw: random.Random, ways: Sequence[str], odds: float, words: Sequence[str]) -> Completion:
    return said(ways[draw.random() < odds], " ".join(draw.choices(words, k=draw.randrange(20, 60))))


def _row(example: Example, api: Completion, local: Completion) -> Row:
    sides = (read_outcome(answer, read_label) for answer in (api, local))
    return Comparison(example=example, api=next(sides), local=next(sides)).as_row(**CONTEXT)


def judged(name: str, rows: Sequence[Row]) -> Report:
    """Returns the report of a run with these rows."""
    verdict = Verdict(subjects=(judge(about([row.example_id for row in rows]), rows, {}),))
    return report_of(name, verdict_as_data(verdict), rows)
