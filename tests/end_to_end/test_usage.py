"""A mistake on the command line ends in one clear sentence, before anything is asked, and leaves no report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.compact import whole_folder
from tests.compact_checkpoint import write_random_compact
from tests.end_to_end.running import MODES, run_in

if TYPE_CHECKING:
    from pathlib import Path

MISTAKES = {
    "policy": (("--policy", "no-such"), "There is no policy 'no-such': give one of toxic_detailed, toxic_simple, or"),
    "dataset": (("--dataset", "no-such.csv"), "no-such.csv does not exist: give bundled, hub, or"),
    "model": (("--model", "no-such"), "There is no model 'no-such': give an alias (GPT_OSS_20B,"),
    "share": (("--min-agreement", "2"), "--min-agreement: give a share between 0 and 1, not '2'"),
    "cache": (("--cache-dir", "file"), "The cache folder file cannot be used"),
    "report": (("--report-dir", "file/report"), "--report-dir file/report cannot be written:"),
    "attention": (("--local-attention", "eagre"), "There is no attention implementation 'eagre': give one of eager,"),
    "device": (("--local-device", "gpu"), "There is no device 'gpu': give auto, cpu, cuda, or cuda:N"),
    "unknown": (("--no-such-option",), "unrecognized arguments: --no-such-option"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_told_in_a_sentence(tmp_path: Path, mistake: str) -> None:
    (tmp_path / "file").write_text("a file, and no folder", encoding="utf-8")
    arguments, sentence = MISTAKES[mistake]

    done = run_in(tmp_path, *arguments)

    assert done.status == pytest.ExitCode.USAGE_ERROR, done.text
    assert sentence in done.text
    assert done.verdict is None
    assert not list((tmp_path / "tmp").glob("conformance-*"))


@pytest.mark.slow
def test_mistake_is_told_once_under_xdist(tmp_path: Path) -> None:
    done = run_in(tmp_path, "--policy", "no-such", *MODES["xdist"])

    assert done.status == pytest.ExitCode.USAGE_ERROR
    assert done.text.count("There is no policy 'no-such'") == 1


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_need_neither_model_nor_data(tmp_path: Path, option: str) -> None:
    done = run_in(tmp_path, option, "--dataset", "no-such.csv")

    assert done.status == 0, done.text
    assert ("--min-agreement" in done.text) is (option == "--help")


@pytest.mark.slow
def test_collecting_makes_no_checkpoint_whole(tmp_path: Path) -> None:
    folder = write_random_compact(tmp_path / "small")

    done = run_in(tmp_path, "--collect-only", "--model", folder, "--sample-size", "2")

    assert done.status == 0, done.text
    assert "[small-toxicchat-" in done.text
    assert not whole_folder(folder).exists()


@pytest.mark.slow
def test_report_that_cannot_be_written_at_the_end_is_told_beside_the_verdict(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "results.parquet").mkdir()

    done = run_in(tmp_path, "--base-url", "http://127.0.0.1:9/v1", "--model", "MINIATURE", "--sample-size", "2")

    assert done.status == 1
    assert "The report could not be written" in done.text
    assert "name another folder with --report-dir" in done.text
