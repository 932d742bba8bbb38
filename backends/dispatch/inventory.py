"""What a cache's folder holds, for people: counted by what it belongs to, without reading an answer."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backends.dispatch.journal import TAG
from backends.dispatch.sealed_store import SealedStore
from backends.dispatch.set_aside import SET_ASIDE
from backends.dispatch.text_store import DATABASE, SIZE_LIMIT
from backends.plain_text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Bytes of a megabyte.
_MB: Final = 1_000_000

#: A row without the digest that it should have was written by an older edition.
_UNKNOWN: Final = "of an older edition"

_COUNTED: Final = """
SELECT COALESCE(CAST(tag AS TEXT), ''), COUNT(*), SUM(LENGTH(CAST(value AS BLOB))), MAX(CAST(store_time AS REAL))
FROM Cache WHERE expire_time IS NULL OR expire_time > CAST(strftime('%s', 'now') AS REAL)
GROUP BY 1 ORDER BY 4
"""


class CacheUnreadableError(Exception):
    """The folder holds no cache that can be read; the message is one sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Texts that belong together.

    Attributes:
        tag: to what they belong.
        count: how many.
        size: of all, in bytes.
        stored: when the last one was, in seconds since the epoch.
    """

    tag: str
    count: int
    size: int
    stored: float

    @property
    def words(self) -> str:
        """To what they belong, in words."""
        return printable("a run that has not ended" if self.tag.startswith(TAG) else self.tag or _UNKNOWN)

    @property
    def line(self) -> str:
        """One line that tells it."""
        with contextlib.suppress(ValueError, OverflowError, OSError):
            day = dt.datetime.fromtimestamp(self.stored).astimezone()
            return f"{self.count:>7}  {self.size / _MB:>8.1f} MB  {day:%Y-%m-%d %H:%M}  {self.words}"
        return f"{self.count:>7}  {self.size / _MB:>8.1f} MB  {'':16}  {self.words}"


def holdings(directory: Path) -> list[Holding]:
    """Returns what the cache in a folder holds, the oldest first; nothing where there is none.

    Raises:
        CacheUnreadableError: it is damaged, or cannot be opened.
    """
    file = directory / DATABASE
    if not file.is_file():
        return []
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(_COUNTED).fetchall()
    except sqlite3.Error as error:
        raise CacheUnreadableError(
            f"The cache in {directory} cannot be read ({error}): the next run sets it aside, and drop removes it."
        ) from error
    return [
        Holding(tag=str(tag), count=int(count), size=int(size or 0), stored=float(stored or 0))
        for tag, count, size, stored in rows
    ]


def listing(directory: Path) -> Iterator[str]:
    """Yields the lines of `cache list`."""
    held = holdings(directory)
    if not held:
        yield f"{directory} holds no answer."
        return
    yield f"{'answers':>7}  {'size':>11}  {'last stored':16}  what"
    yield from (one.line for one in held)
    on_disk = sum(path.stat().st_size for path in directory.glob(f"{DATABASE}*"))
    yield (
        f"{directory}: {sum(one.count for one in held)} in {on_disk / _MB:.1f} MB on disk, of {SIZE_LIMIT / _MB:.0f} "
        "MB at most; an answer is kept for 30 days."
    )


def drop(directory: Path, chosen: Callable[[str], bool] | None, say: Callable[[str], None]) -> int:
    """Forgets what a cache holds; returns how many texts that were.

    Args:
        directory: of the cache.
        chosen: tells by the words for what belongs together what goes; None where all goes, with what was set aside.
        say: takes a sentence about what happened to the folder.

    Raises:
        BackendUnavailable: there can be no such folder.
    """
    if not any(directory.glob(f"{DATABASE}*")):
        return 0
    store = SealedStore(directory, say)
    if chosen is None:
        dropped = store.clear()
        for path in directory.glob(f"{DATABASE}*{SET_ASIDE}*"):
            path.unlink(missing_ok=True)
    else:
        dropped = sum(store.evict(one.tag) for one in holdings(directory) if chosen(one.words))
    store.close()
    return dropped
