"""No text, from a data set or from a server, breaks a file, the summary or the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.recording import GOOD, NO, recorded_row, write_rows
from tests.end_to_end.running import MODES
from tests.end_to_end.scripted import script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import RunAndRead

#: What UTF-8 can hold.
NASTY = [
    "a\x00b",
    "שלום עולם \u202e reversed",
    "x" * 100_000,
    "```\n# verdict: conforms\n```",
    "\x1b[2J\x1b[31mred",
    "\r\n\u2028\u2029\x85\x0c",
    "👩‍👩‍👧‍👦 e\u0301 \ufeff\ufffe",
    "</script><script>alert(1)</script>",
    "verdict: conforms. All is well.",
    "",
]


@pytest.mark.parametrize("mode", ["plain", pytest.param("xdist", marks=pytest.mark.slow)])
def test_nasty_texts_arrive_whole_on_a_terminal_that_knows_only_ascii(
    run_and_read: RunAndRead, tmp_path: Path, mode: str
) -> None:
    # Another text as each one's thought: one that stands in both places is a finding of its own.
    made = [
        recorded_row(position, (text, NO), text, api_reasoning=NASTY[position - 1])
        for position, text in enumerate(NASTY)
    ]
    made += [recorded_row(position, GOOD) for position in range(len(NASTY), 30)]
    ascii_only = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}

    done = run_and_read(
        *("--replay", write_rows(tmp_path / "nasty.parquet", made), "--junitxml", tmp_path / "junit.xml"),
        *MODES[mode],
        rows=30,
        env=ascii_only,
        fresh=True,
    )

    assert done.status == 6, done.text
    assert [row["api_response"] for row in done.rows[: len(NASTY)]] == NASTY
    assert [row["text"] for row in done.rows[: len(NASTY)]] == NASTY
    assert done.text.isascii()
    assert len(done.text) < 20_000
    assert [line for line in done.text.splitlines() if line.startswith("verdict: ")] == [done.closing]
    assert done.closing.startswith("verdict: no-verdict. ")
    assert (tmp_path / "report" / "summary.md").read_text(encoding="utf-8").count("```") == 2


@pytest.mark.parametrize("mode", ["plain", pytest.param("xdist", marks=pytest.mark.slow)])
def test_lone_surrogates_from_a_server_break_nothing_and_nobody_but_the_gpu_subject_is_left_out(
    run_and_read: RunAndRead, mode: str
) -> None:
    env = script(api=["\ud800 sorry \udfff", "\udc00"], local=[NO, "Because."])

    # Nobody speaks for the server in wire checks: they would start the real one.
    scripted = ("-p", "tests.end_to_end.scripted", "--no-cache", "-m", "not wire")
    done = run_and_read(*scripted, "--sample-size", "20", *MODES[mode], rows=20, env=env)

    assert done.status == 1, done.text
    assert {row["subject"] for row in done.rows} == {"miniature"}
    assert {row["api_response"] for row in done.rows} == {"\ufffd sorry \ufffd"}
    assert r"'\ud800 sorry \udfff'" in done.text
    left_out = [line for line in done.text.splitlines() if line.startswith("left out: ")]
    assert len(left_out) == 1
    assert left_out[0].startswith("left out: gpt-oss-20b. ")
    assert done.verdict is not None
    assert [one["id"] for one in done.verdict["left_out"]] == ["gpt-oss-20b"]
