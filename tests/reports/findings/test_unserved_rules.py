"""Requests that came to nothing are told by whose words they were refused, and the way there accuses nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from reports.checks import CheckId, Facts
from reports.findings import find
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement
from tests.reports.material import failed

if TYPE_CHECKING:
    from reports.statistics.noise import NoiseMeasurement
from tests.reports.findings.shown import MEMORY_WORDS, PARSER_WORDS, QUIET, broken, evidence, repeated


@pytest.mark.parametrize(
    "words",
    [
        '{"error":{"code":400,"message":"request (856 tokens) exceeds the available context size (512 tokens)"}}',
        '{"error":{"type":"exceed_context_size_error","n_prompt_tokens":856,"n_ctx":512}}',
        '{"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}}',
        '{"error":{"code":"context_length_exceeded"}}',
        "This model's maximum context length is 512 tokens, however you requested 1880 tokens.",
    ],
)
def test_every_servers_words_for_a_small_context_are_known(words: str) -> None:
    refused = Facts(status=400, said=words)
    by_rows = find(evidence([(failed(FailureKind.REFUSED, words, status=400), 3)], []))
    by_check = find(evidence([], [broken(CheckId.PROMPT_LENGTH_LEGITIMATE, refused, "longest")]))

    assert [[finding.id for finding in found] for found in (by_rows, by_check)] == [["context-too-small"]] * 2


def test_parser_that_fails_is_told_beside_a_small_context() -> None:
    small = failed(FailureKind.SERVER, "Context size has been exceeded.", status=500)
    parser = failed(FailureKind.SERVER, PARSER_WORDS, status=500)

    found = find(evidence([(small, 4), (parser, 3)], []))

    assert [(finding.id, finding.count) for finding in found] == [("context-too-small", 4), ("parser-500", 3)]


def sent_again(again: int, once: int) -> tuple[NoiseMeasurement, ...]:
    """Returns noise of an endpoint that failed again on so many of the first examples, and on so many one time."""
    ids = [f"toxicchat-{position:04}" for position in range(20)]
    failing = {"failed_again": tuple(ids[:again]), "failed_once": tuple(ids[again : again + once])}
    return (*QUIET[:2], replace(repeated("repeat", 0, 15), **failing))  # type: ignore[arg-type]  # names of fields


@pytest.mark.parametrize(
    ("failure", "noise", "ids"),
    [
        (PARSER_WORDS, QUIET, ["parser-500"]),
        ('answered 500: {"detail": "openai_harmony.HarmonyError: x"}', QUIET, ["parser-500"]),
        ("answered 500: no text", sent_again(3, 0), ["parser-500"]),
        ("answered 500: list index out of range", sent_again(2, 0), ["parser-500"]),
        ("answered 500: no text", QUIET, ["server-error", "parser-500"]),
        ("answered 500: no text", sent_again(1, 0), ["server-error", "parser-500"]),
        ("answered 500: no text", sent_again(3, 1), ["server-error", "parser-500"]),
        (MEMORY_WORDS, QUIET, ["server-error"]),
        # What needs much memory may well need it each time.
        (MEMORY_WORDS, sent_again(4, 0), ["server-error"]),
    ],
)
def test_failing_parser_is_named_by_words_or_by_failing_again_on_the_same_inputs(
    failure: str, noise: tuple[NoiseMeasurement, ...], ids: list[str]
) -> None:
    (found,) = find(evidence([(failed(FailureKind.SERVER, failure, status=500), 5)], [], noise=noise))

    assert [found.id, *found.candidates] == ids


def test_failing_server_is_told_in_its_own_words() -> None:
    (found,) = find(evidence([(failed(FailureKind.SERVER, MEMORY_WORDS, status=500), 5)], []))

    assert found.evidence["lines"] == [MEMORY_WORDS]


def test_parser_and_memory_are_two_findings() -> None:
    parser, memory = (failed(FailureKind.SERVER, words, status=500) for words in (PARSER_WORDS, MEMORY_WORDS))

    found = find(evidence([(parser, 3), (memory, 2)], []))

    assert [(finding.id, finding.count) for finding in found] == [("parser-500", 3), ("server-error", 2)]


@pytest.mark.parametrize(
    "kind", [FailureKind.ACCOUNT, FailureKind.OVERDUE, FailureKind.UNREACHABLE, FailureKind.NOT_ASKED]
)
@pytest.mark.parametrize("number", [1, 6, 12])
def test_what_account_network_and_gateway_do_is_nobodys_fault(kind: FailureKind, number: int) -> None:
    made = evidence([(failed(kind, "answered 402: monthly included credits", status=402), number)], [])

    got = judge(made.subject, made.rows, {}, noise=QUIET)

    assert got.findings == ()
    assert got.judgement is not Judgement.DIFFERS
    assert number == 1 or "402" in got.reason


def test_refused_request_shows_nothing_but_its_refusal() -> None:
    refused = [
        broken(check_id, Facts(status=500, said="oops"))
        for check_id in (CheckId.EARLIER_REASONING_DROPPED, CheckId.STREAM_HAS_LAST_CHUNK)
    ]

    assert [one.id for one in find(evidence([], refused))] == ["server-error"]
