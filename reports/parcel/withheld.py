"""Keeps texts of examples out of what is handed on: they may be toxic, and they may be somebody's."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from backends.outcome import OutcomeKind
from reports.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reports.rows.row import Row

#: A piece of this many characters tells that a text repeats another one; texts that are shorter must be there whole.
_PIECE = 20

#: Shorter texts than this stand in many others by chance.
_SHORTEST = 6

#: What stands in the place of a text that repeats one of an example's.
LEFT_OUT = "[left out: it repeats a text of an example; --with-texts keeps it]"

#: Answers of these are a label, or the model's own refusal.
_HARMLESS = frozenset({OutcomeKind.LABEL, OutcomeKind.REFUSED})


def digest_of(text: str | None) -> dict[str, Any] | None:
    """Returns what may be told of a text: its digest and its length; None where there is none."""
    if text is None:
        return None
    return {"sha256": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), "characters": len(text)}


def without_texts(data: Any, rows: Iterable[Row]) -> Any:  # noqa: ANN401 - plain data of any shape
    """Returns plain data in which every text that repeats a text of an example is replaced, whole."""
    repeating = _repeating(set(_strings(data)), rows)
    return _replaced(data, repeating)


def _strings(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for name, value in data.items():
            yield str(name)
            yield from _strings(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _strings(value)


def _replaced(data: Any, repeating: set[str]) -> Any:  # noqa: ANN401 - as above
    if isinstance(data, str):
        return LEFT_OUT if data in repeating else data
    if isinstance(data, dict):
        return {LEFT_OUT if name in repeating else name: _replaced(value, repeating) for name, value in data.items()}
    return [_replaced(value, repeating) for value in data] if isinstance(data, list | tuple) else data


def _repeating(strings: set[str], rows: Iterable[Row]) -> set[str]:
    """Returns those of the strings that repeat a text: each text is gone through once, however many there are."""
    pieces: dict[str, set[str]] = {}
    for string in strings:
        for at in range(len(string) - _PIECE + 1):
            pieces.setdefault(string[at : at + _PIECE], set()).add(string)
    found: set[str] = set()
    for text in _texts(rows):
        if len(text) >= _PIECE:
            windows = (text[at : at + _PIECE] for at in range(len(text) - _PIECE + 1))
            found.update(*(pieces[piece] for piece in windows if piece in pieces))
        elif len(text) >= _SHORTEST:
            found |= {string for string in strings if text in string}
    return found


def _texts(rows: Iterable[Row]) -> set[str]:
    """Returns what must not be repeated, in every dress that a report puts it in."""
    plain = set()
    for row in rows:
        plain.add(row.text)
        plain |= {side.response for _, side in row.sides if side.response and side.outcome not in _HARMLESS}
    return {dress.strip() for text in plain for dress in _dresses(text)}


def _dresses(text: str) -> Iterator[str]:
    yield text
    yield one_line(text)
    yield repr(text)[1:-1]
    for ascii_alone in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_alone)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=ascii_alone)[1:-1]
