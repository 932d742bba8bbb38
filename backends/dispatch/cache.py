"""Answers kept on disk between runs.

The store is diskcache, but a cache folder is data that someone else may have written, so nothing in it may run code.
diskcache pickles by default and unpickles on reading whatever row is marked as a pickle (CVE-2025-69872, unfixed in
5.6.3; its own `JSONDisk` inherits the same reading path). `TextDisk` therefore knows text alone: it writes strings,
and on reading it refuses every row or key that is marked as a pickle, and treats every other storage mode than text
as damage.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import diskcache
from diskcache.core import DEFAULT_SETTINGS, ENOVAL, METADATA, MODE_RAW

from backends.completion import Answer, Completion, Missing
from backends.errors import BackendUnavailable
from backends.stored_answer import answer_from_json, answer_to_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Raised with the meaning of what is stored, so that older rows are never read with newer eyes.
FORMAT = 1


class UntrustedRowError(Exception):
    """A row of the cache folder is marked as a pickle, or as anything else that this suite never writes."""


class TextDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache ships no types
    """A diskcache disk that keeps text under text inside the database, and refuses to read anything else.

    It keeps no value files. A row that names a file was written by someone else, and that name could point anywhere:
    such files are neither read nor removed.
    """

    def put(self, key: object) -> tuple[str, bool]:
        """Returns the database form of `key`, which must be text."""
        if not isinstance(key, str):
            raise TypeError(f"cache keys are text, not {type(key).__name__}")
        return key, True

    def get(self, key: object, raw: object) -> str:
        """Returns the key that the database holds.

        Raises:
            UntrustedRowError: the key is marked as a pickle (`raw` is false) or is not text.
        """
        if not raw or not isinstance(key, str):
            raise UntrustedRowError("a key of the cache folder is marked as a pickle")
        return key

    def store(
        self,
        value: object,
        read: bool,  # noqa: ARG002, FBT001 - diskcache's signature
        key: object = diskcache.UNKNOWN,  # noqa: ARG002 - as above
    ) -> tuple[int, int, None, str]:
        """Returns the database form of `value`, which must be text: size, mode, file name and value."""
        if not isinstance(value, str):
            raise TypeError(f"cache values are text, not {type(value).__name__}")
        return 0, MODE_RAW, None, value

    def fetch(
        self,
        mode: int,
        filename: str | None,
        value: object,
        read: bool,  # noqa: ARG002, FBT001 - diskcache's signature
    ) -> str:
        """Returns the text of a row.

        Raises:
            UntrustedRowError: the row is marked as a pickle, names a file, or is not text.
        """
        if mode != MODE_RAW or filename is not None or not isinstance(value, str):
            raise UntrustedRowError(
                "a row of the cache folder is marked as a pickle, or holds something else than text"
            )
        return value

    def remove(self, file_path: object) -> None:
        """Does nothing, since this disk keeps no files."""


class TextCache(diskcache.Cache):  # type: ignore[misc]  # diskcache ships no types
    """A diskcache cache that takes no word of its folder for what it is.

    diskcache keeps its settings in the folder's database and makes an attribute of itself out of every row: a planted
    `_directory` would move the store somewhere else. This one knows diskcache's own settings alone and gives all of
    them itself.
    """

    def __init__(self, directory: str) -> None:
        super().__init__(directory, disk=TextDisk, **DEFAULT_SETTINGS | {"eviction_policy": "none"})

    def reset(self, key: str, value: object = ENOVAL, update: bool = True) -> Any:  # noqa: ANN401, FBT001, FBT002 - diskcache's signature
        """Sets a setting that diskcache knows.

        Raises:
            UntrustedRowError: it is not one of diskcache's.
        """
        if key not in DEFAULT_SETTINGS and key not in METADATA:
            raise UntrustedRowError(f"the cache folder holds a setting that is none: {key!r}")
        return super().reset(key, value, update)


#: What reading or writing a folder can end with that somebody or something has damaged.
_DAMAGE = (UntrustedRowError, ValueError, OSError, sqlite3.Error, sqlite3.Warning, diskcache.Timeout)


class AnswerCache:
    """Completions under the digest of all that determined them. Safe to share between threads and processes.

    A row that cannot be trusted or read counts as a miss and is replaced by the next answer, and an answer that cannot
    be kept is not kept: a damaged cache costs time, never a verdict.
    """

    def __init__(self, directory: Path | None) -> None:
        """Opens the cache in `directory`; None makes a cache that keeps nothing."""
        self._store = None if directory is None else _open_store(directory)

    def get(self, cache_inputs: Mapping[str, Any]) -> Completion | None:
        """Returns the completion kept under `cache_inputs`, marked as cached, or None."""
        if self._store is None:
            return None
        try:
            text = self._store.get(key_of(cache_inputs))
            answer = None if text is None else answer_from_json(text)
        except _DAMAGE:
            return None
        return replace(answer, cached=True) if isinstance(answer, Completion) and is_worth_keeping(answer) else None

    def put(self, cache_inputs: Mapping[str, Any], answer: Answer) -> None:
        """Keeps `answer` unless it is a failure or a null answer: those must be asked for again."""
        if self._store is not None and is_worth_keeping(answer):
            with contextlib.suppress(*_DAMAGE):
                self._store.set(key_of(cache_inputs), answer_to_json(answer))

    def drop(self, cache_inputs: Mapping[str, Any]) -> None:
        """Forgets what is kept under `cache_inputs`, so that the next run asks again."""
        if self._store is not None:
            with contextlib.suppress(*_DAMAGE):
                self._store.delete(key_of(cache_inputs))

    def close(self) -> None:
        """Closes this thread's connection to the store."""
        if self._store is not None:
            self._store.close()


def _open_store(directory: Path) -> diskcache.Cache:
    try:
        return TextCache(str(directory))
    except Exception as error:  # diskcache meets a damaged database with errors of many kinds
        raise BackendUnavailable(
            f"The cache folder {directory} cannot be used ({error}). "
            "Name another one with --cache-dir, or run with --no-cache."
        ) from error


def is_worth_keeping(answer: Answer) -> bool:
    """Tells whether an answer may enter the cache: a completion whose content is there."""
    return isinstance(answer, Completion) and not isinstance(answer.content, Missing)


def key_of(cache_inputs: Mapping[str, Any]) -> str:
    """Returns the cache key: a digest over the canonical JSON of all that determines an answer."""
    canonical = json.dumps({"format": FORMAT, **cache_inputs}, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
