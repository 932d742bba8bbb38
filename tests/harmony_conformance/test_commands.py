"""A command of the installed program runs its room's program, and says what to install where a library is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harmony_conformance.commands import Command

if TYPE_CHECKING:
    from pathlib import Path


def _command(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Command:
    (folder / "a_program.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr("sys.argv", [])
    return Command(name="it", about="", program=("a_program", "before"))


def test_program_gets_its_own_words_and_those_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = _command(tmp_path, monkeypatch, "import sys\nassert sys.argv[1:] == ['before', 'typed'], sys.argv\n")

    assert command.run(["typed"]) == 0


def test_missing_library_is_told_with_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = _command(tmp_path, monkeypatch, "import no_such_library.part\n")

    assert command.run([]) == 1
    told = capsys.readouterr().err
    assert told.startswith("harmony-conformance it needs no_such_library: pip install ")
    assert told.endswith("[embedded]'\n")
    assert told.count("\n") == 1


@pytest.mark.parametrize("module", ["backends.no_such_module", "json.no_such_module"])
def test_missing_part_of_what_is_there_is_an_error_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        _command(tmp_path, monkeypatch, f"import {module}\n").run([])
