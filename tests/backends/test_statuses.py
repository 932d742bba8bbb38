"""Each error status says whom it is about, and what is not the endpoint's doing is never taken for it."""

from __future__ import annotations

import json

import pytest

from backends.statuses import NOT_THE_ENDPOINTS, PASSING, Meant, meant_by, meant_by_reply


@pytest.mark.parametrize(
    ("statuses", "meant"),
    [
        ((401, 402, 403, 451), Meant.ACCOUNT),
        ((301, 304, 307, 404, 410), Meant.ADDRESS),
        ((429, 509, 529), Meant.LIMIT),
        ((407, 408, 425, 499, 502, 503, 504, 511, *range(520, 528), 530, 598, 599), Meant.GATEWAY),
        ((400, 405, 409, 413, 415, 418, 422), Meant.REQUEST),
        ((424, 500, 501, 505, 507), Meant.SERVER),
        ((200, 201, 204), None),
    ],
)
def test_status_says_whom_it_is_about(statuses: tuple[int, ...], meant: Meant | None) -> None:
    assert {meant_by(status) for status in statuses} == {meant}


def test_only_what_passes_by_itself_is_retried_and_it_is_nobodys_fault() -> None:
    assert PASSING < NOT_THE_ENDPOINTS
    assert {Meant.REQUEST, Meant.SERVER}.isdisjoint(NOT_THE_ENDPOINTS)


@pytest.mark.parametrize(
    ("status", "error", "meant"),
    [
        (400, {"code": "billing_hard_limit_reached"}, Meant.ACCOUNT),
        (429, {"code": "insufficient_quota"}, Meant.ACCOUNT),
        (500, {"type": "overloaded_error"}, Meant.LIMIT),
        (400, {"code": "content_filter"}, Meant.REQUEST),
        (500, {"code": 402}, Meant.SERVER),
        (200, {"code": 402, "message": "no credits"}, Meant.ACCOUNT),
        (200, {"code": "429", "message": "slow down"}, Meant.LIMIT),
        (200, {"code": 502, "message": "busy"}, None),
        (200, {"code": None}, None),
    ],
)
def test_code_of_an_error_says_more_than_its_status(status: int, error: object, meant: Meant | None) -> None:
    assert meant_by_reply(status, json.dumps({"error": error})) is meant


def test_error_beside_an_answer_takes_no_answers_place() -> None:
    assert meant_by_reply(200, json.dumps({"choices": [{}], "error": {"code": 402}})) is None


@pytest.mark.parametrize("body", [None, b"", b"busy", b"[1]", b'"x"', b'{"error": "no"}', b"[" * 100_000, b"\xff"])
def test_body_without_an_error_object_leaves_it_to_the_status(body: bytes | None) -> None:
    assert meant_by_reply(500, body) is Meant.SERVER
    assert meant_by_reply(200, body) is None
