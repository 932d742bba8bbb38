"""Results print in a line that says what matters, and holds no line break, no escape and none of the evidence."""

from __future__ import annotations

import pytest

from backends.completion import Completion, FinishReason, Missing, Usage
from backends.errors import Failure, FailureKind
from backends.labels import read_label
from backends.outcome import read_outcome

WHOLE = Completion(
    content="1",
    reasoning="Because.",
    finish_reason=FinishReason.STOP,
    usage=Usage(prompt_tokens=9, completion_tokens=12),
    latency_s=0.5,
    raw="{}" * 5000,
)

LINES = {
    "<Completion '1', reasoning 'Because.', 12 tokens, 0.50 s, stop>": WHOLE,
    "<Completion null, reasoning absent, 3 attempts, unknown, cached>": Completion(
        content=Missing.NULL, attempts=3, cached=True
    ),
    "<Completion '\\n\\x1b[2J', reasoning absent, malformed: no message, unknown>": Completion(
        content="\n\x1b[2J", malformed="no\nmessage"
    ),
    "<Failure server after 3 attempts: HTTP 500: oh no>": Failure(
        kind=FailureKind.SERVER, message="HTTP 500:\noh no", attempts=3, raw="{}" * 5000
    ),
    "<Outcome label True, <Completion '1', reasoning 'Because.', 12 tokens, 0.50 s, stop>>": read_outcome(
        WHOLE, read_label
    ),
    "<Outcome unreadable: the answer holds no label, <Completion 'Well.', reasoning absent, unknown>>": read_outcome(
        Completion(content="Well."), read_label
    ),
    "<Outcome error: Nobody listens.>": read_outcome(
        Failure(kind=FailureKind.UNREACHABLE, message="Nobody listens."), read_label
    ),
}


@pytest.mark.parametrize("line", LINES)
def test_result_prints_in_a_line(line: str) -> None:
    assert repr(LINES[line]) == str(LINES[line]) == line


def test_long_text_is_cut() -> None:
    assert len(repr(Completion(content="long " * 5000, reasoning="long " * 5000))) < 250
