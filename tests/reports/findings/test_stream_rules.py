"""What a stream does wrong leads to its cause, told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from reports.checks import CheckId, Facts
from reports.findings import find
from reports.verdict.judge import judge
from tests.reports.material import failed

if TYPE_CHECKING:
    from reports.checks import Check
from tests.reports.findings.shown import PARSER_WORDS, QUIET, broken, evidence

#: Another thing that the same cause is seen by, or that stands beside it, and the name that it leads to.
SEEN_TOO: dict[str, tuple[list[Check], list[str]]] = {
    "markup in a stream alone": (
        [
            broken(CheckId.STREAM_NO_MARKUP, Facts(leaked="<|channel|>analysis<|message|>Hm.<|end|>")),
            broken(CheckId.STREAM_JOINS_TO_THE_ANSWER, Facts(part="reasoning")),
            broken(CheckId.STREAMED_TOOL_CALL_ALIKE, Facts(called=())),
        ],
        ["raw-harmony-in-content"],
    ),
    "no usage in a stream alone": ([broken(CheckId.STREAM_USAGE_ALIKE, Facts(missing=True))], ["usage-missing"]),
    "other usage in a stream": ([broken(CheckId.STREAM_USAGE_ALIKE, Facts(used=1, missing=False))], ["usage-wrong"]),
    "counts that jump": ([broken(CheckId.USAGE_REPEATS, Facts(uncached=False))], ["usage-wrong"]),
    "fewer tokens than any text": (
        [broken(CheckId.USAGE_COUNTS_REASONING, Facts(used=60, counted=90, answered=2))],
        ["usage-wrong"],
    ),
    "more tokens than the texts": ([broken(CheckId.USAGE_COUNTS_REASONING, Facts(used=99, counted=9, answered=2))], []),
    "another reason to end": (
        [broken(CheckId.STREAM_JOINS_TO_THE_ANSWER, Facts(finish_reason="tool_calls"))],
        ["stream-wrong-finish"],
    ),
    "no reason to end": (
        [
            broken(CheckId.STREAM_JOINS_TO_THE_ANSWER, Facts(finish_reason="None")),
            broken(CheckId.STREAM_HAS_LAST_CHUNK),
        ],
        ["stream-bad-deltas"],
    ),
    "broken characters in whole answers": ([broken(CheckId.CHARACTERS_WHOLE)], ["characters-broken"]),
    "replies without an id": ([broken(CheckId.ENVELOPE_WELL_FORMED)], ["bad-envelope"]),
    "a stream that misses its last piece": (
        [
            broken(CheckId.CHARACTERS_WHOLE, Facts(part="content")),
            broken(CheckId.STREAM_JOINS_TO_THE_ANSWER, Facts(part="reasoning")),
        ],
        ["characters-broken"],
    ),
}


@pytest.mark.parametrize("case", SEEN_TOO)
def test_broken_claims_about_streams_and_counts_lead_to_their_cause_alone(case: str) -> None:
    seen, names = SEEN_TOO[case]

    assert [finding.id for finding in find(evidence([], seen))] == names


def test_words_of_an_error_inside_a_stream_stand_in_the_finding_and_in_the_reason() -> None:
    seen = evidence([], [broken(CheckId.STREAM_COMES_WHOLE, Facts(said="502: busy"))])

    (found,) = find(seen)
    got = judge(seen.subject, seen.rows, {}, checks=seen.checks, noise=QUIET)

    assert found.evidence["lines"] == ["502: busy"]
    assert "502: busy" in got.reason


def test_parser_that_fails_inside_streams_too_is_told_once() -> None:
    seen = [broken(CheckId.STREAM_COMES_WHOLE, Facts(said="500: expecting start token"))]
    parser = failed(FailureKind.SERVER, PARSER_WORDS, status=500)

    assert [finding.id for finding in find(evidence([(parser, 5)], seen))] == ["parser-500"]


def test_stream_that_holds_the_thought_is_named_as_that() -> None:
    seen = [broken(CheckId.STREAM_JOINS_TO_THE_ANSWER, Facts(inside="answer"))]

    assert [finding.id for finding in find(evidence([], seen))] == ["reasoning-in-content"]
