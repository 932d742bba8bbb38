"""The wire checks, by id.

The id is what rules and verdicts go by. It stands as the argument of the marker `wire` on the test, and stays where the
test is renamed.
"""

from __future__ import annotations

from enum import StrEnum


class CheckId(StrEnum):
    """One member for each wire check, in the order of their files; a parametrized test is one check."""

    REQUESTS_ANSWERED = "requests-answered"
    BODIES_STRICT_JSON = "bodies-strict-json"

    APIS_COUNT_ALIKE = "apis-count-alike"
    APIS_ANSWER_ALIKE = "apis-answer-alike"

    SECOND_TURN_WORKS = "second-turn-works"
    SECOND_TURN_WITH_REASONING_WORKS = "second-turn-with-reasoning-works"
    EARLIER_REASONING_DROPPED = "earlier-reasoning-dropped"

    EFFORT_CHANGES_THINKING = "effort-changes-thinking"
    EFFORT_FIELD_READ = "effort-field-read"

    ENVELOPE_WELL_FORMED = "envelope-well-formed"
    CHUNK_ENVELOPES_WELL_FORMED = "chunk-envelopes-well-formed"

    REASONING_APART = "reasoning-apart"
    NO_MARKUP = "no-markup"
    ANSWER_PRESENT = "answer-present"
    ENDS_BEFORE_LIMIT = "ends-before-limit"
    LIMIT_KEPT = "limit-kept"
    USAGE_ADDS_UP = "usage-adds-up"
    USAGE_COUNTS_REASONING = "usage-counts-reasoning"
    STOP_STRING_LEFT_OUT = "stop-string-left-out"
    MODEL_AND_PROVIDER_CONSTANT = "model-and-provider-constant"

    PROMPT_LENGTH_LEGITIMATE = "prompt-length-legitimate"
    PROMPT_LENGTHS_NOT_OFFSET = "prompt-lengths-not-offset"
    RAW_ROUTE_ANSWERS_ALIKE = "raw-route-answers-alike"

    UNSTREAMED_BY_DEFAULT = "unstreamed-by-default"
    REASONING_TOKENS_TOLD = "reasoning-tokens-told"
    PREVIOUS_RESPONSE_KNOWN = "previous-response-known"

    TEMPERATURE_ZERO_REPEATS = "temperature-zero-repeats"
    SECOND_CALL_ANSWERS_ALIKE = "second-call-answers-alike"
    TEMPERATURE_HONOURED = "temperature-honoured"
    TOP_P_HONOURED = "top-p-honoured"
    SEED_HONOURED = "seed-honoured"
    RESPONSE_FORMAT_HONOURED = "response-format-honoured"
    RESPONSE_FORMAT_KEEPS_CHANNELS_APART = "response-format-keeps-channels-apart"

    CONCURRENT_CALLS_ANSWER_ALIKE = "concurrent-calls-answer-alike"

    STREAM_JOINS_TO_THE_ANSWER = "stream-joins-to-the-answer"
    STREAM_USAGE_ALIKE = "stream-usage-alike"
    STREAM_DELTAS_WELL_FORMED = "stream-deltas-well-formed"
    STREAM_HAS_LAST_CHUNK = "stream-has-last-chunk"
    STREAM_CLOSED_WITH_DONE = "stream-closed-with-done"
    STREAMED_TOOL_CALL_ALIKE = "streamed-tool-call-alike"

    STREAM_COMES_WHOLE = "stream-comes-whole"
    STREAM_ENDS_BEHIND_DONE = "stream-ends-behind-done"
    STREAM_NO_MARKUP = "stream-no-markup"
    CHARACTERS_WHOLE = "characters-whole"

    OFFERED_TOOL_CALLED = "offered-tool-called"
    TOOL_ARGUMENTS_ARE_JSON = "tool-arguments-are-json"
    TOOL_CALL_NOT_IN_CONTENT = "tool-call-not-in-content"
    TEXT_BESIDE_CALL_IS_NO_REASONING = "text-beside-call-is-no-reasoning"
    TOOL_CALLS_HAVE_IDS = "tool-calls-have-ids"
    NO_TOOL_CALLED_UNOFFERED = "no-tool-called-unoffered"
    TOOL_RESULT_ACCEPTED = "tool-result-accepted"

    USAGE_REPEATS = "usage-repeats"

    DEVELOPER_ROLE_TAKEN = "developer-role-taken"
    TEXT_PARTS_JOINED = "text-parts-joined"
    SECOND_SYSTEM_MESSAGE_TAKEN = "second-system-message-taken"
    REASONING_BETWEEN_CALLS_KEPT = "reasoning-between-calls-kept"

    TOOL_CHOICE_NONE_HONOURED = "tool-choice-none-honoured"
    TOOL_CHOICE_REQUIRED_HONOURED = "tool-choice-required-honoured"
    JSON_SCHEMA_HONOURED = "json-schema-honoured"
    COMPLETION_LIMIT_HONOURED = "completion-limit-honoured"
    N_HONOURED = "n-honoured"
    LOGPROBS_OF_THE_TEXT = "logprobs-of-the-text"
    UNKNOWN_EFFORT_SURVIVED = "unknown-effort-survived"

    OVERFLOW_REFUSED = "overflow-refused"
