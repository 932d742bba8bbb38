"""Recordings to replay: parquet files of answers that nobody ever gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

YES, NO, REFUSAL = "1", "0", "I'm sorry, but I can't help with that."

#: One row's answers, of the API and of the local reference; None is a null answer.
Pair = tuple[str | None, str | None]

GOOD: Pair = (NO, NO)
ODD: Pair = (YES, NO)


def recorded_row(position: int, pair: Pair, text: str | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever columns the test is about
    """Returns one row with the columns that a replay needs."""
    api, local = pair
    return {
        "text": f"text {position}" if text is None else text,
        "conv_id": f"conv-{position}",
        "ground_truth": position % 2,
        "api_response": api,
        "api_reasoning": "Because.",
        "local_response": local,
        "local_reasoning": "Because.",
    } | more


def write_recording(path: Path, pairs: Sequence[Pair]) -> Path:
    """Writes one row a pair, in order."""
    return write_rows(path, [recorded_row(position, pair) for position, pair in enumerate(pairs)])


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Writes rows as they are."""
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path
