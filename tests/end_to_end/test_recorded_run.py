"""The whole way: the miniature's run is recorded, and played back on another day, without the model's libraries."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.known_differences import load_known_differences
from tests.end_to_end.another_machine import LOCAL_LIBRARIES, make_other_machine
from tests.end_to_end.running import SPENT, Finished, run_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.embedded, pytest.mark.slow]

ASKED = ("--sample-size", "12", "--noise-size", "4", "--no-cache")

#: The recording is older than the runs that play it back.
DAYS_AGO = 47

#: How large a default run's recording may be for it to be committed to a repository.
LARGEST = 300 * 1024

#: Says which of the libraries a process of a run imported.
_TELLING = """
import json, os, pathlib, sys

def pytest_unconfigure(config):
    there = sorted({"torch", "transformers", "tokenizers"} & set(sys.modules))
    pathlib.Path(os.environ["TELL"], f"told-{os.getpid()}.json").write_text(json.dumps(there))
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the recording lies."""
    return tmp_path_factory.mktemp("recording") / "miniature.rec"


@pytest.fixture(scope="module")
def recorded(path: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The run that made it, in two processes."""
    machine = make_other_machine(tmp_path_factory.mktemp("machine"), days=-DAYS_AGO)
    done = run_in(machine, *ASKED, "-n", "2", "--record", path, timeout_s=600, fresh=True)
    assert f"recorded {path} (" in done.text, done.text
    return done


def _without(rows: list[dict[str, Any]], *columns: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in columns} for row in rows]


def _judged(done: Finished, *left_out: str) -> dict[str, Any]:
    assert done.verdict is not None, done.text
    (subject,) = done.verdict["subjects"]
    return {name: value for name, value in subject.items() if name not in ("api", "local", *SPENT, *left_out)}


def test_recording_is_small_and_holds_the_prompts_of_its_day(recorded: Finished, path: Path) -> None:
    assert recorded.status == 0, recorded.text
    assert path.stat().st_size < LARGEST
    with zipfile.ZipFile(path) as file:
        manifest = json.loads(file.read("manifest.json"))
        everything = b"".join(file.read(name) for name in file.namelist())
    day = manifest["subjects"][0]["arms"]["api"]["day"]
    assert f"Current date: {day}".encode() in everything
    assert str(path.parent.parent).encode() not in everything
    assert b"miniature/checkpoint" not in everything


def test_checks_that_differ_as_known_pass_and_are_told_also_in_two_processes(recorded: Finished) -> None:
    listed = load_known_differences("transformers_serve").entries
    checks = _judged(recorded)["checks"]
    outcomes = [check["outcome"] for check in checks]
    assert outcomes.count("known-difference") == len(listed) == recorded.text.count("known difference: ")
    assert outcomes.count("kept") == len(outcomes) - len(listed) > 40
    rendered = {check["id"]: check["message"] for check in checks if check["check"] == "prompt-length-legitimate"}
    assert rendered["test_prompt.py::test_prompt_is_as_long_as_a_legitimate_rendering[policy]"] == (
        "the prompt is rendered with date line, blank line"
    )
    assert "noted: 7 checks, the prompt is rendered with date line, blank line" in recorded.text


@pytest.mark.parametrize("mode", [(), ("-n", "2")], ids=["plain", "xdist"])
def test_both_sides_are_played_back_to_the_same_without_the_models_libraries(
    recorded: Finished, path: Path, tmp_path: Path, mode: tuple[str, ...]
) -> None:
    make_other_machine(tmp_path, missing=LOCAL_LIBRARIES)
    (tmp_path / "telling.py").write_text(_TELLING, encoding="utf-8")

    played = ("--api-from", path, "--local-from", path, "-p", "telling")
    again = run_in(tmp_path, *ASKED, *mode, *played, env={"TELL": str(tmp_path)}, fresh=True)

    assert (again.status, again.closing, again.counts) == (recorded.status, recorded.closing, recorded.counts)
    assert again.rows == recorded.rows
    assert _judged(again) == _judged(recorded)
    told = [json.loads(file.read_text()) for file in tmp_path.glob("told-*.json")]
    assert told
    assert all(there == [] for there in told)


def test_live_reference_beside_the_recorded_endpoint_answers_as_on_its_day(
    recorded: Finished, path: Path, tmp_path: Path
) -> None:
    done = run_in(tmp_path, *ASKED, "--api-from", path)

    assert (done.status, done.closing) == (recorded.status, recorded.closing), done.text
    assert _without(done.rows, "local_latency_s") == _without(recorded.rows, "local_latency_s")
    assert _judged(done, "noise") == _judged(recorded, "noise")


def test_live_endpoint_beside_the_recorded_reference_conforms_on_another_day(
    recorded: Finished, path: Path, tmp_path: Path
) -> None:
    done = run_in(tmp_path, *ASKED, "--local-from", path)

    assert done.status == recorded.status == 0, done.text
    local = [name for name in recorded.rows[0] if name.startswith("local_")]
    assert [[row[name] for name in local] for row in done.rows] == [
        [row[name] for name in local] for row in recorded.rows
    ]
    assert "(LOCAL): texts may part by that alone" in done.text
    assert "LOCAL against itself, another date in the prompt" in done.text
    told = _judged(done)["checks"]
    checks = {check["id"]: check["outcome"] for check in told}
    assert checks["test_prompt.py::test_raw_route_gives_the_answer_of_the_chat_route"] == "kept"
    assert set(checks.values()) == {"kept", "known-difference"}
