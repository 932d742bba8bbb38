"""The whole way through the Responses API: alone, kept and played back, and beside chat completions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fixtures.known_differences import load_known_differences
from tests.end_to_end.running import run_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.embedded, pytest.mark.slow]

KNOWN = load_known_differences("transformers_serve_responses")
SIZE = ("--sample-size", "10", "--noise-size", "3")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("responses")


def test_run_conforms_and_is_kept(folder: Path) -> None:
    done = run_in(folder, "--api", "responses", *SIZE, "--record", folder / "kept.rec")

    assert done.status == 0, done.text
    assert done.verdict is not None
    (subject,) = done.verdict["subjects"]
    assert (subject["id"], subject["verdict"]) == ("miniature@responses", "conforms")
    assert subject["api"]["api"] == "responses"
    outcomes = [check["outcome"] for check in subject["checks"]]
    assert outcomes.count("known-difference") == len(KNOWN.entries) == done.text.count("known difference: ")
    assert {row["api_binary_label"] for row in done.rows} == {True, False}
    assert all("output" in json.loads(row["api_raw"]["response"]) for row in done.rows)
    names = {check["check"] for check in subject["checks"]}
    assert "previous-response-known" in names
    assert not names & {"stop-string-left-out", "stream-closed-with-done", "seed-honoured", "apis-count-alike"}


def test_kept_run_is_played_back_to_the_same_verdict(folder: Path) -> None:
    kept = folder / "kept.rec"
    if not kept.exists():
        pytest.fail("there is no recording: the run before this one failed")

    done = run_in(folder, "--api-from", kept, "--local-from", kept, *SIZE)

    assert done.status == 0, done.text
    assert done.verdict is not None
    (subject,) = done.verdict["subjects"]
    assert (subject["id"], subject["verdict"]) == ("miniature@responses", "conforms")
    outcomes = [check["outcome"] for check in subject["checks"]]
    assert outcomes.count("kept") > 30
    assert "known-difference" in outcomes


def test_both_apis_are_judged_and_compared(tmp_path: Path) -> None:
    done = run_in(tmp_path, "--api", "both", "--sample-size", "10", "--noise-size", "0")

    assert done.status == 0, done.text
    assert done.verdict is not None
    subjects = {subject["id"]: subject for subject in done.verdict["subjects"]}
    assert {name: one["verdict"] for name, one in subjects.items()} == {
        "miniature": "conforms",
        "miniature@responses": "conforms",
    }
    compared = {"apis-count-alike", "apis-answer-alike"}
    outcomes = {one["check"]: one["outcome"] for one in subjects["miniature@responses"]["checks"]}
    assert {name: outcomes[name] for name in compared} == dict.fromkeys(compared, "kept")
    assert not compared & {one["check"] for one in subjects["miniature"]["checks"]}
    assert "through both APIs 10 of 10 examples come to the same, and 10 of 10 prompts have one length" in done.text
