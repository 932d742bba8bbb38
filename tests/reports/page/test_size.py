"""The page of 100 examples stays under 2 MB and that of 1,000 under 15 MB, whatever the examples hold."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.reports.page.runs import data_of, scored_row, some_checks, write_run

if TYPE_CHECKING:
    from pathlib import Path

    from reports.rows.row import Row

MEGABYTE = 1_000_000


def _words(n: int, seed: int) -> str:
    chance = random.Random(seed)  # noqa: S311 - words for a page
    return " ".join("".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(n))


def real_size(n: int) -> list[Row]:
    """Returns rows as gpt-oss makes them: 300 words of reasoning, 60 of answer, no two alike."""
    return [
        scored_row(
            place,
            text=_words(60, place),
            truth=place % 2,
            api=(_words(300, place + 10_000), _words(60, place + 20_000)),
            local=(_words(300, place + 30_000), _words(60, place + 40_000)),
            margins={at: 0.1 * at for at in range(5, 300, 10)},
            raw=json.dumps([_words(30, place + 50_000)] * 3),
        )
        for place in range(n)
    ]


def test_page_of_100_examples_is_under_2_megabytes_and_cuts_no_text(tmp_path: Path) -> None:
    page = write_run(tmp_path, real_size(100), wire=some_checks())

    assert page.stat().st_size < 2 * MEGABYTE
    assert "[cut here" not in json.dumps([one["api"] for one in data_of(page.read_text(encoding="utf-8"))["examples"]])


@pytest.mark.thorough
@pytest.mark.slow
def test_page_of_1000_examples_is_under_15_megabytes(tmp_path: Path) -> None:
    assert write_run(tmp_path, real_size(1000)).stat().st_size < 15 * MEGABYTE


@pytest.mark.parametrize("sign", ["x", "<", "\u202e", "\u0645 "])
def test_endless_texts_are_cut_until_the_page_is_small_enough(tmp_path: Path, sign: str) -> None:
    text = sign * 12_000
    one = scored_row(0, text=text, api=(text, text), local=("no", "no"), raw=text)
    rows = [replace(one, example_id=f"toxicchat-{place:04}") for place in range(100)]

    page = write_run(tmp_path, rows)

    assert page.stat().st_size < 2 * MEGABYTE
    assert "characters in all]" in page.read_text(encoding="utf-8")
