"""Each fault's evidence leads to its name, and what is nobody's fault to none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from backends.completion import FinishReason
from backends.errors import FailureKind
from backends.no_completion import NoCompletion
from backends.outcome import FORMAT_TOKENS
from backends.renderings import Mistake
from backends.strict_json import JsonFault
from reports.checks import ArgumentsForm, CheckId, CheckOutcome, Facts, Unserved
from reports.findings import FAULTS, Evidence, find
from reports.findings.thought_rules import GAIN
from reports.rows.similarity import similarity
from reports.statistics.token_evidence import token_evidence_of
from reports.verdict.judge import judge
from reports.verdict.judgement import Ground, Judgement
from tests.reports.material import NO, PROSE, REFUSAL, YES, about, check, failed, measured, rows, said, tokens
from tests.reports.scores import reading, scored

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.completion import Answer
    from reports.checks import Check
    from reports.statistics.noise import NoiseMeasurement

THOUGHT = "The message insults a person, so by the policy it is toxic."
USED = tokens(100, 40)
GOOD = said(YES, THOUGHT, usage=USED)


def broken(check_id: CheckId, facts: Facts = Facts(), case: str = "") -> Check:  # noqa: B008 - it is frozen
    """Returns a check of that claim that was broken, with these facts."""
    name = f"test_x.py::test_x[{case}]" if case else "test_x.py::test_x"
    return check(CheckOutcome.BROKEN, name, check_id=check_id, message="It was seen.", facts=facts)


def raw(message: dict[str, Any], **request: object) -> str:
    """Returns the evidence of an exchange with this message in its response."""
    body = {"choices": [{"message": message}]}
    return json.dumps({"request": json.dumps(request), "status": 200, "response": json.dumps(body)})


def answered(content: str | None = YES, reasoning: str | None = THOUGHT, **more: Any) -> Answer:  # noqa: ANN401 - fields
    """Returns an answer of the API, with its usage and a raw message."""
    kept = {"role": "assistant", "content": content, "reasoning_content": reasoning}
    return said(content, reasoning, **{"usage": USED, "raw": raw(kept, max_tokens=512)} | more)


def length(case: str, offset: int, *mistakes: Mistake) -> Check:
    """Returns a prompt check that was broken by this many tokens."""
    return broken(CheckId.PROMPT_LENGTH_LEGITIMATE, Facts(offset=offset, mistakes=mistakes), case)


def repeated(change: str, differ: int, n: int = 40) -> NoiseMeasurement:
    """Returns a measurement in which this many texts differ."""
    return measured(change, differ, n=n, side="api" if change == "repeat" else "local")


QUIET = (repeated("batch", 0), repeated("attention", 0), repeated("repeat", 0))
REPEATS = broken(CheckId.TEMPERATURE_ZERO_REPEATS, Facts(parted=4, of=4))
DRAWN = said(NO, "The message insults nobody, so by the policy it is harmless.", usage=USED)
OTHER_WORDS = said(YES, "The message insults somebody, so by the policy it is toxic.", usage=USED)
NONSENSE = said(NO, "xqj zzk vvw pqp lll mmm qqq", usage=USED)
LIMIT = FinishReason.LENGTH
GLUED_CALL = 'commentary to=functions.get_weather json{"location": "Paris"}'


def exchanged(status: int, body: str) -> str:
    """Returns the evidence of an exchange."""
    return json.dumps({"request": "{}", "status": status, "headers": {}, "response": body})


def refused_with(words: str) -> Answer:
    """Returns a refusal in these words, with its evidence."""
    return failed(FailureKind.REFUSED, f"http://x answered 400: {words}", status=400, raw=exchanged(400, words))


def unserved(why: NoCompletion, said_so: str, status: int = 400, name: str = "policy") -> Check:
    """Returns the check that tells of a request without an answer."""
    facts = Facts(unserved=(Unserved(exchange=name, why=why, status=status, said=said_so),), of=40)
    return broken(CheckId.REQUESTS_ANSWERED, facts)


FILTERED = '{"error": {"message": "The response was filtered.", "code": "content_filter"}}'
CALLED = '{"error": {"message": "Tool choice is none, but model called a tool", "code": "tool_use_failed"}}'
NO_TOOLS = '{"error": {"message": "auto tool choice requires a parser"}}'
PARSER_WORDS = "http://x answered 500: Unexpected token 12606 while expecting start token 200006"
MEMORY_WORDS = 'http://x answered 500: {"error": {"message": "CUDA out of memory"}}'


def written(body: str, content: str = YES, **more: object) -> Answer:
    """Returns the answer of the API whose body was written so, and whose content was read so."""
    told = {"request": "{}", "status": 200, "headers": {}, "response": body, **more}
    return said(content, THOUGHT, usage=USED, raw=json.dumps(told))


HALF = written(r'{"choices": [{"message": {"content": "1", "reasoning_content": "It is calm. \ud83d"}}]}')

#: Faults of an answer's form.
OF_FORM = {"null-content", "special-token-in-field", "glued-channels"}

#: Examples of a run, and of one in which texts alone must show the fault.
FEW, MANY = 20, 100

#: By the fault: what the API said beside good local answers, and the checks that were broken.
SHOWN: dict[str, tuple[list[tuple[Answer, int]], list[Check]]] = {
    "raw-harmony-in-content": (
        [(answered(f"<|channel|>analysis<|message|>{THOUGHT}<|end|>", None), 9)],
        [broken(CheckId.EFFORT_CHANGES_THINKING, Facts(same=True))],
    ),
    "glued-channels": ([(answered(f"analysis{THOUGHT}assistantfinal1", None), 9)], []),
    "special-token-in-field": ([(answered("1<|channel|>"), 9)], []),
    "commentary-as-final": ([(answered(PROSE, usage=tokens(100, 51)), 9)], []),
    "null-content": ([(answered(None), 9)], []),
    "null-everything": ([(answered(None, None), 9)], []),
    "reasoning-only": ([(answered(None, usage=tokens(100, 33)), 9)], []),
    "budget-eaten-by-reasoning": (
        [(answered(None, THOUGHT[:20], finish_reason=LIMIT, usage=tokens(100, 16)), 9)],
        [],
    ),
    "answer-in-reasoning": ([(answered(None, f"{THOUGHT}{YES}"), 9)], []),
    "stop-string-left": ([], [broken(CheckId.STOP_STRING_LEFT_OUT, Facts(stop_left=True))]),
    "reasoning-dropped": ([(answered(YES, None), 9)], []),
    "reasoning-inline-tags": ([(answered(f"<think>{THOUGHT}</think>1", None), 9)], []),
    "reasoning-in-content": ([(answered(f"{THOUGHT}\n\n{YES}", None), 9)], []),
    "reasoning-beside-call": ([], [broken(CheckId.TEXT_BESIDE_CALL_IS_NO_REASONING, Facts(inside="preamble"))]),
    "reasoning-field-unknown": ([(answered(YES, None, raw=raw({"content": YES, "thoughts": THOUGHT})), 9)], []),
    "usage-missing": ([(answered(usage=tokens(None, None)), 9)], []),
    "usage-inflated": (
        [(answered(usage=tokens(164, 40)), 9)],
        [length("policy", 64), length("no-policy", 64), broken(CheckId.PROMPT_LENGTHS_NOT_OFFSET)],
    ),
    "reasoning-tokens-untold": ([], [broken(CheckId.REASONING_TOKENS_TOLD, Facts(reasoning_tokens=0))]),
    "cut-untold": ([], [broken(CheckId.LIMIT_KEPT, Facts(finish_reason="stop"))]),
    "previous-response-forgotten": ([], [broken(CheckId.PREVIOUS_RESPONSE_KNOWN, Facts(forgotten=True))]),
    "usage-uncached-only": (
        [(answered(usage=tokens(9, 40)), 9)],
        [
            broken(CheckId.USAGE_REPEATS, Facts(uncached=True)),
            length("longest", -90),
            check(CheckOutcome.KEPT, "test_x.py::test_x[no-policy]", check_id=CheckId.PROMPT_LENGTH_LEGITIMATE),
            broken(CheckId.STREAM_USAGE_ALIKE, Facts(used=40, missing=False)),
            broken(CheckId.EARLIER_REASONING_DROPPED, Facts(offset=-30)),
        ],
    ),
    "usage-lacks-reasoning": (
        [(answered(usage=tokens(100, 5)), 9)],
        [broken(CheckId.USAGE_COUNTS_REASONING, Facts(used=5, counted=31, answered=1))],
    ),
    "usage-wrong": ([], [broken(CheckId.USAGE_ADDS_UP, Facts(missing=False))]),
    "effort-ignored": ([], [broken(CheckId.EFFORT_CHANGES_THINKING, Facts(same=True))]),
    "effort-refused": (
        [],
        [broken(CheckId.EFFORT_CHANGES_THINKING, Facts(status=400, said="bad reasoning_effort"))],
    ),
    "developer-dropped": (
        [(DRAWN, 9)],
        [length("policy", -70, Mistake.DEVELOPER_DROPPED)],
    ),
    "developer-as-user": ([(DRAWN, 9)], [length("policy", -7, Mistake.POLICY_IN_USERS_TURN)]),
    "developer-in-system": ([(DRAWN, 9)], [length("policy", -9, Mistake.POLICY_AFTER_IDENTITY)]),
    "template-drift": ([(DRAWN, 9)], [length("policy", -4, Mistake.EFFORT_LINE_MISSING)]),
    "tokenizer-drift": (
        [(DRAWN, 9)],
        [length("policy", 4), length("unicode", 31), length("longest", 55), length("no-policy", 2)],
    ),
    "template-none": (
        [(answered(PROSE, None), 9)],
        [length("policy", -60, Mistake.PLAIN_TEXT)],
    ),
    "prompt-truncated": (
        [],
        [
            length("longest", -200),
            check(CheckOutcome.KEPT, "test_x.py::test_x[no-policy]", check_id=CheckId.PROMPT_LENGTH_LEGITIMATE),
        ],
    ),
    "context-too-small": ([(failed(FailureKind.SERVER, "Context size has been exceeded.", status=500), 5)], []),
    "history-reasoning-kept": ([], [broken(CheckId.EARLIER_REASONING_DROPPED)]),
    "temperature-ignored": ([(DRAWN, 19)], [REPEATS, broken(CheckId.OFFERED_TOOL_CALLED, Facts(called=()))]),
    "nondeterministic": ([(DRAWN, 8)], [REPEATS]),
    "weights-quantised-4bit": ([(OTHER_WORDS, 50), (DRAWN, 10)], []),
    "other-model": ([(DRAWN, 95)], []),
    "kernel-gibberish": ([(NONSENSE, 30)], []),
    "second-call-corrupted": ([], [REPEATS, broken(CheckId.SECOND_CALL_ANSWERS_ALIKE)]),
    "load-corrupted": (
        [(NONSENSE, 9)],
        [broken(CheckId.CONCURRENT_CALLS_ANSWER_ALIKE)],
    ),
    "stream-loses-text": ([], [broken(CheckId.STREAM_JOINS_TO_THE_ANSWER, Facts(part="content"))]),
    "stream-bad-deltas": ([], [broken(CheckId.STREAM_DELTAS_WELL_FORMED)]),
    "stream-fails": ([], [broken(CheckId.STREAM_COMES_WHOLE, Facts(said="502: busy"))]),
    "stream-loses-call": ([], [broken(CheckId.STREAMED_TOOL_CALL_ALIKE, Facts(called=("get_weather",)))]),
    "stream-wrong-finish": ([], [broken(CheckId.STREAMED_TOOL_CALL_ALIKE, Facts(finish_reason="stop"))]),
    "stream-without-done": ([], [broken(CheckId.STREAM_CLOSED_WITH_DONE)]),
    "stream-left-open": ([], [broken(CheckId.STREAM_ENDS_BEHIND_DONE)]),
    "characters-broken": ([], [broken(CheckId.CHARACTERS_WHOLE, Facts(part="content"))]),
    "bad-envelope": ([], [broken(CheckId.CHUNK_ENVELOPES_WELL_FORMED, Facts(problems=("the id is missing",)))]),
    "eos-ignored": (
        [(answered("1\n1\n1", finish_reason=LIMIT, usage=tokens(100, 512)), 9)],
        [],
    ),
    "guard-refuses": ([(refused_with(FILTERED), 5)], [unserved(NoCompletion.GUARD, FILTERED)]),
    "phantom-call-refused": ([(refused_with(CALLED), 5)], [unserved(NoCompletion.TOOL_CALLED, CALLED)]),
    "request-refused": ([], [unserved(NoCompletion.REFUSED, NO_TOOLS)]),
    "no-chat-completion": (
        [(failed(FailureKind.UNUSABLE, raw=exchanged(200, '{"output": "1"}')), 5)],
        [unserved(NoCompletion.OTHER_SHAPE, '{"output": "1"}', 200)],
    ),
    "content-in-parts": (
        [(answered(raw=raw({"content": [{"type": "text", "text": YES}]})), 9)],
        [
            unserved(NoCompletion.PARTS, "[...]", 200),
            broken(CheckId.STREAM_DELTAS_WELL_FORMED),
        ],
    ),
    "parser-500": ([(failed(FailureKind.SERVER, PARSER_WORDS, status=500), 5)], []),
    "server-error": ([(failed(FailureKind.SERVER, MEMORY_WORDS, status=500), 5)], []),
    "broken-json": ([(HALF, 9)], [broken(CheckId.BODIES_STRICT_JSON, Facts(json_faults=(JsonFault.HALF_CHARACTER,)))]),
    "phantom-tool-call": ([], [broken(CheckId.NO_TOOL_CALLED_UNOFFERED)]),
    "tool-call-lost": ([], [broken(CheckId.OFFERED_TOOL_CALLED, Facts(called=()))]),
    "tool-call-glued": (
        [],
        [
            broken(CheckId.OFFERED_TOOL_CALLED, Facts(called=(), leaked=GLUED_CALL)),
            broken(CheckId.TOOL_CALL_NOT_IN_CONTENT, Facts(leaked=GLUED_CALL)),
        ],
    ),
    "tool-call-in-reasoning": (
        [],
        [broken(CheckId.OFFERED_TOOL_CALLED, Facts(called=(), in_reasoning='{"location": "Paris"}'))],
    ),
    "tool-call-in-content": (
        [],
        [broken(CheckId.TOOL_CALL_NOT_IN_CONTENT, Facts(in_content='{"location": "Paris"}'))],
    ),
    "tool-name-prefixed": (
        [],
        [
            broken(CheckId.OFFERED_TOOL_CALLED, Facts(called=("functions.f",), header_in_name="functions.f")),
            broken(CheckId.STREAMED_TOOL_CALL_ALIKE, Facts(called=("functions.f",), header_in_name="functions.f")),
        ],
    ),
    "tool-arguments-malformed": (
        [],
        [
            broken(CheckId.TOOL_ARGUMENTS_ARE_JSON, Facts(arguments=ArgumentsForm.OBJECT)),
            broken(CheckId.STREAM_DELTAS_WELL_FORMED, Facts(problems=("event 7 has a tool call",))),
        ],
    ),
    "tool-call-without-id": ([], [broken(CheckId.TOOL_CALLS_HAVE_IDS, Facts(problems=("tool call 1 has no id",)))]),
    "json-mode-breaks-harmony": ([], [broken(CheckId.RESPONSE_FORMAT_KEEPS_CHANNELS_APART, Facts(leaked="analysis"))]),
    "provider-changes": ([(answered(provider="one"), 9), (answered(provider="two"), 9)], []),
    "canned-refusal": ([(said(REFUSAL, None, usage=tokens(100, 20)), 6)], []),
    "developer-role-refused": (
        [],
        [broken(CheckId.DEVELOPER_ROLE_TAKEN, Facts(status=400, said="no such role", refused_form="developer"))],
    ),
    "developer-role-lost": ([], [broken(CheckId.DEVELOPER_ROLE_TAKEN, Facts(offset=-70, mistakes=()))]),
    "text-parts-refused": (
        [],
        [broken(CheckId.TEXT_PARTS_JOINED, Facts(status=422, said="not a string", refused_form="parts"))],
    ),
    "text-parts-lost": ([], [broken(CheckId.TEXT_PARTS_JOINED, Facts(offset=-4))]),
    "second-system-refused": (
        [],
        [broken(CheckId.SECOND_SYSTEM_MESSAGE_TAKEN, Facts(status=400, said="once", refused_form="second system"))],
    ),
    "first-system-lost": ([], [broken(CheckId.SECOND_SYSTEM_MESSAGE_TAKEN, Facts(offset=-70))]),
    "call-reasoning-lost": ([], [broken(CheckId.REASONING_BETWEEN_CALLS_KEPT, Facts(offset=0))]),
    "tool-choice-ignored": ([], [broken(CheckId.TOOL_CHOICE_NONE_HONOURED, Facts(ignored="tool_choice"))]),
    "response-format-ignored": ([], [broken(CheckId.JSON_SCHEMA_HONOURED, Facts(ignored="response_format"))]),
    "parameter-ignored": ([], [broken(CheckId.N_HONOURED, Facts(ignored="n"))]),
    "logprobs-misplaced": ([], [broken(CheckId.LOGPROBS_OF_THE_TEXT, Facts(misplaced=True))]),
    "overflow-cut": ([], [broken(CheckId.OVERFLOW_REFUSED, Facts(offset=-9000))]),
    "unknown-effort-fails": ([], [broken(CheckId.UNKNOWN_EFFORT_SURVIVED, Facts(status=500, said="KeyError"))]),
}


#: Faults that the tokens show: the margins of the odd answers, in nats.
BY_TOKENS: dict[str, tuple[float, ...]] = {
    "weights-quantised-4bit": (0.3, 0.6),
    "other-model": (2.5, 4.0, 1.0),
    "kernel-gibberish": (9.0, 12.0),
}

#: A fault that stands beside others as a candidate and is never accused alone: it is legitimate to round so.
NEVER_FIRST = {"weights-quantised-8bit"}


def words_of(text: str) -> int:
    """Returns how many words a text has, in the place of tokens."""
    return len(text.split())


def shown(fault: str) -> Evidence:
    """Returns the evidence of a fault."""
    odd, seen = SHOWN[fault]
    made = replace(evidence(odd, seen), counter=lambda: words_of)
    if fault not in BY_TOKENS:
        return made
    number = sum(count for _, count in odd)
    scored_rows = scored(made.rows, [BY_TOKENS[fault]] * number)
    found = token_evidence_of(scored_rows, [reading(scored_rows, [[0.1]] * 3)])
    return replace(made, rows=scored_rows, tokens=found)


def evidence(
    odd: list[tuple[Answer, int]],
    checks: list[Check],
    *,
    local: Answer = GOOD,
    noise: tuple[NoiseMeasurement, ...] = QUIET,
) -> Evidence:
    """Returns what a run has seen, of which some examples are odd and the others the same on both sides."""
    number = sum(count for _, count in odd)
    rest = (FEW if number < FEW else MANY) - number
    pairs = [(api, local, count) for api, count in odd] + [(local, local, rest)]
    made = rows(*pairs)
    return Evidence(subject=about(len(made)), rows=made, checks=checks, noise=noise)


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


def test_tokens_that_are_not_counted_accuse_no_other_model() -> None:
    few = answered(usage=tokens(100, 5))

    with_check = find(evidence([(few, MANY)], SHOWN["usage-lacks-reasoning"][1]))
    (alone,) = find(evidence([(few, MANY)], []))

    assert [finding.id for finding in with_check] == ["usage-lacks-reasoning"]
    assert (alone.id, alone.candidates, alone.count) == ("usage-lacks-reasoning", ("usage-wrong",), MANY)


def test_server_that_counts_no_tokens_of_the_format_counts_all_of_its_texts() -> None:
    assert find(evidence([(answered(usage=tokens(100, 40 - FORMAT_TOKENS)), 9)], [])) == ()


def test_rows_that_count_less_than_the_reference_are_the_evidence_of_uncounted_reasoning() -> None:
    assert [finding.count for finding in find(shown("usage-lacks-reasoning"))] == [9]


RESTLESS_API = (repeated("batch", 1, 20), repeated("dtype", 2, 20), repeated("repeat", 18, 20))


@pytest.mark.parametrize(("odd", "name"), [(19, "temperature-ignored"), (8, "nondeterministic")])
def test_endpoint_that_parts_from_itself_where_its_reference_does_not_is_named(odd: int, name: str) -> None:
    found = find(evidence([(DRAWN, odd)], [], noise=RESTLESS_API))

    assert [finding.id for finding in found] == [name]


@pytest.mark.parametrize("floor", [5, 15, 20])
def test_endpoint_that_parts_from_itself_as_its_reference_does_is_accused_of_nothing(floor: int) -> None:
    noise = (repeated("batch", 0, 20), repeated("dtype", floor, 20), repeated("repeat", min(floor + 5, 20), 20))

    assert find(evidence([(OTHER_WORDS, 6)], [], noise=noise)) == ()


def test_endpoint_whose_reference_was_not_measured_is_accused_of_nothing_by_its_noise() -> None:
    assert find(evidence([(OTHER_WORDS, 6)], [], noise=(repeated("repeat", 20, 20),))) == ()


def test_restless_endpoint_that_thinks_no_longer_ignores_the_effort() -> None:
    seen = [broken(CheckId.EFFORT_CHANGES_THINKING, Facts(longer=False))]

    assert [finding.id for finding in find(evidence([], seen))] == ["effort-ignored"]


def test_every_fault_is_shown_here() -> None:
    assert set(SHOWN) | NEVER_FIRST == set(FAULTS)


@pytest.mark.parametrize("fault", SHOWN)
def test_evidence_of_a_fault_leads_to_its_name_alone(fault: str) -> None:
    findings = find(shown(fault))

    assert [finding.id for finding in findings] == [fault]
    told = findings[0].as_data()
    assert told["count"] >= 1
    assert told["reproduce"].startswith(("curl ", "pytest conformance "))
    assert told["cause"]
    assert told["resembles"]
    assert fault not in told["candidates"]
    assert bool(told["candidates"]) == bool(told["told_apart_by"])
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize("fault", SHOWN)
def test_finding_makes_the_verdict_differ_though_all_criteria_may_pass(fault: str) -> None:
    seen = shown(fault)

    got = judge(seen.subject, seen.rows, {}, checks=seen.checks, noise=QUIET, tokens=seen.tokens, counter=seen.counter)

    assert got.judgement is Judgement.DIFFERS
    assert got.reason.startswith(f"Found: {fault} (")


@pytest.mark.parametrize(
    "both",
    [
        pytest.param(said("<|channel|>final<|message|>1", None), id="markup"),
        pytest.param(said(None, None), id="nothing"),
        pytest.param(said(REFUSAL, None), id="refusals"),
        pytest.param(said(PROSE), id="no label"),
        pytest.param(said(YES, None), id="no reasoning"),
        pytest.param(said(THOUGHT, None, finish_reason=LIMIT), id="cut"),
    ],
)
def test_what_the_reference_does_too_is_nobodys_fault(both: Answer) -> None:
    assert find(evidence([(both, 10)], [], local=both)) == ()


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


WORDLESS = failed(FailureKind.SERVER, "http://x answered 500: Internal Server Error", status=500)


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


@pytest.mark.parametrize(
    "body",
    [
        written('{"choices": [{"message": {"content": "1"}}], "time": NaN}'),
        written('{"choices": [{"message": {"content": "0", "content": "1"}}]}'),
        HALF,
    ],
)
def test_one_body_that_nothing_on_the_way_can_bring_about_is_enough(body: Answer) -> None:
    assert [finding.id for finding in find(evidence([(body, 1)], []))] == ["broken-json"]


@pytest.mark.parametrize(
    "body",
    [
        written('{"choices": [{"message": {"content": "1"}}]} and more'),
        written('{"choices": [{"message": {"content": "\ufffd1"}}]}', no_text_at=37),
        written('{"choices": [{"message": {"content": "1\n"}}]}'),
    ],
)
def test_one_body_that_may_be_damaged_on_the_way_accuses_nobody_and_two_do(body: Answer) -> None:
    assert find(evidence([(body, 1)], [])) == ()
    assert [finding.id for finding in find(evidence([(body, 2)], []))] == ["broken-json"]


def test_broken_json_tells_what_a_strict_reader_trips_over() -> None:
    (found,) = find(evidence([(HALF, 3)], []))

    assert found.evidence["lines"] == [
        "half a character (a lone surrogate) stands in 'choices.0.message.reasoning_content'"
    ]


def test_text_that_half_a_character_alters_is_not_told_as_other_weights() -> None:
    other = written(r'{"choices": [{"message": {"content": "1 \ud83d"}}]}', f"{YES} \ufffd")

    assert [finding.id for finding in find(evidence([(other, 60)], []))] == ["broken-json"]


@pytest.mark.parametrize("odd", [answered(None), answered("1<|channel|>"), answered(PROSE), answered(YES, None)])
def test_single_odd_answer_accuses_nobody(odd: Answer) -> None:
    assert find(evidence([(odd, 1)], [])) == ()


def test_other_texts_of_the_models_own_tokens_are_nobodys_fault() -> None:
    made = evidence([(OTHER_WORDS, 90)], [])
    found = scored(made.rows, [[0.1]] * 90)
    tokens_show = token_evidence_of(found, [reading(found, [[0.1]] * 90)])

    assert find(replace(made, rows=found, tokens=tokens_show)) == ()
    assert [one.id for one in find(made)] == ["other-model"]


def test_drawn_tokens_of_an_endpoint_that_parts_from_itself_name_the_temperature() -> None:
    made = evidence([(DRAWN, 60)], [], noise=(repeated("batch", 1, 20), repeated("repeat", 15, 20)))
    found = scored(made.rows, [[0.3, 0.6]] * 60)
    tokens_show = token_evidence_of(found, [reading(found, [[0.1]] * 3)])

    assert [one.id for one in find(replace(made, rows=found, tokens=tokens_show))] == ["temperature-ignored"]


def test_texts_within_the_floor_are_nobodys_fault() -> None:
    rounded = (*QUIET, repeated("dtype", 10))

    assert find(evidence([(said(YES, THOUGHT[:-1], usage=USED), 6)], [], noise=rounded)) == ()


def test_texts_say_nothing_where_no_noise_was_measured_and_the_criteria_pass() -> None:
    assert find(evidence([(said(YES, THOUGHT[:-1], usage=USED), 6)], [], noise=())) == ()


def test_words_that_the_reference_refuses_in_without_a_thought_are_no_guards() -> None:
    made = rows((said(REFUSAL, None), GOOD, 5), (said(REFUSAL, None), said(REFUSAL, None), 5))

    assert find(Evidence(subject=about(10), rows=made, checks=[])) == ()
    assert [one.id for one in find(Evidence(subject=about(5), rows=made[:5], checks=[]))] == ["canned-refusal"]


def test_texts_beyond_the_same_precision_and_within_another_are_told_and_accuse_nobody() -> None:
    rounded = (*QUIET, repeated("dtype", 5))
    made = rows((said(YES, THOUGHT[:-1], usage=USED), GOOD, 11), (GOOD, GOOD, 89))

    got = judge(about(100), made, {}, noise=rounded)

    assert got.judgement is Judgement.CONFORMS
    assert got.grounds == (Ground.CRITERIA_PASSED, Ground.OTHER_PRECISION)
    assert got.findings == ()


@pytest.mark.parametrize(("differ", "told"), [(6, False), (7, True)])
def test_texts_that_the_same_precision_may_bring_about_are_not_told(differ: int, told: bool) -> None:  # noqa: FBT001 - a column of the table
    quiet = tuple(repeated(change, 0, n=20) for change in ("batch", "attention", "dtype", "repeat"))
    made = rows((said(YES, THOUGHT[:-1], usage=USED), GOOD, differ), (GOOD, GOOD, 100 - differ))

    got = judge(about(100), made, {}, noise=quiet)

    assert (got.judgement, got.findings) == (Judgement.CONFORMS, ())
    assert (Ground.OTHER_PRECISION in got.grounds) is told


@pytest.mark.parametrize(
    "odd", [answered(None), answered("1<|channel|>"), answered(f"analysis{THOUGHT}assistantfinal1")]
)
def test_few_odd_answers_beside_many_other_texts_are_the_models_own(odd: Answer) -> None:
    few, many = (find(evidence([(odd, number), (OTHER_WORDS, 40)], [])) for number in (9, 10))

    assert not {finding.id for finding in few} & OF_FORM
    assert {finding.id for finding in many} & OF_FORM


RESTLESS = (
    ("The text is rude to a person, the policy calls that toxic. Label one.", "1"),
    ("The user is calm here. No insult is found, so it is harmless by the policy.", "0"),
    ("We look for an insult; there is one, towards a group. So the policy says toxic.", "1"),
)


def restless(join: Callable[[str, str], Answer]) -> Evidence:
    """Returns what is seen where neither side thinks the same twice: of each thought the API has another wording."""
    pairs = [
        (join(f"Well. {thought.replace('policy', 'rule')} Fine.", label), said(label, thought, usage=USED), 7)
        for thought, label in RESTLESS
    ]
    made = rows(*pairs)
    return Evidence(subject=about(len(made)), rows=made, checks=[], noise=QUIET)


def test_thoughts_in_front_of_answers_are_found_where_no_thought_comes_twice() -> None:
    seen = restless(lambda thought, label: answered(f"{thought}\n\n{label}", None))

    (found, *_) = find(seen)
    assert (found.id, found.count, found.candidates) == ("reasoning-in-content", 21, ("other-model",))


@pytest.mark.parametrize(
    "join",
    [
        lambda thought, label: answered(label, thought),
        lambda _, label: answered(label, None),
        lambda _, label: answered(f"Label: {label}, as asked.", None),
    ],
)
def test_other_wording_apart_and_no_thought_at_all_are_no_thought_in_the_answer(
    join: Callable[[str, str], Answer],
) -> None:
    assert "reasoning-in-content" not in {finding.id for finding in find(restless(join))}


@pytest.mark.parametrize(
    "content",
    [f"{THOUGHT}\n{YES}", f"> {THOUGHT}\n\n{YES}", f"**Reasoning**\n\n{THOUGHT.upper()}\n\nAnswer: {YES}", THOUGHT],
)
@pytest.mark.parametrize("reasoning", [None, THOUGHT, YES])
def test_thought_in_the_answer_is_found_however_it_is_set_there(content: str, reasoning: str | None) -> None:
    found = find(evidence([(answered(content, reasoning), 9)], []))

    assert [finding.id for finding in found] == ["reasoning-in-content"]


def test_thought_that_the_reference_answers_with_too_is_the_models_own() -> None:
    both = said(f"{THOUGHT} {YES}", THOUGHT, usage=USED)

    assert find(evidence([(both, 9)], [], local=both)) == ()


@pytest.mark.parametrize(("number", "named"), [(1, []), (2, ["reasoning-in-content"])])
def test_two_answers_that_are_thought_and_answer_of_the_reference_are_enough(number: int, named: list[str]) -> None:
    joined = answered(f"{THOUGHT}\n\n{YES}", None)
    made = rows((joined, GOOD, number), (GOOD, GOOD, 100 - number))

    found = find(Evidence(subject=about(100), rows=made, checks=[], noise=QUIET))
    assert [finding.id for finding in found] == named


def test_stream_that_holds_the_thought_is_named_as_that() -> None:
    seen = [broken(CheckId.STREAM_JOINS_TO_THE_ANSWER, Facts(inside="answer"))]

    assert [finding.id for finding in find(evidence([], seen))] == ["reasoning-in-content"]


@pytest.mark.parametrize(("thought", "named"), [("It is calm.", True), ("It's calm.", False)])
def test_thought_of_few_letters_may_stand_in_an_answer_by_chance(thought: str, named: bool) -> None:  # noqa: FBT001 - a column of the table
    again = answered(f"{thought} So {YES}", thought)

    assert ("reasoning-in-content" in _named(again, said(YES, thought, usage=USED))) is named


def test_texts_are_thoughts_from_the_gain_on() -> None:
    """With the same letters fewer at a time, the text of an answer loses its likeness to the thought."""
    thought, seen = "We look at it. " * 20, set()
    for kept in range(len(thought) // 4, len(thought) // 2, 3):
        text = f"{thought[:kept]} {'#' * 60}"
        gain = similarity(text, f"{thought}\n\n{YES}") - similarity(text, YES)
        named = "reasoning-in-content" in _named(answered(text, None), said(YES, thought, usage=USED))
        assert named is (gain >= GAIN)
        seen.add(named)

    assert seen == {True, False}


def _named(api: Answer, local: Answer) -> set[str]:
    made = rows((api, local, FEW))
    return {finding.id for finding in find(Evidence(subject=about(FEW), rows=made, checks=[], noise=QUIET))}


@pytest.mark.parametrize("number", [1, 9, 10])
def test_thought_in_less_than_one_answer_of_ten_accuses_nobody(number: int) -> None:
    again = answered(f"{THOUGHT} So the label is {YES}")
    made = rows((again, GOOD, number), (GOOD, GOOD, 100 - number))

    found = find(Evidence(subject=about(100), rows=made, checks=[], noise=QUIET))
    assert ("reasoning-in-content" in {finding.id for finding in found}) is (number == 10)


def test_call_whose_arguments_come_as_reasoning_is_told_once_and_as_that() -> None:
    seen = [
        broken(CheckId.TOOL_ARGUMENTS_ARE_JSON, Facts(arguments=ArgumentsForm.OTHER_TEXT, in_reasoning='{"a": 1}')),
        broken(CheckId.STREAMED_TOOL_CALL_ALIKE, Facts(called=(), in_reasoning='{"a": 1}')),
    ]

    assert [finding.id for finding in find(evidence([], seen))] == ["tool-call-in-reasoning"]


@pytest.mark.parametrize("called", [(), ("",)])
def test_call_that_a_stream_loses_or_that_has_no_name_is_named(called: tuple[str, ...]) -> None:
    seen = [broken(CheckId.STREAMED_TOOL_CALL_ALIKE, Facts(called=called))]

    assert [finding.id for finding in find(evidence([], seen))] == ["tool-call-lost"]


def test_model_that_says_other_things_may_have_written_other_arguments_but_no_other_type() -> None:
    def named(form: ArgumentsForm) -> set[str]:
        seen = broken(CheckId.TOOL_ARGUMENTS_ARE_JSON, Facts(arguments=form))
        return {finding.id for finding in find(evidence([(OTHER_WORDS, 30)], [seen]))}

    assert "tool-arguments-malformed" not in named(ArgumentsForm.OTHER_TEXT)
    assert all("tool-arguments-malformed" in named(form) for form in ArgumentsForm if form != "other-text")


def test_special_token_in_a_name_is_told_as_that_alone() -> None:
    name = "functions.get_weather<|channel|>commentary"
    seen = [broken(CheckId.OFFERED_TOOL_CALLED, Facts(called=(name,), header_in_name=name))]

    assert [finding.id for finding in find(evidence([], seen))] == ["special-token-in-field"]


def test_model_that_says_other_things_may_not_have_called_the_tool() -> None:
    silent = broken(CheckId.OFFERED_TOOL_CALLED, Facts(called=()))

    assert "tool-call-lost" not in {finding.id for finding in find(evidence([(OTHER_WORDS, 30)], [silent]))}
    assert "tool-call-lost" in {finding.id for finding in find(evidence([(OTHER_WORDS, 20)], [silent]))}


def test_refused_request_shows_nothing_but_its_refusal() -> None:
    refused = [
        broken(check_id, Facts(status=500, said="oops"))
        for check_id in (CheckId.EARLIER_REASONING_DROPPED, CheckId.STREAM_HAS_LAST_CHUNK)
    ]

    assert [one.id for one in find(evidence([], refused))] == ["server-error"]


def test_longer_text_that_runs_into_the_limit_is_no_text_that_goes_on() -> None:
    longer = answered(None, f"{THOUGHT} But wait.", finish_reason=LIMIT, usage=tokens(100, 512))

    assert find(evidence([(longer, 3)], [])) == ()


def test_criteria_that_fail_by_answers_that_never_came_say_nothing_about_weights() -> None:
    made = rows(
        (failed(FailureKind.REFUSED, "no"), GOOD, 15), (said(YES, THOUGHT[:-1], usage=USED), GOOD, 1), (GOOD, GOOD, 84)
    )

    assert [one.id for one in judge(about(100), made, {}, noise=QUIET).findings] == ["request-refused"]


def test_texts_that_differ_by_a_legitimate_rendering_are_nobodys_fault() -> None:
    rendered = said(YES, "The message insults somebody, so by the policy it is toxic.", usage=tokens(92, 40))
    same = said(YES, THOUGHT, usage=tokens(92, 40))
    made = rows((rendered, GOOD, 40), (same, GOOD, 60))

    got = judge(about(100), made, {}, noise=QUIET)

    assert got.judgement is Judgement.CONFORMS
    assert "precision" not in got.reason


def test_known_difference_is_no_finding() -> None:
    known = check(
        CheckOutcome.KNOWN_DIFFERENCE,
        check_id=CheckId.STOP_STRING_LEFT_OUT,
        message="Known.",
        facts=Facts(stop_left=True),
    )

    assert find(evidence([], [known])) == ()


def test_fault_of_the_prompt_suppresses_what_follows_from_it() -> None:
    odd = [(answered(PROSE), 9)]
    seen = [
        length("policy", -70, Mistake.DEVELOPER_DROPPED),
        broken(CheckId.EFFORT_CHANGES_THINKING, Facts(same=True)),
    ]

    assert [finding.id for finding in find(evidence(odd, seen))] == ["developer-dropped"]


def test_mistakes_that_lengths_do_not_tell_apart_are_stated_together() -> None:
    both = (Mistake.POLICY_IN_USERS_TURN, Mistake.POLICY_AFTER_IDENTITY)
    seen = [length(case, -9, *both) for case in ("policy", "unicode")]
    (finding,) = find(evidence([(DRAWN, 9)], seen))

    assert (finding.id, finding.candidates) == ("developer-as-user", ("developer-in-system",))
    assert finding.title == f"{FAULTS['developer-as-user'].title} - or: {FAULTS['developer-in-system'].title}"
    assert finding.distinguished_by


def test_mistake_that_explains_more_lengths_is_stated_alone() -> None:
    both = (Mistake.POLICY_IN_USERS_TURN, Mistake.POLICY_AFTER_IDENTITY)
    seen = [length("policy", -9, *both), length("unicode", -9, *both), length("longest", -8, both[1])]
    (finding,) = find(evidence([(DRAWN, 9)], seen))

    assert (finding.id, finding.candidates) == ("developer-in-system", ("developer-as-user",))
    assert finding.title == FAULTS["developer-in-system"].title


def test_two_mistakes_of_one_fault_explain_no_more_than_either_does() -> None:
    mistakes = (Mistake.POLICY_BEFORE_IDENTITY, Mistake.POLICY_AT_SYSTEMS_END)
    seen = [length(case, -9, *mistakes, Mistake.POLICY_IN_USERS_TURN) for case in ("policy", "unicode")]
    (finding,) = find(evidence([(DRAWN, 9)], seen))

    assert finding.id == "developer-as-user"
    assert finding.candidates == ("developer-in-system",)


@pytest.mark.parametrize(("billed", "named"), [(44, False), (48, False), (49, True), (60, True)])
def test_answer_after_the_same_thought_is_a_commentary_only_where_a_message_more_is_billed(
    billed: int,
    named: bool,  # noqa: FBT001 - a column of the table
) -> None:
    made = evidence([(answered(PROSE, usage=tokens(100, billed)), 5)], [])
    found = find(replace(made, counter=lambda: words_of))

    assert ("commentary-as-final" in {one.id for one in found}) is named


def test_answer_after_the_same_thought_is_no_commentary_where_tokens_cannot_be_counted() -> None:
    assert "commentary-as-final" not in {one.id for one in find(evidence([(answered(PROSE), 9)], []))}


def test_weights_are_told_beside_a_fault_that_leaves_texts_alone() -> None:
    quiet = tuple(repeated(change, 0, n=20) for change in ("batch", "attention", "dtype", "repeat"))
    made = rows((said(YES, THOUGHT[:-1], usage=USED), GOOD, 10), (GOOD, GOOD, 90))
    stop, effort = SHOWN["stop-string-left"][1], SHOWN["effort-ignored"][1]

    beside, instead = (judge(about(100), made, {}, noise=quiet, checks=seen) for seen in (stop, effort))

    assert [one.id for one in beside.findings] == ["stop-string-left"]
    assert "different weights or precision" in beside.reason
    assert Ground.OTHER_PRECISION in beside.grounds
    assert Ground.OTHER_PRECISION not in instead.grounds


def test_weights_that_tokens_show_are_told_beside_a_server_that_fails() -> None:
    refusal = failed(FailureKind.REFUSED, "no", status=400)
    made = evidence([(refusal, 5), (OTHER_WORDS, 60)], [])
    found = scored(made.rows, [[]] * 5 + [[2.5, 4.0, 1.0]] * 60)
    seen = token_evidence_of(found, [reading(found, [[0.1]] * 3)])

    assert [one.id for one in find(replace(made, rows=found, tokens=seen))] == ["request-refused", "other-model"]
    assert [one.id for one in find(made)] == ["request-refused"]


def test_finish_reason_is_told_as_it_came() -> None:
    body = {"choices": [{"message": {"content": None, "reasoning_content": THOUGHT}, "finish_reason": "eos_token"}]}
    kept = json.dumps({"request": "{}", "status": 200, "response": json.dumps(body)})
    odd = said(None, THOUGHT, finish_reason=FinishReason.UNKNOWN, usage=USED, raw=kept)
    (found,) = find(evidence([(odd, 5)], []))

    assert found.evidence["example"]["api"]["finish_reason"] == "eos_token"


def test_faults_that_have_nothing_to_do_with_each_other_are_both_told() -> None:
    seen = [*SHOWN["stop-string-left"][1], *SHOWN["stream-bad-deltas"][1]]

    assert {finding.id for finding in find(evidence([], seen))} == {"stop-string-left", "stream-bad-deltas"}


def test_curl_holds_the_request_and_no_credentials() -> None:
    seen = [
        check(
            CheckOutcome.BROKEN,
            check_id=CheckId.STOP_STRING_LEFT_OUT,
            message="It stays.",
            facts=Facts(stop_left=True),
            evidence={"stop": json.dumps({"request": '{"stop": ["it\'s"]}', "response": ""})},
            shown_by=("stop",),
        )
    ]

    command = find(evidence([], seen))[0].reproduce

    assert command.startswith("curl -s http://127.0.0.1:1/v1/chat/completions ")
    assert '-H "Authorization: Bearer $OPENAI_API_KEY"' in command
    assert """'{"stop": ["it'"'"'s"]}'""" in command


@pytest.mark.parametrize(
    ("request_body", "route"),
    [({"input": []}, "responses"), ({"prompt": "x"}, "completions"), ({"messages": []}, "chat/completions")],
)
def test_curl_asks_the_route_that_was_asked(request_body: dict[str, object], route: str) -> None:
    kept = {"a": json.dumps({"request": json.dumps(request_body), "response": ""})}
    left = CheckId.STOP_STRING_LEFT_OUT
    seen = [
        check(
            CheckOutcome.BROKEN, check_id=left, message="", facts=Facts(stop_left=True), evidence=kept, shown_by=("a",)
        )
    ]

    assert find(evidence([], seen))[0].reproduce.startswith(f"curl -s http://127.0.0.1:1/v1/{route} ")


def test_missing_content_is_not_null_content_where_a_tool_is_called() -> None:
    call = {"tool_calls": [{"function": {"name": "search"}}], "content": None}
    odd = said(None, THOUGHT, finish_reason=FinishReason.TOOL_CALLS, usage=USED, raw=raw(call))

    assert [finding.id for finding in find(evidence([(odd, 5)], []))] == ["phantom-tool-call"]
