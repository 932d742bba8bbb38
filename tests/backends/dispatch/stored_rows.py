"""What somebody else may have written into a cache folder."""

from __future__ import annotations

import pickle
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from diskcache.core import MODE_BINARY, MODE_PICKLE, MODE_RAW, MODE_TEXT

from backends.completion import Completion
from backends.stored_answer import answer_to_json

DATABASE = "cache.db"

#: A stored answer to the letter: whoever reads it from a row that must be refused has not refused it.
ANSWER_TEXT = answer_to_json(Completion(content="planted"))


@dataclass(frozen=True, slots=True)
class Bomb:
    """An object whose pickle creates `mark` when it is loaded."""

    mark: Path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.mark,)


def bomb(mark: Path) -> bytes:
    return pickle.dumps(Bomb(mark))


def run_sql(folder: Path, statement: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Runs one statement on the folder's database, behind the cache's back."""
    connection = sqlite3.connect(folder / DATABASE)
    try:
        with connection:
            return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Row:
    """A row that must be refused. A value of None with a file name stands for a row whose value lies in that file."""

    mode: int
    value: object = None
    filename: str | None = None
    raw: int = 1


#: Stands for the pickle of a `Bomb`.
CHARGE = object()

REFUSED_ROWS = {
    "pickle inline": Row(MODE_PICKLE, CHARGE),
    "pickle in a value file": Row(MODE_PICKLE, filename="value.val"),
    "pickle in a file outside": Row(MODE_PICKLE, filename="../outside.val"),
    "text in a file outside": Row(MODE_TEXT, filename="../outside.txt"),
    "binary file": Row(MODE_BINARY, filename="value.val"),
    "binary inline": Row(MODE_RAW, CHARGE),
    "number": Row(MODE_RAW, 5),
    "nothing": Row(MODE_RAW),
    "text that also names a file": Row(MODE_RAW, ANSWER_TEXT, "../outside.txt"),
    "answer marked as a pickle": Row(MODE_PICKLE, ANSWER_TEXT),
    "unknown mode": Row(9, CHARGE),
    "text that is no JSON": Row(MODE_RAW, "hello"),
    "JSON that is no answer": Row(MODE_RAW, '{"type": "completion"}'),
    "JSON list": Row(MODE_RAW, "[1]"),
    "very deep JSON": Row(MODE_RAW, "[" * 100_000),
    "pickled under a pickled key": Row(MODE_PICKLE, CHARGE, raw=0),
}
"""Rows that no cache of this project writes, by what they are."""


def plant(folder: Path, key: object, row: Row, charge: bytes = b"", expire_time: float | None = None) -> None:
    """Writes a row in the place of an earlier one, and the files that such rows name, inside and outside."""
    (folder / "value.val").write_bytes(charge)
    (folder.parent / "outside.val").write_bytes(charge)
    (folder.parent / "outside.txt").write_text(ANSWER_TEXT)
    run_sql(
        folder,
        "INSERT OR REPLACE INTO Cache(key, raw, store_time, expire_time, access_time, size, mode, filename, value) "
        "VALUES (?, ?, 0, ?, 0, 0, ?, ?, ?)",
        (key, row.raw, expire_time, row.mode, row.filename, charge if row.value is CHARGE else row.value),
    )
