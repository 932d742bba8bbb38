"""The columns of `results.parquet`: name, type, meaning with its unit, and how each is taken from a row.

Names and order are a contract: other tools read them. All columns are nullable; a label that is not there is null,
never false. In an audit all columns of the local side, and those that compare the two, are null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.raw_fields import exchange_fields, local_fields
from reports.rows.column import Column
from reports.rows.score_columns import SCORE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.rows.row import Row


def _fine_grained(label: bool | None) -> str | None:  # noqa: FBT001 - a label is one of three values
    return None if label is None else str(int(label))


_COLUMNS = (
    Column("text", "text", "what was asked about", lambda row: row.text),
    Column("ground_truth", "int", "the data set's label: 1 for toxic, 0 for not", lambda row: row.ground_truth),
    Column("api_binary_label", "bool", "the API's label, true for toxic", lambda row: row.api.label),
    Column(
        "api_fine_grain_label", "text", "the API's label as a digit, 0 or 1", lambda row: _fine_grained(row.api.label)
    ),
    Column("api_parsed_successfully", "bool", "a label was read in the API's answer", lambda row: row.api.has_label),
    Column("api_response", "text", "the API's final answer", lambda row: row.api.response),
    Column("api_reasoning", "text", "the API's analysis", lambda row: row.api.reasoning),
    Column("api_response_length", "int", "of the API's answer, in characters", lambda row: len(row.api.response or "")),
    Column(
        "api_reasoning_length", "int", "of the API's analysis, in characters", lambda row: len(row.api.reasoning or "")
    ),
    Column("local_binary_label", "bool", "the local label, true for toxic", lambda row: row.local.label),
    Column(
        "local_fine_grain_label",
        "text",
        "the local label as a digit, 0 or 1",
        lambda row: _fine_grained(row.local.label),
    ),
    Column(
        "local_parsed_successfully", "bool", "a label was read in the local answer", lambda row: row.local.has_label
    ),
    Column("local_response", "text", "the local final answer", lambda row: row.local.response),
    Column("local_reasoning", "text", "the local analysis", lambda row: row.local.reasoning),
    Column(
        "local_response_length", "int", "of the local answer, in characters", lambda row: len(row.local.response or "")
    ),
    Column(
        "local_reasoning_length",
        "int",
        "of the local analysis, in characters",
        lambda row: len(row.local.reasoning or ""),
    ),
    Column("binary_match", "bool", "both sides have a label, and the same one", lambda row: row.labels_agree),
    Column("fine_grain_match", "bool", "both sides have a digit, and the same one", lambda row: row.labels_agree),
    Column(
        "response_similarity", "float", "how alike the final answers are, 0 to 1", lambda row: row.response_similarity
    ),
    Column("reasoning_similarity", "float", "how alike the analyses are, 0 to 1", lambda row: row.reasoning_similarity),
    Column("both_parsed", "bool", "both sides have a label", lambda row: row.both_labelled),
    Column("conv_id", "text", "the data set's id of the conversation", lambda row: row.conv_id),
    Column("subject", "text", "id of the subject", lambda row: row.subject),
    Column("model", "text", "name or id of the model", lambda row: row.model),
    Column("policy", "text", "name of the policy", lambda row: row.policy),
    Column("example_id", "text", "id of the example", lambda row: row.example_id),
    Column("api_provider", "text", "who served the answer, as the response says", lambda row: row.api.provider),
    Column(
        "api_outcome",
        "text",
        "what the API's answer comes to: label, refused, unreadable, truncated, malformed, empty or error",
        lambda row: str(row.api.outcome),
    ),
    Column(
        "local_outcome",
        "text",
        "what the local answer comes to: label, refused, unreadable, truncated, malformed, empty or error",
        lambda row: str(row.local.outcome),
    ),
    Column(
        "outcome_match",
        "bool",
        "the same label, or both refused, both unreadable, or both cut at the same limit",
        lambda row: row.outcomes_match,
    ),
    Column(
        "api_well_formed",
        "bool",
        "the API's answer came, holds no markup and ended by itself",
        lambda row: row.api.is_well_formed,
    ),
    Column(
        "local_well_formed",
        "bool",
        "the local answer came, holds no markup and ended by itself",
        lambda row: row.local.is_well_formed,
    ),
    Column("api_error", "text", "why the API's answer did not come", lambda row: row.api.error),
    Column("local_error", "text", "why the local answer did not come", lambda row: row.local.error),
    Column("api_finish_reason", "text", "why the API's text ended, as it came", lambda row: row.api.told_finish_reason),
    Column("local_finish_reason", "text", "why the local text ended", lambda row: row.local.finish_reason),
    Column("api_prompt_tokens", "int", "length of the API's prompt, in tokens", lambda row: row.api.prompt_tokens),
    Column("local_prompt_tokens", "int", "length of the local prompt, in tokens", lambda row: row.local.prompt_tokens),
    Column(
        "api_completion_tokens",
        "int",
        "length of the API's text, reasoning included, in tokens",
        lambda row: row.api.completion_tokens,
    ),
    Column(
        "local_completion_tokens",
        "int",
        "length of the local text, reasoning included, in tokens",
        lambda row: row.local.completion_tokens,
    ),
    Column("api_latency_s", "float", "how long the last attempt took, in seconds", lambda row: row.api.latency_s),
    Column(
        "local_latency_s", "float", "its share of the time of its batch, in seconds", lambda row: row.local.latency_s
    ),
    Column("api_attempts", "int", "requests sent, 1 for the first", lambda row: row.api.attempts),
    Column("api_cached", "bool", "the API's answer came out of the cache", lambda row: row.api.cached),
    Column("local_cached", "bool", "the local answer came out of the cache", lambda row: row.local.cached),
    Column(
        "api_raw",
        "exchange",
        "the exchange as it was on the wire: the request's body, the status (null where none came), the telling "
        "headers, and the response's body; `no_text_at` is the first byte that is no UTF-8, `left_open` a stream that "
        "did not end, and `other` holds what was kept in another form",
        lambda row: exchange_fields(row.api.raw),
    ),
    Column(
        "local_raw",
        "generation",
        "the prompt as fed and the text as written, special tokens spelled out, and how it was `made`, as JSON; "
        "`other` holds what was kept in another form",
        lambda row: local_fields(row.local.raw),
    ),
    *SCORE_COLUMNS,
)

#: By name, in their order.
COLUMNS: Mapping[str, Column] = {column.name: column for column in _COLUMNS}
if len(COLUMNS) != len(_COLUMNS):
    raise ImportError("two columns have the same name")


#: What an audit does not look at, beside all that is the local side's: what compares the two sides.
_OF_BOTH = frozenset(
    {
        "binary_match",
        "fine_grain_match",
        "response_similarity",
        "reasoning_similarity",
        "both_parsed",
        "outcome_match",
    }
)
if _OF_BOTH - set(COLUMNS):
    raise ImportError("a column that compares two sides is none of the columns")


def columns_of(row: Row) -> dict[str, object]:
    """Returns what the parquet file holds of a row, by column in their order; null what was not looked at."""
    return {name: None if row.audited and _takes_local(name) else column.value(row) for name, column in COLUMNS.items()}


def _takes_local(name: str) -> bool:
    return name in _OF_BOTH or name.startswith("local_")
