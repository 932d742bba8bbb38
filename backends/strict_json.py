"""Reads JSON as the strictest of clients does, and tells what such a client trips over; what can be read is read.

Python's own reader takes more for JSON than the rest of the world does: `NaN`, half a surrogate pair, bytes that are no
UTF-8. Law: RFC 8259; of numbers section 6, of strings section 7, of encoding section 8.1, of half a pair 8.2. A byte
order mark in front and white space around are no faults: section 2 allows the one, and 8.1 lets readers skip the other,
as the readers of browsers do.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence


class JsonFault(StrEnum):
    """What a strict reader trips over."""

    NO_TEXT = "no-text"
    HALF_CHARACTER = "half-character"
    NO_NUMBER = "no-number"
    KEY_TWICE = "key-twice"
    CONTROL_CHARACTER = "control-character"
    SYNTAX = "syntax"


@dataclass(frozen=True, slots=True)
class JsonProblem:
    """One thing that a strict reader trips over.

    Attributes:
        fault: its kind.
        told: what is the case, as a clause for people.
    """

    fault: JsonFault
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadJson:
    """What was read of a text.

    Attributes:
        value: plain data, in which half characters are replaced and what is no number is None; None where nothing could
            be read.
        problems: what a strict reader trips over, each kind once a place.
        is_meant: True where the text begins as an object or a list does.
    """

    value: Any
    problems: tuple[JsonProblem, ...] = ()
    is_meant: bool = True

    def problems_of_body(self, no_text_at: int | None, content_type: str) -> tuple[JsonProblem, ...]:
        """Returns the problems of a body of which this is the text.

        Args:
            no_text_at: offset of its first byte that is no UTF-8, and is replaced in the text; None where all is.
            content_type: as its header says.
        """
        is_meant = self.is_meant or any(kind in content_type.lower() for kind in _KINDS)
        own = () if no_text_at is None or not is_meant else (no_text(no_text_at),)
        return own + self.problems


#: What stands in the content type of JSON and of streams of it.
_KINDS = ("json", "event-stream")

#: Half a surrogate pair, written out or by its number.
_MAYBE_HALF = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")
_HALF = re.compile(r"[\ud800-\udfff]")

#: More than this many places of one kind are not told.
_TOLD = 3

_Pairs: TypeAlias = "Sequence[tuple[str, Any]]"


def read_json(text: bytes | str, *, mended: bool = True) -> ReadJson:
    """Returns what a text says, and what is wrong with it as JSON.

    Text that does not even begin like an object or a list is something else than JSON, and has no problem as such.

    Args:
        text: bytes as they came, or text.
        mended: False leaves half characters as they are, for pieces that are still to be joined.
    """
    reader = _Reader()
    written = (reader.decoded(text) if isinstance(text, bytes) else text).removeprefix("\ufeff")
    value = reader.read(written)
    return ReadJson(
        value=reader.mended(value) if mended else value,
        problems=reader.problems,
        is_meant=_begins_like_json(written),
    )


def first_byte_that_is_no_text(body: bytes) -> int | None:
    """Returns the offset of the first byte that is no UTF-8; None where all is."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def no_text(offset: int) -> JsonProblem:
    """Returns the problem of a body whose byte at `offset` is no UTF-8."""
    return JsonProblem(JsonFault.NO_TEXT, f"byte {offset} of the body is no UTF-8")


def whole_characters(text: str) -> str:
    """Returns `text` with halves that meet made whole, and those that stay alone replaced."""
    if not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Reader:
    """Reads one text and notes what is wrong with it."""

    def __init__(self) -> None:
        self._problems: list[JsonProblem] = []

    @property
    def problems(self) -> tuple[JsonProblem, ...]:
        kept: list[JsonProblem] = []
        for problem in dict.fromkeys(self._problems):
            if sum(problem.fault is other.fault for other in kept) < _TOLD:
                kept.append(problem)
        return tuple(kept)

    def note(self, fault: JsonFault, told: str) -> None:
        self._problems.append(JsonProblem(fault, told))

    def decoded(self, body: bytes) -> str:
        offset = first_byte_that_is_no_text(body)
        if offset is not None and _begins_like_json(body.decode("utf-8", "replace")):
            self._problems.append(no_text(offset))
        return body.decode("utf-8", "replace")

    def read(self, text: str) -> Any:  # noqa: ANN401 - whatever stands there
        try:
            value = self._parse(text)
            self._look_for_halves(text, value)
        except RecursionError:
            self.note(JsonFault.SYNTAX, "objects lie in objects beyond all reason")
            return None
        return value

    def _parse(self, text: str) -> Any:  # noqa: ANN401 - as above
        before = len(self._problems)
        try:
            return self._decoder(strict=True).decode(text)
        except ValueError as error:
            wrong = str(error)
        del self._problems[before:]
        if not _begins_like_json(text):
            return None
        try:
            value = self._decoder(strict=False).decode(text)
        except ValueError:
            del self._problems[before:]
            self.note(JsonFault.SYNTAX, f"the text is no JSON ({wrong})")
            return self._beginning(text)
        self.note(JsonFault.CONTROL_CHARACTER, f"a control character stands bare inside a string ({wrong})")
        return value

    def _beginning(self, text: str) -> Any:  # noqa: ANN401 - as above
        """Returns what stands whole in front of whatever follows; None where nothing does."""
        try:
            return self._decoder(strict=False).raw_decode(text.lstrip(" \t\r\n"))[0]
        except ValueError:
            return None

    def _decoder(self, *, strict: bool) -> json.JSONDecoder:
        return json.JSONDecoder(strict=strict, parse_constant=self._constant, object_pairs_hook=self._object)

    def _constant(self, name: str) -> None:
        self.note(JsonFault.NO_NUMBER, f"{name} stands where a value should")

    def _object(self, pairs: _Pairs) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, value in pairs:
            if name in made and made[name] != value:
                self.note(JsonFault.KEY_TWICE, f"the key {name!r} comes twice, with another value each time")
            made[name] = value
        return made

    def _look_for_halves(self, text: str, value: object) -> None:
        if _MAYBE_HALF.search(text):
            for place in _halves(value, ()):
                where = ".".join(place) or "the text"
                self.note(JsonFault.HALF_CHARACTER, f"half a character (a lone surrogate) stands in {where!r}")

    def mended(self, value: Any) -> Any:  # noqa: ANN401 - as above
        if any(problem.fault is JsonFault.HALF_CHARACTER for problem in self._problems):
            return _mended(value)
        return value


def _begins_like_json(text: str) -> bool:
    return text.removeprefix("\ufeff").lstrip(" \t\r\n")[:1] in ("{", "[")


def _halves(value: object, way: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Returns the ways to all strings that hold half a character."""
    if isinstance(value, str):
        return [way] if _HALF.search(value) else []
    if isinstance(value, dict):
        names = [(*way, whole_characters(name)) for name in value if _HALF.search(name)]
        return names + [found for name, one in value.items() for found in _halves(one, (*way, whole_characters(name)))]
    if isinstance(value, list):
        return [found for place, one in enumerate(value) for found in _halves(one, (*way, str(place)))]
    return []


def _mended(value: Any) -> Any:  # noqa: ANN401 - whatever stands there
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, dict):
        return {whole_characters(name): _mended(one) for name, one in value.items()}
    return [_mended(one) for one in value] if isinstance(value, list) else value
