"""Each line has an environment, a file of constraints and a row of the docs, and the recording fits all of them."""

from __future__ import annotations

import configparser
import re

import pytest

from backends.completion import InferenceBackend
from backends.models import MINIATURE, resolve_model
from backends.recording import read_recording
from tests.places import ROOT
from tests.versions.lines import LINES, NEWEST, RECORDING, Line

DOCS = ROOT / "docs" / "versions.md"

#: The most that the recording may weigh, in bytes: it is cloned by everybody.
HEAVIEST = 400_000


@pytest.mark.parametrize("line", LINES, ids=[line.name for line in LINES])
def test_constraints_are_what_would_be_written(line: Line) -> None:
    assert line.path.read_text(encoding="utf-8") == line.constraints()
    assert "torch==2.13.0\n" in line.constraints()


def test_every_file_of_a_lines_constraints_belongs_to_one() -> None:
    assert {path.stem for path in (ROOT / "constraints").glob("versions-*")} == {line.name for line in LINES}


def test_newest_line_is_what_was_tested_together() -> None:
    pins = dict(line.split("==") for line in NEWEST.read_text(encoding="utf-8").splitlines() if "==" in line)
    newest = next(line for line in LINES if line.name == "versions-tf523-newest")

    assert {name: pins[name] for name in newest.pins} == newest.pins


def test_oldest_line_is_what_the_project_promises() -> None:
    promised = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest = LINES[0]

    for name, version in oldest.pins.items():
        least = re.search(rf'"{name}>=([\d.]+)"', promised)
        assert least is not None
        assert str(version).startswith(least[1]), name


def test_label_of_tox_names_every_line() -> None:
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "tox.ini", encoding="utf-8")
    labels = dict(part.split(" = ") for part in config["tox"]["labels"].strip().splitlines())
    factors = re.fullmatch(r"versions-tf\{([\d,]+)\}-\{([a-z,]+)\}, versions-pre", labels["versions"])

    assert factors is not None
    named = {f"versions-tf{line}-{ends}" for line in factors[1].split(",") for ends in factors[2].split(",")}
    assert named | {"versions-pre"} == {line.name for line in LINES}


def test_docs_have_a_row_for_every_line() -> None:
    rows = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `versions-")]

    assert [row.split(" | ")[:4] for row in rows] == [
        [f"| `{line.name}`", *(str(version or "pre-release") for version in _in_order(line))] for line in LINES
    ]


def _in_order(line: Line) -> tuple[str | None, ...]:
    return line.transformers, line.huggingface_hub, line.datasets


def test_recording_is_light_complete_and_of_the_committed_checkpoint() -> None:
    recording = read_recording(RECORDING)
    (subject,) = recording.subjects

    assert RECORDING.stat().st_size <= HEAVIEST
    assert recording.complete
    assert set(subject.arms) == set(InferenceBackend)
    assert subject.reference.revision == resolve_model(MINIATURE).revision
    newest = next(line for line in LINES if line.name == "versions-tf523-newest")
    assert recording.versions["transformers"] == newest.transformers
