"""The tokens that an endpoint reports are read from its replies, whole or streamed, through either API."""

from __future__ import annotations

import json

import pytest

from backends.billed import Billed, billed_in, billed_in_body
from backends.raw_reply import evidence_of

CHAT = {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}
OTHER = {"input_tokens": 8, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 0}}


def stream(*events: object) -> str:
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (json.dumps({"usage": CHAT}), Billed(7, 3, 4)),
        (json.dumps({"usage": OTHER}), Billed(8, 2)),
        (
            json.dumps({"usage": {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": None}}),
            Billed(7, 3),
        ),
        (stream({"choices": [], "usage": None}, {"choices": [], "usage": CHAT}), Billed(7, 3, 4)),
        (stream({"type": "response.created", "response": {}}, {"response": {"usage": OTHER}}), Billed(8, 2)),
        (json.dumps({"usage": {"prompt_tokens": "7", "completion_tokens": 3}}), None),
        (json.dumps({"usage": {"prompt_tokens": -7, "completion_tokens": 3}}), None),
        (json.dumps({"usage": {"prompt_tokens": 7}}), None),
        (json.dumps([1]), None),
        ('{"usage": {', None),
        ("[" * 100_000, None),
        ("<html>", None),
        ("", None),
        (None, None),
    ],
)
def test_counts_are_read_and_what_is_none_is_not(body: str | None, expected: Billed | None) -> None:
    evidence = evidence_of(request="{}", status=200, headers={}, response=body)

    assert billed_in_body(body) == billed_in(evidence) == expected


@pytest.mark.parametrize("evidence", ["", "null", "[]", "{}", "no JSON"])
def test_what_is_no_evidence_tells_nothing(evidence: str) -> None:
    assert billed_in(evidence) is None
