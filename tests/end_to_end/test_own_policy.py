"""A policy and a data set of one's own: how answers are read, and what happens where they cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.running import MODES, run_in
from tests.end_to_end.scripted import script

if TYPE_CHECKING:
    from pathlib import Path

SCRIPTED = ("-p", "tests.end_to_end.scripted", "--no-cache", "--noise-size", "0", "-m", "not wire")
WORDS = "---\nlabels: {unsafe: 1, safe: 0}\n---\nSay `unsafe` or `safe`."
JSON = "---\npointer: /violation\n---\nAnswer with JSON."


def _written(folder: Path, text: str) -> Path:
    path = folder / "mine.md"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "unsafe", "safe"),
    [(WORDS, "unsafe", "Safe."), (JSON, '{"violation": 1}', '```json\n{"violation": 0}\n```')],
)
def test_answers_of_both_sides_are_read_as_the_policy_says(tmp_path: Path, text: str, unsafe: str, safe: str) -> None:
    policy = _written(tmp_path, text)
    says = script(api=[unsafe, "It is."], local=[safe, "It is."])

    done = run_in(tmp_path, *SCRIPTED, "--policy", policy, "--sample-size", "12", env=says)

    labels = {(row["api_binary_label"], row["local_binary_label"]) for row in done.rows}
    assert labels == {(True, False)}, done.text
    assert len(done.rows) == 12


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("side", ["api", "local"])
def test_side_whose_first_answers_cannot_be_read_is_asked_no_more_and_the_run_says_why(
    tmp_path: Path, side: str, mode: str
) -> None:
    policy = _written(tmp_path, WORDS)
    said = {"api": ["safe", "It is."], "local": ["safe", "It is."], side: ["harmless \x1b[2J", "It is."]}

    done = run_in(tmp_path, *SCRIPTED, *MODES[mode], "--policy", policy, "--sample-size", "40", env=script(**said))

    assert done.status == 6, done.text
    assert done.verdict is not None
    assert done.verdict["verdict"] == "no-verdict"
    assert sum(row[f"{side}_outcome"] == "unreadable" for row in done.rows) == 5
    assert sum(row[f"{side}_outcome"] == "error" for row in done.rows) == 35
    told = f"the policy mine finds no label in the first 5 answers of the {side.upper()} side, such as 'harmless"
    assert told in done.closing, done.text
    assert "say in its front matter how answers are read" in done.text
    assert "\x1b" not in done.text


def test_policy_of_bare_text_is_tried_too_and_one_that_is_read_is_not_stopped(tmp_path: Path) -> None:
    policy = _written(tmp_path, "Say `0` or `1`.")

    done = run_in(
        tmp_path,
        *(*SCRIPTED, "--policy", policy, "--sample-size", "12"),
        env=script(api=["0", "It is."], local=["0", "It is."]),
    )

    assert {row["api_outcome"] for row in done.rows} == {"label"}, done.text


def test_data_set_of_ones_own_is_asked_about_under_its_own_names(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(
        "".join(
            f'{{"prompt": "text {number} \\u001b[2J", "y": {number % 2}, "key": "../../{number}"}}\n'
            for number in range(8)
        )
    )
    named = ("--dataset", path, "--dataset-columns", "text=prompt,label=y,id=key", "--sample-size", "8")

    done = run_in(tmp_path, *SCRIPTED, *named, env=script(api=["0", "It is."], local=["1", "It is."]))

    assert sorted(row["conv_id"] for row in done.rows) == [f"../../{number}" for number in range(8)], done.text
    assert {row["text"] for row in done.rows} == {f"text {number} \x1b[2J" for number in range(8)}
    assert "\x1b" not in done.text
    written = {one.name for one in tmp_path.parent.iterdir()} | {one.name for one in tmp_path.parent.parent.iterdir()}
    assert not written & {str(number) for number in range(8)}


def test_help_names_the_columns(tmp_path: Path) -> None:
    done = run_in(tmp_path, "--help")

    told = " ".join(done.text.split())
    for name in ("user_input and toxicity", "conv_id", "--dataset-columns", "JSON Lines"):
        assert name in told
