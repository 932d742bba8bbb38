"""Noise is measured on both sides of a run, and a recording has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugin.running import run_in

if TYPE_CHECKING:
    from pathlib import Path

SIZE, PART = 10, 3


@pytest.mark.embedded
@pytest.mark.slow
def test_both_sides_are_compared_with_themselves_on_a_part_of_the_sample(tmp_path: Path) -> None:
    done = run_in(tmp_path, "--sample-size", str(SIZE), "--noise-size", str(PART), "-m", "not wire")

    assert done.verdict is not None, done.text
    noise = {one["change"]: one for one in done.verdict["subjects"][0]["noise"]}
    assert set(noise) == {"batch", "attention", "dtype", "repeat"}
    assert {one["n"] for one in noise.values()} == {PART}
    assert [noise[change]["texts_differ"] for change in ("batch", "attention", "repeat")] == [0, 0, 0]
    assert noise["repeat"]["side"] == "api"
    first = [row["example_id"] for row in done.rows[:PART]]
    assert noise["batch"]["examples"] == first
    assert "noise    LOCAL against itself, batch size 1: 0 of 3 texts differ, 0 labels" in done.text
    assert done.status == 0, done.text


@pytest.mark.parametrize("arguments", [("--noise-size", "0"), ("--noise-size", "-1")])
def test_noise_that_is_not_asked_for_is_not_collected(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run_in(tmp_path, "--collect-only", "-q", *arguments)

    if arguments[1] == "0":
        assert "test_noise" not in done.text
        assert done.status == 0
    else:
        assert "--noise-size must not be negative, not -1." in done.text
        assert done.status == 4
