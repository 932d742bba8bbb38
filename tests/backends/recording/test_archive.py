"""A recording is read only as it was written: whatever else the file is, it is refused in one sentence."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.recording import RecordingError, archive
from backends.recording.archive import read_archive, write_archive

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = {"manifest.json": '{"format": 1}\n', "answers.jsonl": '{"a": "ä"}\n' * 50, "empty.jsonl": ""}


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of an archive."""
    path = tmp_path_factory.mktemp("archive") / "a.rec"
    write_archive(path, MEMBERS)
    return path.read_bytes()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write changed bytes to."""
    return tmp_path_factory.mktemp("changed") / "b.rec"


def _refused(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        read_archive(path)
    told = str(caught.value)
    assert len(told.splitlines()) == 1
    assert told.startswith(str(path))
    return told


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.rec", MEMBERS)

    assert read_archive(tmp_path / "a.rec") == MEMBERS
    assert list(tmp_path.iterdir()) == [tmp_path / "a.rec"]


def test_same_content_makes_the_same_file(tmp_path: Path, content: bytes) -> None:
    write_archive(tmp_path / "again.rec", MEMBERS)

    assert (tmp_path / "again.rec").read_bytes() == content


def test_any_archive_tool_reads_it(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        assert {name: file.read(name).decode() for name in file.namelist()} == MEMBERS
        assert file.comment.startswith(b"sha256 ")


@given(data=st.data())
def test_one_changed_byte_anywhere_is_refused(content: bytes, elsewhere: Path, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(content) - 1), label="position")
    flipped = data.draw(st.integers(1, 255), label="change")
    changed = bytearray(content)
    changed[position] ^= flipped

    _refused(elsewhere, bytes(changed))


def test_every_single_byte_counts(content: bytes, elsewhere: Path) -> None:
    for position in range(len(content)):
        _refused(elsewhere, content[:position] + bytes([content[position] ^ 0x20]) + content[position + 1 :])


@given(data=st.data())
def test_file_that_was_cut_or_added_to_is_refused(content: bytes, elsewhere: Path, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(content) - 1), label="length")

    _refused(elsewhere, content[:length])
    _refused(elsewhere, content + content[:length] + b"\n")


@pytest.mark.parametrize(
    "other",
    [b"", b"a text\n", gzip.compress(b"a text", mtime=0), b"PAR1" + b"\0" * 100 + b"PAR1", b"PK\x03\x04"],
    ids=["empty", "text", "gzip", "parquet", "beginning"],
)
def test_something_else_is_refused(elsewhere: Path, other: bytes) -> None:
    told = _refused(elsewhere, other)

    assert "is not a recording: give a file that --record wrote." in told or "is damaged" in told


def test_archive_that_somebody_else_made_is_refused(elsewhere: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("manifest.json", "{}")

    assert "is damaged: its checksum is not that of its content." in _refused(elsewhere, made.getvalue())


def test_checksum_alone_makes_no_archive(elsewhere: Path) -> None:
    covered = b"PK\x03\x04 and then something else"

    told = _refused(elsewhere, covered + b"sha256 " + hashlib.sha256(covered).hexdigest().encode())

    assert "is not a recording" in told


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.rec", tmp_path):
        with pytest.raises(RecordingError, match=r"cannot be read .*: name a recording"):
            read_archive(path)


def test_absurd_sizes_are_refused_before_they_are_unpacked(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_archive(tmp_path / "bomb.rec", {"manifest.json": "0" * 2_000_000})
    assert (tmp_path / "bomb.rec").stat().st_size < 10_000
    monkeypatch.setattr(archive, "LARGEST_CONTENT", 1_000_000)
    with pytest.raises(RecordingError, match="unpacks to more than 1000000 bytes"):
        read_archive(tmp_path / "bomb.rec")

    monkeypatch.setattr(archive, "LARGEST_FILE", len(content) - 1)
    assert "so it is not read" in _refused(tmp_path / "large.rec", content)


def test_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.rec"
    write_archive(path, MEMBERS)
    before = path.read_bytes()

    def fails(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("os.replace", fails)
    with pytest.raises(OSError, match="the disk is full"):
        write_archive(path, {"manifest.json": "other"})

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
