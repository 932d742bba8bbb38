"""`compare` says what changed between reports on disk, by words, data, Markdown and status."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from reports.compare import main
from reports.output.files import write_report
from tests.markdown_reader import STEERS, kinds_in
from tests.places import ROOT
from tests.reports.changes.material import run_of
from tests.reports.material import YES, failed, rows, said

if TYPE_CHECKING:
    from pathlib import Path

    from reports.rows.row import Row

GOOD = rows((said(YES), said(YES), 40))
OOPS = failed(FailureKind.SERVER, "oops", raw='{"status": 500, "response": "oops"}')
CRASHING = rows((OOPS, said(YES), 15), (said(YES), said(YES), 25))

HOSTILE = (
    "<script>alert(1)</script>",
    "| a | b |\n|---|---|\n# head\n```\n[x](http://e.org) ![i](http://e.org/i.png)",
    "\x1b[2J\x9bgone\x00\x07",
    "\u202egnp.exe",
    "x" * 100_000,
)


def _report(folder: Path, made: list[Row]) -> str:
    write_report(run_of(made), folder)
    return str(folder)


@pytest.fixture
def good(tmp_path: Path) -> str:
    """A report without a fault."""
    return _report(tmp_path / "good", GOOD)


@pytest.fixture
def crashing(tmp_path: Path) -> str:
    """A report of a server that fails."""
    return _report(tmp_path / "crashing", CRASHING)


def test_status_is_0_where_nothing_became_worse(good: str, crashing: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([good, good]) == 0
    assert capsys.readouterr().out.endswith("\nno change beyond chance.\n")
    assert main([crashing, good]) == 0
    assert "changed, no regression: small: the verdict was differs and is conforms" in capsys.readouterr().out


def test_status_is_1_where_something_did(good: str, crashing: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([good, good, crashing]) == 1

    told = capsys.readouterr().out
    assert "regression: small: the verdict was conforms and is differs; small: the finding server-error is new" in told
    assert "15 of 40 answers came to something else, 15 left the reference" in told
    assert re.search(r"toxicchat-0000  conv-0  label 1 -> error \(LOCAL label 1\)", told)


def test_rows_alone_compare_too(good: str, crashing: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{good}/results.parquet", f"{crashing}/results.parquet"]) == 1

    told = capsys.readouterr().out
    assert "verdict  none -> none" in told
    assert "label_agreement fell from 1.000 to 0.625" in told


@pytest.mark.parametrize("content", [None, "", "{}", '{"verdict": "conforms", "subjects": 3}'])
def test_what_is_no_report_is_one_sentence(
    tmp_path: Path, good: str, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "verdict.json").write_text(content, encoding="utf-8")

    assert main([good, str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r"[^\n]* name [^\n]*\.\n", told.err)


def test_file_that_is_no_parquet_is_one_sentence(tmp_path: Path, good: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.parquet").write_bytes(b"PAR1 but not really")

    assert main([good, str(tmp_path / "results.parquet")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_other_sample_is_refused_with_the_option_that_helps(
    tmp_path: Path, good: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = _report(tmp_path / "other", rows((said(YES), said(YES), 30)))
    verdict = tmp_path / "other" / "verdict.json"
    verdict.write_text(verdict.read_text(encoding="utf-8").replace("ab" * 32, "cd" * 32), encoding="utf-8")

    assert main([good, other]) == 2
    assert capsys.readouterr().err == (
        "small: the reports do not tell of the same: the sample: 40 examples in the older report and 30 in the newer, "
        "30 in both (size 40 and 30). --anyway compares the examples that both have all the same.\n"
    )
    assert main([good, other, "--anyway"]) == 0
    assert "30 examples in both" in capsys.readouterr().out


def test_json_says_the_same(good: str, crashing: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([good, crashing, "--json"]) == 1

    told = json.loads(capsys.readouterr().out)
    assert told["regression"] is True
    compared = told["comparisons"][0]
    assert {change["what"] for change in compared["changes"] if change["kind"] == "finding"} == {"server-error"}
    subject = compared["subjects"][0]
    assert subject["criteria"][0]["difference"] == pytest.approx(-0.375)
    assert len(subject["flips"]) == 15
    assert subject["spending"]["newer"]["latency_median_s"] == 0.5


def test_hostile_texts_stand_as_text_in_a_terminal_and_in_markdown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = _report(tmp_path / "old", rows(*((said(YES), said(YES), 1) for _ in HOSTILE)))
    new = _report(tmp_path / "new", rows(*((said(text), said(YES), 1) for text in HOSTILE)))

    main([old, new])
    terminal = capsys.readouterr().out
    main([old, new, "--markdown"])
    markdown = capsys.readouterr().out

    assert all(sign.isprintable() or sign == "\n" for sign in terminal + markdown)
    assert max(map(len, terminal.splitlines())) < 1000
    assert not kinds_in(markdown) & (STEERS | {"fence"})
    tables = [line for line in markdown.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables if "conv&#45;" in line or "conv-" in line} == {8}


@pytest.mark.parametrize("program", [["-m", "reports", "compare"], ["-m", "harmony_conformance", "compare"]])
def test_it_is_a_command_of_the_room_and_of_the_program(program: list[str], good: str) -> None:
    done = subprocess.run(
        [sys.executable, *program, good, good], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("no change beyond chance.\n")
