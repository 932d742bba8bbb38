"""The container: a zip archive of texts whose comment is a checksum over every byte before it.

A zip archive has bytes that nothing in it protects, such as the times of its members. The checksum covers them too, so
one changed byte anywhere is noticed before anything is unpacked.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What is read into memory at most, in bytes: of the file, and of what it unpacks to. A run of a hundred examples needs
#: a thousandth of it.
LARGEST_FILE = 256 * 1024 * 1024
LARGEST_CONTENT = 1024 * 1024 * 1024

_MAGIC = b"PK\x03\x04"
_LABEL = b"sha256 "
_COMMENT_SIZE = len(_LABEL) + 64

#: Every member has this time: the same content makes the same file.
_TIME = (1980, 1, 1, 0, 0, 0)

#: Of a new file: whoever may read the folder may read it, as with any other output.
_MODE = 0o644


class RecordingError(ValueError):
    """A recording cannot be read, written or used in this run; the message is one sentence."""


def write_archive(path: Path, members: Mapping[str, str]) -> None:
    """Writes texts by name. The file appears whole or not at all, and then replaces an earlier one.

    Raises:
        OSError: the file cannot be written.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, text in members.items():
            member = zipfile.ZipInfo(name, _TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, text.encode("utf-8"), compresslevel=9)
        archive.comment = b" " * _COMMENT_SIZE
    covered = content.getvalue()[:-_COMMENT_SIZE]
    _replace(path, covered + _checksum(covered))


def read_archive(path: Path) -> dict[str, str]:
    """Returns the texts of an archive by name.

    Raises:
        RecordingError: the file cannot be read, is none of these archives, is damaged, or is absurdly large.
    """
    data = _bytes_of(path)
    if not data.startswith(_MAGIC):
        raise RecordingError(f"{path} is not a recording: give a file that --record wrote.")
    covered, comment = data[:-_COMMENT_SIZE], data[-_COMMENT_SIZE:]
    if comment != _checksum(covered):
        raise RecordingError(f"{path} is damaged: its checksum is not that of its content. Copy or record it again.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_CONTENT:
                raise RecordingError(f"{path} unpacks to more than {LARGEST_CONTENT} bytes, so it is not read.")
            return {member.filename: archive.read(member).decode("utf-8") for member in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        if isinstance(error, RecordingError):
            raise
        raise RecordingError(f"{path} is not a recording: {type(error).__name__}: {error}.") from error


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read ({error.strerror or error}): name a recording.") from error
    if len(data) > LARGEST_FILE:
        raise RecordingError(f"{path} has more than {LARGEST_FILE} bytes, so it is not read.")
    return data


def _checksum(covered: bytes) -> bytes:
    return _LABEL + hashlib.sha256(covered).hexdigest().encode()


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(_MODE)
        os.replace(temporary, path)  # noqa: PTH105 - the atomic replacement, on every system
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
