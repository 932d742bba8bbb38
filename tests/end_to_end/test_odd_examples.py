"""One example that disagrees does not fail the run, and can still be stopped at and run again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from tests.end_to_end.recording import GOOD, NO, ODD, YES, write_recording
from tests.end_to_end.running import MODES, run_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import Replay

ONE_ODD = [GOOD] * 3 + [ODD] + [GOOD] * 26


def test_one_odd_example_passes_and_last_failed_reruns_it_alone(replay: Replay) -> None:
    first = replay(ONE_ODD)
    again = replay(ONE_ODD, "--lf")
    part = again.folder / "report" / "partial"

    assert (first.status, first.counts) == (0, "89 passed, 1 disagreed")
    assert again.counts.startswith("1 disagreed")
    assert again.status == 6
    assert again.verdict == first.verdict
    assert pq.read_table(part / "results.parquet").column("example_id").to_pylist() == ["row-0003"]
    assert json.loads((part / "verdict.json").read_text(encoding="utf-8"))["complete"] is False


def test_stop_at_the_first_failure_stops_at_an_odd_example(replay: Replay) -> None:
    done = replay(ONE_ODD, "-x", rows=4)

    assert done.status == 6
    assert done.counts == "3 passed, 1 disagreed"
    assert "not complete" in done.closing


@pytest.mark.slow
def test_stop_at_the_first_failure_stops_under_xdist_too(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "recording.parquet", [ODD] * 200)

    done = run_in(tmp_path, "--replay", recording, "-x", *MODES["xdist"])

    assert done.status != 0
    assert 0 < len(done.rows) < 200
    assert done.verdict is not None
    assert done.verdict["verdict"] == "no-verdict"


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_equal_labels_in_other_words_disagree(replay: Replay, mode: str) -> None:
    done = replay([GOOD] * 29 + [("**Answer:** 1", YES)], *MODES[mode])

    assert (done.status, done.counts) == (0, "89 passed, 1 disagreed")
    assert "1 of 30 examples do not agree:" in done.text
    assert "'**Answer:** 1'" in done.text


@pytest.mark.slow
def test_odd_example_that_is_no_longer_odd_leaves_the_list_of_last_failures(replay: Replay) -> None:
    replay(ONE_ODD)
    replay([GOOD] * 30, "--lf")

    done = replay([GOOD] * 30, "--lf")

    assert (done.status, done.counts) == (0, "90 passed")


@pytest.mark.slow
def test_both_null_is_odd(replay: Replay) -> None:
    done = replay([GOOD] * 19 + [(None, None)], "-k", "final_answer")

    assert done.counts == "19 passed, 1 disagreed"
    assert [row["binary_match"] for row in done.rows].count(False) == 1
    assert {row["api_binary_label"] for row in done.rows} == {None, False}
    assert done.rows[0]["api_response"] == NO
