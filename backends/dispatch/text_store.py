"""A diskcache store that knows text alone.

A cache folder is data that someone else may have written, so nothing in it may run code or lead anywhere else. Refused
are, with an `UntrustedRowError`:

- a row or a key that is marked as a pickle: diskcache unpickles it on reading, which runs whatever code it holds
  (CVE-2025-69872, unfixed in 5.6.3; its own `JSONDisk` inherits the same reading path);
- a row that names a file: the name could point anywhere, so such files are neither read nor removed;
- a row that holds something else than text: this suite writes none;
- a setting that diskcache does not know: it makes an attribute of itself out of every row of its settings, and a
  planted `_directory` would move the store. Those that it knows are given here, and not believed.
"""

from __future__ import annotations

from typing import Any, Final

import diskcache
from diskcache.core import DBNAME, DEFAULT_SETTINGS, ENOVAL, METADATA, MODE_RAW

#: The database in a store's folder.
DATABASE: Final[str] = DBNAME

#: Bytes that a store takes on disk; beyond them what was stored first goes first.
SIZE_LIMIT: Final = 2 * 1024**3


class UntrustedRowError(Exception):
    """The cache folder holds something that this suite never writes."""


class TextDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache ships no types
    """How keys and values stand in the database: as text, and nowhere else."""

    def put(self, key: object) -> tuple[str, bool]:
        """Returns the database form of `key`: itself, not pickled."""
        return _text(key, "keys"), True

    def get(self, key: object, raw: object) -> str:
        """Returns the key that the database holds."""
        return _trusted(key, "a key", trusted=bool(raw))

    def store(self, value: object, read: bool, key: object = diskcache.UNKNOWN) -> tuple[int, int, None, str]:  # noqa: ARG002, FBT001 - diskcache's signature
        """Returns the database form of `value`: size, mode, no file, and itself."""
        return 0, MODE_RAW, None, _text(value, "values")

    def fetch(self, mode: int, filename: str | None, value: object, read: bool) -> str:  # noqa: ARG002, FBT001 - as above
        """Returns the text of a row."""
        return _trusted(value, "a row", trusted=mode == MODE_RAW and filename is None)

    def remove(self, file_path: object) -> None:
        """Does nothing: this disk keeps no files."""


class TextCache(diskcache.Cache):  # type: ignore[misc]  # as above
    """A diskcache cache of text that takes no setting from its folder."""

    def __init__(self, directory: str, size_limit: int = SIZE_LIMIT) -> None:
        own = {"eviction_policy": "least-recently-stored", "size_limit": size_limit}
        super().__init__(directory, disk=TextDisk, **DEFAULT_SETTINGS | own)

    def reset(self, key: str, value: object = ENOVAL, update: bool = True) -> Any:  # noqa: ANN401, FBT001, FBT002 - as above
        """Sets a setting that diskcache knows."""
        if key not in DEFAULT_SETTINGS and key not in METADATA:
            raise UntrustedRowError(f"the cache folder holds a setting that is none: {key!r}")
        return super().reset(key, value, update)


def _text(value: object, what: str) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(f"cache {what} are text, not {type(value).__name__}")


def _trusted(value: object, what: str, *, trusted: bool) -> str:
    if trusted and isinstance(value, str):
        return value
    raise UntrustedRowError(f"{what} of the cache folder is marked as a pickle, or is something else than text")
