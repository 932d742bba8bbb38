"""A strict reader trips over what browsers, and clients in other languages, trip over, and loses nothing readable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backends.strict_json import JsonFault, first_byte_that_is_no_text, read_json, whole_characters

F = JsonFault


@pytest.mark.parametrize(
    ("text", "value", "faults"),
    [
        (rb'{"a": "calm \ud83d"}', {"a": "calm \ufffd"}, [F.HALF_CHARACTER]),
        (rb'{"a": ["\ude00", {"b": "\ud83d!"}]}', {"a": ["\ufffd", {"b": "\ufffd!"}]}, [F.HALF_CHARACTER] * 2),
        (rb'{"\udc00": 1}', {"\ufffd": 1}, [F.HALF_CHARACTER]),
        (b'{"a": "\xff1"}', {"a": "\ufffd1"}, [F.NO_TEXT]),
        (b'{"a": "\xed\xa0\xbd"}', {"a": "\ufffd\ufffd\ufffd"}, [F.NO_TEXT]),
        (b'{"a": NaN, "b": [Infinity, -Infinity]}', {"a": None, "b": [None, None]}, [F.NO_NUMBER] * 3),
        (b'{"a": 1, "a": 2}', {"a": 2}, [F.KEY_TWICE]),
        (b'{"a": "one\ntwo\x01"}', {"a": "one\ntwo\x01"}, [F.CONTROL_CHARACTER]),
        (b'{"a": 1} trailing', {"a": 1}, [F.SYNTAX]),
        (b'{"a": 1}{"a": 2}', {"a": 1}, [F.SYNTAX]),
        (b'{"a": "cut of', None, [F.SYNTAX]),
        (b"{'a': 1}", None, [F.SYNTAX]),
        (b'[1, 2, NaN, "', None, [F.SYNTAX, F.NO_NUMBER]),
        (b"[" * 100_000, None, [F.SYNTAX]),
        ('{"a": 1}'.encode("utf-16"), None, []),
    ],
)
def test_what_trips_strict_readers_is_told_and_the_rest_is_read(text: bytes, value: Any, faults: list[F]) -> None:  # noqa: ANN401 - plain data
    read = read_json(text)

    assert read.value == value
    assert [problem.fault for problem in read.problems] == faults
    json.dumps(read.value, allow_nan=False, ensure_ascii=False).encode()
    "".join(problem.told for problem in read.problems).encode()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b' \r\n\t{"a": 1}\n\n', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('\ufeff{"a": 1}', {"a": 1}),
        (rb'{"a": "\ud83d\ude00"}', {"a": "\U0001f600"}),
        ('{"a": "\U0001f600 \u00e9 \u2028"}'.encode(), {"a": "\U0001f600 \u00e9 \u2028"}),
        (rb'{"a": "\\ud83d"}', {"a": r"\ud83d"}),
        (b'{"a": 1, "a": 1}', {"a": 1}),
        (
            b'{"a": 1e999, "b": "NaN", "d": "\\ufffd"}',
            {"a": float("inf"), "b": "NaN", "d": "\ufffd"},
        ),
        (b"<html>caf\xe9</html>", None),
        (b"", None),
        (b"Internal Server Error", None),
    ],
)
def test_what_is_json_or_was_never_meant_to_be_has_no_problem(text: bytes | str, value: Any) -> None:  # noqa: ANN401 - plain data
    read = read_json(text)

    assert (read.value, read.problems) == (value, ())


def test_place_of_half_a_character_is_told() -> None:
    (problem,) = read_json(r'{"choices": [{"message": {"content": "\ud83d"}}]}').problems
    assert "'choices.0.message.content'" in problem.told


def test_no_more_than_three_places_of_one_kind_are_told() -> None:
    assert len(read_json("[" + ", ".join([r'"\ud83d"'] * 50) + "]").problems) == 3


def test_pieces_that_meet_are_made_whole_and_others_replaced() -> None:
    first, second = (read_json(text, mended=False).value for text in (r'"\ud83d"', r'"\ude00 \ud83d"'))
    assert whole_characters(first + second) == "\U0001f600 \ufffd"


@pytest.mark.parametrize(("body", "offset"), [(b"caf\xc3\xa9", None), (b"ab\xff", 2), (b"", None), (b"\xc3", 0)])
def test_first_byte_that_is_no_text_is_found(body: bytes, offset: int | None) -> None:
    assert first_byte_that_is_no_text(body) == offset


def test_body_that_is_said_to_be_json_is_told_to_be_no_text_whatever_it_begins_with() -> None:
    read = read_json("\x1f\ufffd")
    assert [one.fault for one in read.problems_of_body(1, "application/json")] == [F.NO_TEXT]
    assert read.problems_of_body(1, "text/html") == ()
