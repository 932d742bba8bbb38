"""A report's verdict is printed again, whoever wrote it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from reports.output.files import write_report
from reports.output.summary import subject_lines, verdict_line
from reports.show import main
from reports.verdict.judge import judge
from reports.verdict.verdict import Verdict
from tests.reports.material import NO, YES, about, failed, rows, said

if TYPE_CHECKING:
    from pathlib import Path


def _verdict(wrong: int) -> Verdict:
    made = rows((said(YES), said(YES), 30 - wrong), (failed(FailureKind.SERVER, "none"), said(NO), wrong))
    return Verdict(subjects=(judge(about(30), made, {}),), left_out=(), environment={"python": "3.11"})


@pytest.mark.parametrize("wrong", [0, 2])
def test_lines_and_status_are_those_of_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: int) -> None:
    verdict = _verdict(wrong)
    write_report(verdict, tmp_path)

    status = main([str(tmp_path)])

    assert status == {"conforms": 0, "differs": 1, "no-verdict": 6}[str(verdict.judgement)]
    assert capsys.readouterr().out.splitlines() == [*subject_lines(verdict.subjects[0]), "", verdict_line(verdict)]


def test_verdict_alone_is_told_without_the_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_report(_verdict(2), tmp_path)
    (tmp_path / "summary.md").unlink()

    assert main([str(tmp_path / "verdict.json")]) == 1
    assert capsys.readouterr().out.startswith("verdict: differs. ")


@pytest.mark.parametrize(
    "content", [None, "", "{}", "[]", '{"verdict": "fine", "subjects": []}', '{"verdict": "conforms", "subjects": 3}']
)
def test_what_is_no_report_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    if content is not None:
        (tmp_path / "verdict.json").write_text(content, encoding="utf-8")

    assert main([str(tmp_path)]) == 4
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.strip().endswith("name the folder of a report.")


def test_terminal_obeys_nothing_that_a_report_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {"verdict": "conforms", "subjects": [{"id": "a", "verdict": "conforms", "reason": "\x1b[2J\r\x9bgone"}]}
    (tmp_path / "verdict.json").write_text(json.dumps(told), encoding="utf-8")

    assert main([str(tmp_path)]) == 0
    assert set("\x1b\r\x9b") & set(capsys.readouterr().out) == set()
