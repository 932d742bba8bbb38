"""The exit status says how the run ended, in every mode: 0, 1, 6, or pytest's own word."""

from __future__ import annotations

import html
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from backends.system.versions import suite_version
from reports.rows.parquet import RUN_METADATA
from tests.end_to_end.recording import GOOD, NO, ODD, REFUSAL, Pair, recorded_row, write_rows
from tests.end_to_end.running import MODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.end_to_end.conftest import Replay, RunAndRead

#: What comes of which answers; five odd ones in a hundred are the most that agreement of 95% allows.
OUTCOMES = {
    "conforms": ([GOOD] * 95 + [ODD] * 5, 0),
    "differs": ([GOOD] * 80 + [ODD] * 20, 1),
    "no-verdict": ([GOOD] * 9, 6),
}


@pytest.mark.parametrize(
    ("outcome", "mode"),
    [
        pytest.param(outcome, mode, marks=() if mode == "plain" else pytest.mark.slow)
        for outcome in OUTCOMES
        for mode in MODES
    ],
)
def test_exit_status_is_the_verdicts(replay: Replay, outcome: str, mode: str) -> None:
    pairs, status = OUTCOMES[outcome]

    done = replay(pairs, *MODES[mode])

    assert done.status == status, done.text
    assert done.verdict is not None
    assert (done.verdict["verdict"], done.verdict["complete"]) == (outcome, True)
    assert done.closing.startswith(f"verdict: {outcome}. ")
    assert [row["example_id"] for row in done.rows] == [f"row-{position:04}" for position in range(len(pairs))]


def test_report_says_what_was_run(replay: Replay) -> None:
    token = "hf_" + "abcdefghijklmnopqrstuvwxyz"

    done = replay([GOOD] * 20, "--max-new-tokens", "77", "--policy", "toxic_detailed", "-k", f"not {token}")

    assert done.verdict is not None
    run = done.verdict["run"]
    assert run["started"] <= run["finished"]
    assert "--max-new-tokens 77 --policy toxic_detailed" in run["command"]
    assert token not in run["command"]
    assert (run["suite_version"], run["prompt"]["max_new_tokens"]) == (suite_version(), 77)
    assert len(run["policy"]["sha256"]) == 64
    assert done.verdict["subjects"][0]["policy"] == run["policy"]
    kept = pq.read_schema(done.folder / "report" / "results.parquet").metadata[RUN_METADATA.encode()]
    assert json.loads(kept) == run
    assert "\nwire checks: not run\n" in done.text
    assert "effort medium, temperature 0, at most 77 tokens" in done.text


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_junit_file_fails_where_the_run_does(replay: Replay, tmp_path: Path, outcome: str) -> None:
    pairs, status = OUTCOMES[outcome]

    done = replay(pairs, "--junitxml", tmp_path / "junit.xml")

    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - this run wrote it
    failed = [case.attrib["name"] for case in root.iter("testcase") if case.find("failure") is not None]
    assert done.status == status
    assert bool(failed) is (status != 0)
    assert ("verdict" in failed) is (status != 0)
    # Noise was not measured: nothing tells whether the same model would agree more often.
    assert all(suite.attrib["errors"] == "0" for suite in root)
    assert sum(int(suite.attrib["failures"]) for suite in root) == len(failed)


def test_viewer_of_junit_files_shows_the_verdict_and_its_reason(replay: Replay, tmp_path: Path) -> None:
    done = replay([(REFUSAL, NO)] * 20, "--junitxml", tmp_path / "junit.xml")

    viewer = Path(sys.executable).with_name("junit2html")
    subprocess.run([viewer, "junit.xml", "junit.html"], cwd=tmp_path, check=True, capture_output=True)

    page = html.unescape((tmp_path / "junit.html").read_text(encoding="utf-8"))
    assert "[F] conformance.replay : verdict" in page
    assert done.closing.removeprefix("verdict: differs. ") in page
    for criterion in ("label_agreement", "response_similarity", "api_parsed", "local_parsed"):
        assert criterion in page


def test_junit_file_fails_where_the_report_could_not_be_written(replay: Replay, tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "results.parquet").mkdir()

    done = replay([GOOD] * 20, "--junitxml", tmp_path / "junit.xml", rows=0)

    root = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - this run wrote it
    (failure,) = root.iter("failure")
    assert done.status == 1
    assert "The report could not be written" in failure.attrib["message"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ([(None, NO)] * 20, "differs"),
        ([(NO, None)] * 20, "no-verdict"),
        ([(NO, REFUSAL)] * 20, "differs"),
        ([(REFUSAL, REFUSAL)] * 20, "conforms"),
    ],
    ids=["null-answers", "no-reference", "another-model", "two-refusals"],
)
def test_null_answers_are_held_against_the_endpoint_a_mute_reference_is_not_and_refusals_are_answers(
    replay: Replay, pairs: Sequence[Pair], word: str
) -> None:
    done = replay(pairs)

    assert done.status == {"conforms": 0, "differs": 1, "no-verdict": 6}[word]
    assert done.closing.startswith(f"verdict: {word}. ")


@pytest.mark.slow
def test_replay_takes_what_was_asked_again_as_its_ceiling(run_and_read: RunAndRead, tmp_path: Path) -> None:
    pairs = [GOOD] * 160 + [(REFUSAL, NO), (NO, REFUSAL)] * 20
    again = [NO] * 160 + [REFUSAL, NO] * 20
    rows = [
        recorded_row(place, pair, local_again_response=said, local_again_reasoning="Because.")
        for place, (pair, said) in enumerate(zip(pairs, again, strict=True))
    ]
    bare = [{name: value for name, value in row.items() if "again" not in name} for row in rows]

    done = run_and_read("--replay", write_rows(tmp_path / "again.parquet", rows), rows=200)
    without = run_and_read("--replay", write_rows(tmp_path / "bare.parquet", bare), rows=200)

    assert (done.status, without.status) == (0, 6)
    level = "label_agreement 0.800 is as close to the reference as the reference is to itself"
    assert f"{level} (0.800: LOCAL against itself, asked again)" in done.closing
    assert "; how far the same model agrees with itself was not measured" in without.closing


def test_side_that_never_answered_leaves_no_verdict(run_and_read: RunAndRead, tmp_path: Path) -> None:
    error = {"api_response": None, "api_reasoning": None, "api_error": "http://x could not be reached."}
    made = [recorded_row(position, GOOD, **error) for position in range(20)]

    done = run_and_read("--replay", write_rows(tmp_path / "silent.parquet", made), rows=20)

    assert done.status == 6
    assert done.closing == "verdict: no-verdict. The API side never answered: http://x could not be reached."
    assert {row["api_error"] for row in done.rows} == {"http://x could not be reached."}


@pytest.mark.parametrize(
    "selection",
    [
        ("-k", "well_formed"),
        pytest.param(("-k", "row-0003"), marks=pytest.mark.slow),
        pytest.param(("--deselect", "conformance/test_agreement.py"), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_deselected_part_leaves_no_verdict(replay: Replay, selection: tuple[str, str]) -> None:
    done = replay([GOOD] * 20, *selection, rows=1 if selection[1] == "row-0003" else 0)

    assert done.status == 6
    assert done.verdict is not None
    assert done.verdict["complete"] is False
    assert "not complete" in done.closing


@pytest.mark.slow
def test_selection_that_keeps_every_row_is_complete(replay: Replay) -> None:
    done = replay([GOOD] * 20, "-k", "final_answer")

    assert (done.status, done.counts) == (0, "20 passed")


def test_other_failing_test_fails_the_run_though_the_verdict_conforms(replay: Replay, tmp_path: Path) -> None:
    other = tmp_path / "test_other.py"
    other.write_text("def test_other():\n    assert False\n", encoding="utf-8")

    done = replay([GOOD] * 20, other)

    assert done.status == 1
    assert done.closing.startswith("verdict: conforms. ")
    assert done.counts == "1 failed, 60 passed"


def test_no_conformance_test_selected_means_no_verdict_and_no_file(replay: Replay) -> None:
    done = replay([GOOD] * 20, "-k", "no_such_test", rows=0)

    assert done.status == pytest.ExitCode.NO_TESTS_COLLECTED
    assert done.verdict is None
    assert not (done.folder / "report").exists()


def test_interrupt_stays_pytests_own_and_leaves_what_arrived(replay: Replay, tmp_path: Path) -> None:
    (tmp_path / "interrupting.py").write_text(
        "def pytest_runtest_call(item):\n    if 'row-0007' in item.name:\n        raise KeyboardInterrupt\n",
        encoding="utf-8",
    )

    done = replay([GOOD] * 20, "-p", "interrupting", rows=8)

    assert done.status == pytest.ExitCode.INTERRUPTED
    assert done.verdict is not None
    assert (done.verdict["verdict"], done.verdict["complete"]) == ("no-verdict", False)


def test_thresholds_and_a_policy_of_the_users_own_decide(replay: Replay, tmp_path: Path) -> None:
    policy = tmp_path / "mine.md"
    policy.write_text("Answer 1 for toxic and 0 for harmless text.", encoding="utf-8")
    options = ("--min-agreement", "0.9", "--min-similarity", "0.9", "--min-parsed", "1", "--policy", policy)

    done = replay([GOOD] * 18 + [ODD] * 2, *options)

    assert done.status == 0
    assert done.verdict is not None
    told = {one["name"]: one["threshold"] for one in done.verdict["subjects"][0]["criteria"]}
    assert told == {"label_agreement": 0.9, "response_similarity": 0.9, "api_parsed": 1.0, "local_parsed": 1.0}
    assert {row["policy"] for row in done.rows} == {"mine"}
