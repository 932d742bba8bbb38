"""The evidence of each fault, and what tests of the findings make more of it from."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backends.completion import FinishReason
from backends.errors import FailureKind
from backends.no_completion import NoCompletion
from backends.renderings import Mistake
from backends.strict_json import JsonFault
from reports.checks import ArgumentsForm, CheckId, CheckOutcome, Facts, Unserved
from reports.findings import Evidence
from reports.statistics.token_evidence import token_evidence_of
from tests.reports.material import NO, PROSE, REFUSAL, YES, about, check, failed, measured, rows, said, tokens
from tests.reports.scores import reading, scored

if TYPE_CHECKING:
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


WORDLESS = failed(FailureKind.SERVER, "http://x answered 500: Internal Server Error", status=500)
