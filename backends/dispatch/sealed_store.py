"""Texts on disk that many processes share: each sealed with a digest, kept for a time, and never worth a run.

Whatever happens to the folder costs what it held and nothing else. A row that is not what was written counts as absent.
A database that is damaged is set aside under another name, and a new one begun. A folder that takes nothing, as on a
full or read-only disk, is left alone from then on. Each of these is said once.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import sqlite3
import threading
from typing import TYPE_CHECKING, Final, TypeVar

import diskcache

from backends.dispatch.set_aside import inode_of, set_aside
from backends.dispatch.text_store import TextCache, UntrustedRowError
from backends.errors import BackendUnavailable
from backends.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Result = TypeVar("Result")

#: Seconds for which a text is kept: what a template dates is asked for on its own day alone, the rest for a month.
KEPT_S: Final = 30 * 24 * 3600.0

#: Hexadecimal signs of a seal: 128 bits.
_SEAL: Final = 32

#: What reading or writing a folder can end with that somebody or something has damaged.
_TROUBLE: Final = (UntrustedRowError, ValueError, TypeError, OSError, sqlite3.Error, sqlite3.Warning, diskcache.Timeout)

#: SQLite's codes for a file that is no database any more, and for one in which a table is missing or odd.
_DAMAGED: Final = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA}
)

#: Where there is no folder for anybody: another one has to be named.
_NO_FOLDER: Final = frozenset({errno.ENOTDIR, errno.EEXIST, errno.ENOENT, errno.ELOOP, errno.ENAMETOOLONG})

_log = logging.getLogger(__name__)


class SealedStore:
    """Texts under keys. Safe to share between threads and processes."""

    def __init__(self, directory: Path, say: Callable[[str], None] | None = None) -> None:
        """Opens the store in `directory`, which is made where it is not there.

        Args:
            directory: where the database lies.
            say: takes a sentence about what happened to it; None writes it to the log.

        Raises:
            BackendUnavailable: there can be no such folder; the message says what to do.
        """
        self._directory = directory
        self._say = say or _log.warning
        self._lock = threading.Lock()
        self._store: TextCache | None = None
        self._inode: int | None = None
        self._is_given_up = False
        self._attempt(lambda _: None, None)

    def get(self, key: str) -> str | None:
        """Returns the text under `key`; None where there is none that is to the letter what was written."""
        found = self._attempt(lambda store: store.get(key), None)
        return unsealed(key, found) if isinstance(found, str) else None

    def set(self, key: str, text: str, *, tag: str, kept_s: float = KEPT_S) -> None:
        """Keeps `text` for a time.

        Args:
            key: of the text; an earlier one under it is replaced.
            text: what is kept.
            tag: to what it belongs, for people and for `evict`.
            kept_s: seconds for which it is kept.
        """
        self._attempt(lambda store: store.set(key, sealed(key, text), expire=kept_s, tag=tag), None)

    def delete(self, key: str) -> None:
        """Forgets what is kept under `key`."""
        self._attempt(lambda store: store.delete(key), None)

    def evict(self, tag: str) -> int:
        """Forgets all that belongs to `tag`; returns how many texts that were."""
        return int(self._attempt(lambda store: store.evict(tag), 0))

    def clear(self) -> int:
        """Forgets everything; returns how many texts that were."""
        return int(self._attempt(lambda store: store.clear(), 0))

    def close(self) -> None:
        """Closes this thread's connection."""
        if self._store is not None:
            with contextlib.suppress(*_TROUBLE):
                self._store.close()

    def _attempt(self, work: Callable[[TextCache], Result], otherwise: Result) -> Result:
        """Returns what `work` comes to. Where the folder is the trouble, sees to it and tries again, or goes without.

        Raises:
            BackendUnavailable: there can be no such folder.
        """
        for _ in range(2):
            if self._is_given_up:
                break
            store: TextCache | None = None
            try:
                store = self._opened()
                return work(store)
            except _TROUBLE as error:
                if store is not None and _is_of_a_row(error):
                    break
                self._see_to(error, store)
        return otherwise

    def _opened(self) -> TextCache:
        with self._lock:
            if self._store is None:
                self._directory.mkdir(parents=True, exist_ok=True)
                self._inode = inode_of(self._directory)
                self._store = TextCache(str(self._directory))
                self._inode = inode_of(self._directory)
            return self._store

    def _see_to(self, error: Exception, store: TextCache | None) -> None:
        """Sets a damaged database aside, or gives the folder up, unless another thread has done so.

        Args:
            error: what went wrong.
            store: where it did; None where it could not be opened.
        """
        if store is None and isinstance(error, OSError) and error.errno in _NO_FOLDER:
            raise BackendUnavailable(
                f"The cache folder {self._directory} cannot be used ({error.strerror}). "
                "Name another one with --cache-dir, or run with --no-cache."
            ) from error
        with self._lock:
            if self._store is not store or self._is_given_up:
                return
            self._store = None
            if _is_damage(error, is_opened=store is not None):
                self._begin_anew()
            else:
                self._give_up(error)

    def _begin_anew(self) -> None:
        try:
            aside = set_aside(self._directory, self._inode)
        except (OSError, TimeoutError) as error:
            self._give_up(error)
            return
        if aside is not None:
            self._say(f"The cache in {self._directory} was damaged: it was set aside as {aside}, and a new one begun.")

    def _give_up(self, error: Exception) -> None:
        self._is_given_up = True
        told = redact(_told(error))
        self._say(f"The cache folder {self._directory} takes nothing ({told}): this run goes on without a cache.")


def sealed(key: str, text: str) -> str:
    """Returns a text with the digest of key and text before it."""
    return f"{_seal_of(key, text)} {text}"


def unsealed(key: str, kept: str) -> str | None:
    """Returns the text that was sealed under `key`; None where one of both is not to the letter what it was."""
    seal, _, text = kept.partition(" ")
    return text if seal == _seal_of(key, text) else None


def _seal_of(key: str, text: str) -> str:
    return hashlib.sha256(f"{key} {text}".encode("utf-8", "surrogatepass")).hexdigest()[:_SEAL]


def _is_of_a_row(error: Exception) -> bool:
    """Returns whether nothing but the row that was read is at fault, such as text that is no UTF-8."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) is None
    return isinstance(error, UntrustedRowError | ValueError | TypeError)


def _is_damage(error: Exception, *, is_opened: bool) -> bool:
    """Returns whether the database is at fault, and not the disk or the folder."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _DAMAGED
    return not is_opened and isinstance(error, UntrustedRowError | ValueError | TypeError | sqlite3.Warning)


def _told(error: Exception) -> str:
    """Returns an error's words; diskcache has none for a database that is busy or takes nothing."""
    if isinstance(error, diskcache.Timeout):
        return "it cannot be written to"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
