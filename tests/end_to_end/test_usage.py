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
    "near policy": (("--policy", "toxic_simpel"), "path. Did you mean toxic_simple?"),
    "near model": (("--model", "gpt-os-20b"), "folder. Did you mean gpt-oss-20b?"),
    "near provider": (("--provider", "grok"), "There is no provider 'grok' of Hugging Face Inference Providers: give"),
    "near data set": (("--dataset", "bundeld"), "file. Did you mean bundled?"),
    "near file": (("--dataset", "texst.csv"), "file. Did you mean texts.csv?"),
    "near known": (("--known-differences", "transformer_serve"), "path. Did you mean transformers_serve?"),
    "near form": (("--local-rendering", "no date lien"), "'no date lien' is no form of the prompt: give words of"),
    "near device": (("--local-device", "cude"), "GPUs. Did you mean cuda?"),
    "near dtype": (("--local-dtype", "float23"), "not 'float23'. Did you mean float32?"),
    "near share": (("--stratify", "balancd"), "give one of balanced, natural, not 'balancd'. Did you mean balanced?"),
    "near option": (("--smaple-size", "3"), "--smaple-size: Did you mean --sample-size?"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_told_in_a_sentence(tmp_path: Path, mistake: str) -> None:
    (tmp_path / "file").write_text("a file, and no folder", encoding="utf-8")
    (tmp_path / "texts.csv").write_text("user_input,toxicity\n", encoding="utf-8")
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


def test_help_is_grouped_by_what_options_are_about_and_stands_before_what_few_need(tmp_path: Path) -> None:
    text = run_in(tmp_path, "--help").text

    places = [text.find(f"\nconformance, the {name}: ") for name in ("sample", "prompts", "API side", "local side")]
    places += [text.find("\nconformance, recordings: "), text.find("\nconformance, the verdict: ")]
    assert -1 not in places
    assert sorted(places[:5]) == places[:5]
    assert max(places) < text.find("\nReporting:")


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
