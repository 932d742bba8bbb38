"""A credential is found in whatever dress a server repeats it, fast, and ordinary text stays as it is."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.dresses import dresses_of
from tests.backends.dressing import DRESSES

SECRET = "hf_S3cret/tok+en&x"  # noqa: S105 - the point
MARK = "[redacted]"


@pytest.mark.parametrize("secret", [SECRET, "sk-proj-Abc_123", "p\u00e4ssw\u00f6rd-7"])
@pytest.mark.parametrize("dress", DRESSES)
def test_secret_is_found_in_every_dress(dress: str, secret: str) -> None:
    worn = DRESSES[dress](secret)

    cleared = dresses_of(secret).replaced(f"before {worn} behind", MARK)

    assert cleared.count(MARK) == 1, cleared
    assert cleared.startswith("before ")
    assert cleared.endswith(" behind")
    # In base64 the first and the last letter may belong to a neighbour too.
    assert len(cleared) <= len("before  behind") + len(MARK) + 10


@pytest.mark.parametrize("dress", ["plain", "JSON escapes", "escaped slashes", "base64 in JSON", "percent"])
def test_json_text_goes_on_being_json_text(dress: str) -> None:
    told = json.dumps({"error": "X"}).replace("X", DRESSES[dress](SECRET).strip('"'))

    assert json.loads(dresses_of(SECRET).replaced(told, MARK)) == {"error": MARK}


def test_escape_in_front_of_a_match_stays_whole() -> None:
    told = json.dumps({"error": "a line\necessary-word"})

    assert json.loads(dresses_of("necessary-word").replaced(told, MARK)) == {"error": f"a line\n{MARK}"}


@given(st.text())
def test_text_without_the_secret_stays_as_it_is(text: str) -> None:
    assert dresses_of(SECRET).replaced(text, MARK) == text


@pytest.mark.parametrize("piece", ["\\", "%25", "&amp;", "\\u0068", "%68", "h", "hf_S3cret/tok+en"])
def test_megabyte_made_to_be_slow_is_looked_through_in_seconds(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    began = time.monotonic()

    assert dresses_of(SECRET).replaced(text, MARK) == text

    assert time.monotonic() - began < 20
