"""The first token is the first text of a stream, whichever API it came through; all else is none."""

from __future__ import annotations

import json

import pytest

from backends.api.first_token import first_token_s


def _chunk(**delta: object) -> bytes:
    return f"data: {json.dumps({'choices': [{'delta': delta}]})}\n\n".encode()


def _event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\r\ndata:{json.dumps({'type': kind, **fields})}\r\n\r\n".encode()


NO_TEXT = [
    b": waiting\n\n", _chunk(role="assistant"), _chunk(content=""), _chunk(content=None), b"data: [DONE]\n\n",
    b"data: {broken\n\n", b'data: {"choices": [3]}\n\n', b'data: ["choices"]\n\n', b"data: " + b"[" * 9_999 + b"\n\n",
    b'data: {"choices": []}\n\n', _event("response.created", response={}),
    _event("response.output_text.delta", delta=""),
]  # fmt: skip
TEXT = [
    _chunk(content="1"), _chunk(reasoning="I"), _chunk(reasoning_content="I"), _chunk(tool_calls=[{"index": 0}]),
    _event("response.output_text.delta", delta="1"), _event("response.reasoning_text.delta", delta="I"),
]  # fmt: skip


@pytest.mark.parametrize("text", TEXT)
@pytest.mark.parametrize("before", NO_TEXT)
def test_first_text_counts_and_what_is_none_before_it_does_not(before: bytes, text: bytes) -> None:
    body = before + text + text

    pieces = [(len(before), 0.1), (len(before) + 9, 0.2), (len(before) + len(text), 0.3), (len(body), 0.4)]

    assert first_token_s(body, pieces) == 0.3


@pytest.mark.parametrize("body", [b"", b"".join(NO_TEXT)])
def test_stream_without_text_has_no_first_token(body: bytes) -> None:
    assert first_token_s(body, [(len(body), 0.1)]) is None
