"""The rows of the results: their columns, and the parquet file that holds them.

The columns and their order are a contract: other tools read them by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Column name to type: `text`, `bool`, `int` or `float`. All are nullable; a label that is not there is null, never
#: false.
COLUMNS: dict[str, str] = {
    "text": "text",
    "ground_truth": "int",
    "api_binary_label": "bool",
    "api_fine_grain_label": "text",
    "api_parsed_successfully": "bool",
    "api_response": "text",
    "api_reasoning": "text",
    "api_response_length": "int",
    "api_reasoning_length": "int",
    "local_binary_label": "bool",
    "local_fine_grain_label": "text",
    "local_parsed_successfully": "bool",
    "local_response": "text",
    "local_reasoning": "text",
    "local_response_length": "int",
    "local_reasoning_length": "int",
    "binary_match": "bool",
    "fine_grain_match": "bool",
    "response_similarity": "float",
    "reasoning_similarity": "float",
    "both_parsed": "bool",
    "conv_id": "text",
    "subject": "text",
    "model": "text",
    "policy": "text",
    "example_id": "text",
    "api_provider": "text",
    "api_outcome": "text",
    "local_outcome": "text",
    "api_error": "text",
    "local_error": "text",
    "api_finish_reason": "text",
    "local_finish_reason": "text",
    "api_prompt_tokens": "int",
    "local_prompt_tokens": "int",
    "api_completion_tokens": "int",
    "local_completion_tokens": "int",
    "api_latency_s": "float",
    "local_latency_s": "float",
    "api_attempts": "int",
    "api_cached": "bool",
    "local_cached": "bool",
    "api_raw": "text",
    "local_raw": "text",
}

_LARGEST_INT = 2**63 - 1


def write_parquet(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Writes `rows` as parquet with exactly the columns of the contract. What is not a column stays behind."""
    import pyarrow as pa  # noqa: PLC0415 - only the end of a run pays for it
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    types = {"text": pa.string(), "bool": pa.bool_(), "int": pa.int64(), "float": pa.float64()}
    schema = pa.schema([pa.field(name, types[kind]) for name, kind in COLUMNS.items()])
    plain = [{name: _storable(row.get(name)) for name in COLUMNS} for row in rows]
    pq.write_table(pa.Table.from_pylist(plain, schema=schema), path)


def _storable(value: object) -> object:
    """Replaces what JSON can carry and parquet cannot: lone surrogates, and counts beyond 64 bits."""
    if isinstance(value, int) and abs(value) > _LARGEST_INT:
        return None
    if not isinstance(value, str):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
