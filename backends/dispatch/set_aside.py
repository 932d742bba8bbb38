"""A damaged database is moved out of the way, by one of the processes that meet it."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING, Final

import filelock

from backends.dispatch.text_store import DATABASE

if TYPE_CHECKING:
    from pathlib import Path

#: What SQLite keeps beside a database.
_PARTS: Final = ("", "-wal", "-shm", "-journal")

#: Stands in the name of a database that was set aside; only the last one is kept.
SET_ASIDE: Final = ".damaged-"

#: Seconds for which another process may be at it.
_WAIT_S: Final = 30.0


def inode_of(directory: Path) -> int | None:
    """Returns what tells the database of a folder from the one that takes its place; None where there is none."""
    try:
        return (directory / DATABASE).stat().st_ino
    except OSError:
        return None


def set_aside(directory: Path, inode: int | None) -> str | None:
    """Gives the database of a folder another name.

    Args:
        directory: the folder.
        inode: of the database that was found to be damaged.

    Returns:
        The new name; None where another process has moved it already.

    Raises:
        OSError: the folder takes nothing.
        TimeoutError: another process is at it and does not come to an end.
    """
    lock = filelock.FileLock(directory / "set-aside.lock")
    with lock.acquire(timeout=_WAIT_S):
        if inode_of(directory) != inode:
            return None
        for earlier in directory.glob(f"{DATABASE}*{SET_ASIDE}*"):
            with contextlib.suppress(OSError):
                earlier.unlink()
        mark = f"{SET_ASIDE}{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
        for part in _PARTS:
            with contextlib.suppress(FileNotFoundError):
                (directory / f"{DATABASE}{part}").rename(directory / f"{DATABASE}{mark}{part}")
        return f"{DATABASE}{mark}"
