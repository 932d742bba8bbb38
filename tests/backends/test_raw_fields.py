"""Raw evidence goes into fields and comes back to the letter, whatever it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.evidence import LocalEvidence
from backends.raw_fields import exchange_fields, exchange_raw, local_fields, local_raw
from backends.raw_reply import evidence_of

HEADERS = {"server": "uvicorn", "content-type": "application/json"}
EXCHANGE = evidence_of(request='{"model": "m"}', status=200, headers=HEADERS, response='{"choices": []}')
LOCAL = LocalEvidence("<|start|>system", "<|channel|>final", {"device": "cpu"}).as_raw()

#: Evidence of other forms: other suites', damaged, hostile.
OTHERS = [
    "no JSON", "[1, 2]", "{}", '{"status": 500}', '{"request": 1, "status": 200, "headers": {}, "response": ""}',
    '{"request": "", "status": "200", "headers": {}, "response": ""}', "[" * 10_000,
    EXCHANGE.replace('"uvicorn"', "3"), EXCHANGE.replace(": ", ":"), EXCHANGE[:-1] + ', "more": 1}',
    LOCAL[:-1] + ', "more": 1}', '{"prompt": 1, "text": ""}',
]  # fmt: skip


def test_exchange_is_told_field_by_field() -> None:
    assert exchange_fields(EXCHANGE) == {
        "request": '{"model": "m"}',
        "status": 200,
        "headers": [{"name": "server", "value": "uvicorn"}, {"name": "content-type", "value": "application/json"}],
        "response": '{"choices": []}',
        "no_text_at": None,
        "left_open": False,
        "other": None,
    }


def test_local_answer_is_told_field_by_field() -> None:
    told = {"prompt": "<|start|>system", "text": "<|channel|>final", "made": '{"device": "cpu"}', "other": None}

    assert local_fields(LOCAL) == told


PARTS: dict[str, st.SearchStrategy[Any]] = {
    "request": st.text(),
    "status": st.none() | st.integers(),
    "headers": st.dictionaries(st.text(), st.text(), max_size=3),
    "response": st.none() | st.text(),
    "no_text_at": st.none() | st.integers(),
    "left_open": st.booleans(),
}


@given(parts=st.fixed_dictionaries(PARTS))
def test_any_exchange_comes_back_to_the_letter(parts: dict[str, Any]) -> None:
    raw = evidence_of(**parts)
    fields = exchange_fields(raw)

    assert fields is not None
    assert fields["other"] is None
    assert exchange_raw(fields) == raw


@pytest.mark.parametrize("raw", OTHERS)
def test_evidence_of_another_form_is_kept_whole(raw: str) -> None:
    for taken, made in ((exchange_fields(raw), exchange_raw), (local_fields(raw), local_raw)):
        assert taken is not None
        assert {name for name, value in taken.items() if value is not None} == {"other"}
        assert made(taken) == raw


def test_what_is_not_there_has_no_fields() -> None:
    assert [exchange_fields(raw) for raw in (None, "")] == [None, None]
    assert [local_fields(raw) for raw in (None, "")] == [None, None]
    assert exchange_raw(None) is None


def test_text_as_earlier_files_hold_it_stays() -> None:
    assert exchange_raw(EXCHANGE) == EXCHANGE
    assert local_raw(LOCAL) == LOCAL


@pytest.mark.parametrize("fields", [{}, {"other": None}, {"other": None, "request": "", "status": 1, "headers": [1]}])
def test_fields_of_something_else_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="other fields"):
        exchange_raw(fields)
    with pytest.raises(ValueError, match="other fields"):
        local_raw(fields)


def test_exchange_without_a_response_is_one() -> None:
    raw = evidence_of(request="{}", status=None, headers={}, response=None)

    assert json.loads(exchange_raw(exchange_fields(raw)) or "") == json.loads(raw)
