"""What was run stands in the verdict file, short in the summary, and in the metadata of the results."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from reports.output.files import verdict_as_data, write_report
from reports.output.markdown_summary import summary_markdown
from reports.output.run_lines import reading_in_words
from reports.output.summary import summary_lines
from reports.rows.parquet import RUN_METADATA
from reports.run_record import RunRecord
from reports.verdict.judge import judge
from reports.verdict.verdict import Verdict
from tests.reports.material import YES, about, checks, rows, said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reports.checks.check import Check

STARTED = dt.datetime(2026, 11, 29, 14, 30, 5, tzinfo=dt.UTC)

ASKED: dict[str, Any] = {
    "policy": {"name": "mine", "sha256": "cd" * 32, "reading": {"labels": {"bad": True}, "pointer": "/v"}},
    "prompt": {"reasoning_effort": "low", "temperature": 0.0, "max_new_tokens": 77, "date": None},
    "data_set": {"source": "bundled", "columns": None},
}

RECORD = RunRecord(
    id="5" * 32,
    started=STARTED,
    finished=STARTED + dt.timedelta(seconds=95),
    command="pytest conformance --policy mine.md",
    suite_version="1.2.3",
    commit="e" * 40,
    asked=ASKED,
)


def _verdict(found: Sequence[Check] = (), run: RunRecord | None = RECORD) -> Verdict:
    judged = judge(about(30), rows((said(YES), said(YES), 30)), {}, checks=found)
    return Verdict(subjects=(judged,), run=run)


def test_verdict_file_tells_what_was_run() -> None:
    assert verdict_as_data(_verdict())["run"] == {
        "id": "5" * 32,
        "started": "2026-11-29T14:30:05+00:00",
        "finished": "2026-11-29T14:31:40+00:00",
        "command": "pytest conformance --policy mine.md",
        "suite_version": "1.2.3",
        "commit": "e" * 40,
        **ASKED,
    }


def test_summary_tells_it_short() -> None:
    lines = list(summary_lines(_verdict()))

    assert lines[0] == "run      2026-11-29 14:30:05 UTC, 95 s, harmony-conformance 1.2.3, commit eeeeeeeeeeee"
    assert lines[1] == (
        "asked    policy mine (sha256 cdcdcdcdcdcd, read at /v as bad: 1), effort low, temperature 0, "
        "at most 77 tokens, data set bundled"
    )
    assert "| command | pytest conformance --policy mine.md |" in summary_markdown(_verdict()).splitlines()


def test_summary_of_a_verdict_whose_run_nobody_kept_begins_with_its_subject() -> None:
    assert next(iter(summary_lines(_verdict(run=None)))).startswith("subject ")


def test_installed_suite_has_no_commit() -> None:
    run = RunRecord(id="1", started=STARTED, finished=STARTED, command="c", suite_version="1.2.3")

    assert next(iter(summary_lines(_verdict(run=run)))).endswith("0 s, harmony-conformance 1.2.3")


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        ({"labels": {"0": False, "1": True}, "pointer": None}, "read as 0: 0, 1: 1"),
        ({"labels": {}, "pointer": "/violation"}, "read at /violation"),
        ({}, "read as 0 or 1"),
    ],
)
def test_reading_of_a_policy_is_told_in_words(reading: dict[str, Any], words: str) -> None:
    assert reading_in_words(reading) == words


def test_results_carry_the_run_in_their_metadata(tmp_path: Path) -> None:
    results = write_report(_verdict(), tmp_path)[0]

    kept = pq.read_schema(results).metadata[RUN_METADATA.encode()]

    assert json.loads(kept) == verdict_as_data(_verdict())["run"]


def test_metadata_holds_no_credential(tmp_path: Path) -> None:
    token = "hf_" + "abcdefghijklmnopqrstuvwxyz"
    run = RunRecord(id="1", started=STARTED, finished=STARTED, command=f"pytest {token}", suite_version="1")

    for path in write_report(_verdict(run=run), tmp_path):
        assert token.encode() not in path.read_bytes()


def test_wire_checks_that_were_not_run_are_told_so() -> None:
    without, with_some = _verdict(), _verdict(checks(kept=2))

    assert "wire checks: not run" in list(summary_lines(without))
    assert "wire checks: not run" not in list(summary_lines(with_some))
    assert [verdict_as_data(one)["subjects"][0]["wire_checks"] for one in (without, with_some)] == ["not run", "run"]
