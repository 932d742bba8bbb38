"""What the documents and the configuration name is there: files, folders and programs of this project."""

from __future__ import annotations

import re
from importlib.util import find_spec

import pytest

from tests.places import ROOT, tracked_files

#: The changelog tells of files as they were.
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "fixtures/**/*.md", "tox.ini", "pyproject.toml", ".ci/*")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)

_ROOMS = r"(?:backends|fixtures|conformance|reports|tests|docs|constraints|\.ci)"
_PATH = re.compile(rf"(?<![\w/.{{}}-]){_ROOMS}/[\w./-]*\w")
_PROGRAM = re.compile(rf"python -m ({_ROOMS}(?:\.\w+)*)")


def _paths(text: str) -> set[str]:
    """Returns what a text names, but for what stands for any name: `fixtures/policies/NAME.md`."""
    return {name for name in _PATH.findall(text.replace("{/}", "/")) if "/NAME" not in name}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_files_are_there(document: str) -> None:
    there = {path.relative_to(ROOT).as_posix() for path in tracked_files()}
    there |= {parent.as_posix() for path in tracked_files() for parent in path.relative_to(ROOT).parents}

    assert _paths((ROOT / document).read_text(encoding="utf-8")) - there == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_programs_are_there(document: str) -> None:
    named = set(_PROGRAM.findall((ROOT / document).read_text(encoding="utf-8")))

    assert {name for name in named if find_spec(name) is None} == set()
