"""`--baseline` holds a run against an earlier one, at once: in the terminal, the files and the exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.recording import GOOD, NO, YES, write_recording
from tests.end_to_end.running import MODES, run_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.end_to_end.conftest import Replay
    from tests.end_to_end.recording import Pair

FAITHFUL: list[Pair] = [(NO, NO), (YES, YES)] * 50

#: Fewer examples agree, no side says toxic more often, and nobody knows how often the model agrees with itself.
FALLEN: list[Pair] = [(YES, NO), (NO, YES)] * 6 + FAITHFUL[12:]


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The report of a run without a fault."""
    return _earlier(tmp_path, FAITHFUL)


def _earlier(tmp_path: Path, pairs: Sequence[Pair]) -> Path:
    folder = tmp_path / "earlier"
    folder.mkdir()
    done = run_in(folder, "--replay", write_recording(folder / "made.parquet", pairs))
    assert done.verdict is not None
    return folder / "report"


@pytest.mark.parametrize(
    "mode", [pytest.param(mode, marks=() if mode == "plain" else pytest.mark.slow) for mode in MODES]
)
def test_regression_makes_status_1_of_a_run_that_accuses_nobody(replay: Replay, earlier: Path, mode: str) -> None:
    done = replay(FALLEN, "--baseline", earlier, *MODES[mode])

    assert done.verdict is not None
    assert (done.verdict["verdict"], done.status) == ("no-verdict", 1), done.text
    assert "regression: replay: label_agreement fell from 1.000 to 0.880 on 100 examples" in done.text
    assert done.closing.startswith("verdict: no-verdict. ")
    baseline = done.verdict["baseline"]
    assert (baseline["regression"], baseline["older"], baseline["newer"]) == (True, str(earlier), "this run")
    assert len(baseline["subjects"][0]["flips"]) == 12
    summary = (done.folder / "report" / "summary.md").read_text(encoding="utf-8")
    assert "## Compared with an earlier run\n\n**regression: replay" in summary
    assert "| label_agreement | 1.000 | 0.880 |" in summary


def test_run_without_a_change_ends_as_it_would_alone(replay: Replay, earlier: Path) -> None:
    done = replay(FAITHFUL, "--baseline", earlier / "results.parquet")

    assert done.status == 0, done.text
    assert "\nno change beyond chance.\n" in done.text
    assert done.verdict is not None
    assert done.verdict["baseline"]["regression"] is False


def test_baseline_is_read_before_the_run_takes_its_place(replay: Replay) -> None:
    first = replay(FAITHFUL)

    again = replay(FALLEN, "--baseline", first.folder / "report")

    assert again.status == 1, again.text
    assert "fell from 1.000 to 0.880" in again.text


@pytest.mark.parametrize("mode", ["plain", pytest.param("xdist", marks=pytest.mark.slow)])
def test_baseline_of_another_sample_ends_the_run_before_it_begins(tmp_path: Path, earlier: Path, mode: str) -> None:
    path = write_recording(tmp_path / "other.parquet", [GOOD] * 30)

    done = run_in(tmp_path, "--replay", path, "--baseline", earlier, *MODES[mode])

    assert done.status == 4, done.text
    assert done.verdict is None
    assert "--baseline: replay: the reports do not tell of the same: the sample: 100 examples" in done.text


def test_baseline_that_is_no_report_is_one_sentence(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "made.parquet", FAITHFUL)

    done = run_in(tmp_path, "--replay", path, "--baseline", tmp_path / "nowhere")

    assert done.status == 4
    assert f"--baseline: {tmp_path}/nowhere holds no report: name a report's folder" in done.text
