"""The vocabulary is the published one, wherever it comes from, or a sentence says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.compact import vocabulary
from backends.compact.vocabulary import FILE, RANKS, VARIABLE, as_published, load_ranks
from backends.errors import BackendUnavailable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the file, made of what the library carries, and named in the environment."""
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / FILE).write_bytes(as_published(load_ranks()))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def test_the_file_and_the_library_hold_the_same(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from_file = load_ranks()
    monkeypatch.delenv(VARIABLE)

    assert (published / FILE).is_file()
    assert len(from_file) == RANKS
    assert load_ranks() == from_file


def test_another_file_is_refused(published: Path) -> None:
    (published / FILE).write_bytes(b"YQ== 0\n")

    with pytest.raises(BackendUnavailable, match="is not the published vocabulary of o200k") as caught:
        load_ranks()
    assert str(published / FILE) in str(caught.value)


def test_a_folder_without_the_file_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The library looks into the named folder too, and nowhere else: it could not help.
    monkeypatch.setenv(VARIABLE, str(tmp_path))

    with pytest.raises(BackendUnavailable, match=f"{FILE} cannot be read .*: name the folder that holds it") as caught:
        load_ranks()
    assert str(tmp_path) in str(caught.value)


def test_without_either_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(vocabulary, "installed_version", {}.get)

    with pytest.raises(BackendUnavailable, match="pip install -e '") as caught:
        load_ranks()
    assert VARIABLE in str(caught.value)


def test_a_library_that_gives_no_vocabulary_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("no network")

    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("openai_harmony.load_harmony_encoding", fail)

    with pytest.raises(BackendUnavailable, match=r"does not give its vocabulary \(no network\)"):
        load_ranks()


def test_a_library_with_another_vocabulary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(vocabulary, "SHA256", "0" * 64)

    with pytest.raises(BackendUnavailable, match="holds another vocabulary"):
        load_ranks()
