"""Files that take the place of earlier ones together: all of them are on disk before the first one moves.

They are written into a folder within the one where they belong. Where that fails, as on a full disk, the earlier ones
stay as they are. Once all are written the folder gets its name, and from then on only names change: what a process that
is killed leaves there is put in its place by whoever writes next.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

#: The folder of files that are all written, and how the name of one begins in which they are being written.
_READY, _WRITING = ".report-ready", ".report-writing-"

#: In the former, the names of all files that were written, and of those that there are no more.
_NAMES: Final = "names.json"

#: Seconds after which nobody is writing any more.
_LEFT_BEHIND_S: Final = 3600.0


def replace_files(folder: Path, write: Callable[[Path], Collection[Path]], stale: Collection[str]) -> list[Path]:
    """Replaces files of a folder by those that `write` writes, together or not at all.

    Args:
        folder: made where it is not there.
        write: writes files into a folder that it is given, and returns their paths in the order in which they are told.
        stale: names of files that go where they are not written again.

    Returns:
        The files' paths.

    Raises:
        OSError: they cannot be written; then the earlier ones stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    writing = Path(tempfile.mkdtemp(prefix=_WRITING, dir=folder))
    try:
        names = [path.name for path in write(writing)]
        gone = sorted(set(stale) - set(names))
        (writing / _NAMES).write_text(json.dumps({"new": names, "gone": gone}), encoding="utf-8")
        for path in writing.iterdir():
            _sync(path)
        writing.rename(folder / _READY)
    except BaseException:
        shutil.rmtree(writing, ignore_errors=True)
        raise
    _put_in_place(folder)
    return [folder / name for name in names]


def _put_in_place(folder: Path) -> None:
    """Moves the files that are all written, and removes those that are no more."""
    ready = folder / _READY
    told = json.loads((ready / _NAMES).read_text(encoding="utf-8"))
    for name in told["new"]:
        with contextlib.suppress(FileNotFoundError):  # one that is in its place already
            (ready / name).replace(folder / name)
    for name in told["gone"]:
        (folder / name).unlink(missing_ok=True)
    _sync(folder)
    shutil.rmtree(ready)


def _clear(folder: Path) -> None:
    """Sees to what earlier processes left that were killed: whole files get their place, others go."""
    if (folder / _READY / _NAMES).is_file():
        with contextlib.suppress(ValueError, KeyError, TypeError):
            _put_in_place(folder)
    shutil.rmtree(folder / _READY, ignore_errors=True)
    for path in folder.glob(f"{_WRITING}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFT_BEHIND_S:
                shutil.rmtree(path, ignore_errors=True)


def _sync(path: Path) -> None:
    """Brings what was written on the disk; some systems take no folders."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if not path.is_dir():
            raise
    finally:
        os.close(handle)
