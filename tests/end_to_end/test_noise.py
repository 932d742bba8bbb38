"""Noise is measured on both sides of a run, and a recording has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.models import MINIATURE
from fixtures.miniature.mxfp4 import write_dequantised, write_quantised
from tests.end_to_end.running import run_in

if TYPE_CHECKING:
    from pathlib import Path

SIZE, PART = 10, 3

#: Labels of ten that quantising the miniature may change. Measured on the default sample: 3 labels of 100, 36 texts.
MOST_LABELS = 1


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


@pytest.mark.thorough
@pytest.mark.embedded
@pytest.mark.slow
def test_quantised_miniature_and_its_twins_agree_as_the_quantisation_allows_and_the_report_says_so(
    tmp_path: Path,
) -> None:
    quantised = write_quantised(tmp_path / "quantised")
    twins = {"same values": str(write_dequantised(tmp_path / "twin")), "not quantised": MINIATURE}
    options = ("--model", str(quantised), "--sample-size", str(SIZE), "--noise-size", str(SIZE), "-m", "not wire")
    done = {name: run_in(tmp_path, *options, "--noise-twin", twin) for name, twin in twins.items()}

    line = f"noise    LOCAL against itself, its twin in another format: 0 of {SIZE} texts differ, 0 labels"
    assert line in done["same values"].text
    assert "LOCAL against itself, its twin in another format" in done["not quantised"].text
    for run in done.values():
        assert run.verdict is not None, run.text
        assert run.verdict["verdict"] == "conforms"
        assert run.verdict["subjects"][0]["local"]["weights"].startswith("dequantised to float32, since ")
    assert done["not quantised"].verdict is not None
    noise = {one["change"]: one for one in done["not quantised"].verdict["subjects"][0]["noise"]}
    assert noise["twin"]["n"] == SIZE
    assert noise["twin"]["labels_differ"] <= MOST_LABELS


def test_twin_of_no_model_is_refused(tmp_path: Path) -> None:
    done = run_in(tmp_path, "--noise-twin", "MINIATURE")

    assert "--noise-twin is another checkpoint of a model: name the model with --model." in done.text
    assert done.status == 4
