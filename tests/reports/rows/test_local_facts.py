"""How local answers were made is read from the answers themselves, and told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reports.output.summary import local_lines
from reports.rows.local_facts import facts_of, with_local_facts
from tests.reports.material import about, row, said

if TYPE_CHECKING:
    from reports.rows.row import Row

SUBJECT = about(3, local={"model": "m", "dtype": "auto", "batch_size": 16, "attention": None})


def rows(*made: dict[str, Any]) -> list[Row]:
    return [
        row(said("1"), said("1", raw=json.dumps({"prompt": "p", "text": "t", "made": one})), position)
        for position, one in enumerate(made)
    ]


def test_what_only_loading_tells_stands_in_the_place_of_what_was_asked_for() -> None:
    told = with_local_facts(SUBJECT, rows(*[{"dtype": "bfloat16", "weights": "mxfp4 kernels", "batch_size": 16}] * 3))

    assert told.local.facts == {
        "model": "m",
        "dtype": "bfloat16",
        "batch_size": 16,
        "attention": None,
        "weights": "mxfp4 kernels",
    }
    assert list(local_lines(told.local)) == []
    assert SUBJECT.local.facts["dtype"] == "auto"


def test_largest_memory_and_smallest_batch_are_told_with_a_remedy() -> None:
    told = with_local_facts(
        SUBJECT,
        rows(
            {"batch_size": 16, "peak_memory_gib": 14.2},
            {"batch_size": 4, "peak_memory_gib": 15.9},
            {"batch_size": 8, "peak_memory_gib": 15.0},
        ),
    )

    assert told.local.facts["peak_memory_gib"] == 15.9
    assert told.local.facts["effective_batch_size"] == 4
    assert list(local_lines(told.local)) == [
        "LOCAL    memory ran out at batch size 16, and the work went on with 4: --local-batch-size 4 spares the tries."
    ]


def test_answers_made_in_two_ways_tell_of_both() -> None:
    told = with_local_facts(SUBJECT, rows({"gpu": "NVIDIA A"}, {"gpu": "NVIDIA B"}, {"gpu": "NVIDIA A"}))

    assert told.local.facts["gpu"] == "NVIDIA A and NVIDIA B"


def test_evidence_of_another_kind_tells_nothing() -> None:
    strange = [
        row(said("1"), said("1", raw=raw)) for raw in ("", 'no json, but "made"', '["made"]', '{"made": 3}', '{"a": 1}')
    ]

    assert facts_of(strange) == {}
    assert with_local_facts(SUBJECT, strange) == SUBJECT
    assert with_local_facts(about(1, local={"recorded": "file"}), rows({"batch_size": 4})).local.facts == {
        "recorded": "file"
    }
