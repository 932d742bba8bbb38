"""Recordings are judged again, those of earlier experiments and this suite's own, and come to the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.labels import read_label
from tests.end_to_end.recording import GOOD, NO, ODD, REFUSAL, recorded_row, write_rows
from tests.end_to_end.running import run_in, without_times
from tests.places import SHARED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import RunAndRead

RECORDINGS = SHARED / "data" / "recordings"


def test_recording_of_the_20b_model_is_judged_by_both_of_its_numbers(run_and_read: RunAndRead) -> None:
    found = sorted(RECORDINGS.glob("*n50.parquet"))
    if not found:
        pytest.skip("recordings of gpt-oss-20b are not part of the project, and none lie beside it")

    done = run_and_read("--replay", found[0], "--policy", "toxic_detailed", rows=50)

    assert done.verdict is not None
    subject = done.verdict["subjects"][0]
    agreement = subject["criteria"][0]
    # 34 equal labels and 6 examples that both refuse.
    assert (agreement["name"], agreement["successes"], agreement["n"]) == ("label_agreement", 40, 50)
    assert subject["pairs_with_two_labels"] == {"n": 35, "agreeing": 34}
    assert "among the 35 pairs with two labels, 34 agree" in done.text
    assert sum(read_label(row["api_response"]).refused for row in done.rows) > 0
    assert done.status == 6, "the file does not say how far either model agrees with itself"


def test_results_of_a_run_replay_to_the_same_rows_and_verdict(run_and_read: RunAndRead, tmp_path: Path) -> None:
    odd = {3: ODD, 5: (REFUSAL, NO), 7: (None, NO), 9: ("analysisHm.assistantfinal0", NO)}
    made = [
        recorded_row(position, odd.get(position, GOOD), api_provider="groq", api_raw=None, api_error=None)
        for position in range(30)
    ]
    made[11] |= {"api_response": None, "api_error": "answered 500: oops", "api_raw": '{"status": 500}'}
    made[12] |= {"api_response": None, "api_error": "answered 401: no", "api_raw": '{"status": 401}'}
    made[13] |= {"api_response": None, "api_error": "not reached", "api_raw": '{"status": null}'}
    first = run_and_read("--replay", write_rows(tmp_path / "made.parquet", made), rows=30)
    again = tmp_path / "again"
    again.mkdir()

    second = run_in(again, "--replay", tmp_path / "report" / "results.parquet")

    assert without_times(second.rows) == without_times(first.rows)
    assert (second.status, second.closing) == (first.status, first.closing)
    assert {row["api_provider"] for row in second.rows if row["api_error"] is None} == {"groq"}
    assert second.verdict is not None
    assert first.verdict is not None
    assert second.verdict["subjects"][0]["criteria"] == first.verdict["subjects"][0]["criteria"]
