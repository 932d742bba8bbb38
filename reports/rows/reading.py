"""Reads the rows of results back: those of this suite, and those of earlier experiments, which hold texts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.completion import Completion, FinishReason, Missing
from backends.errors import FailureKind
from backends.labels import read_label
from backends.outcome import OutcomeKind, read_outcome
from backends.raw_fields import exchange_raw, local_raw
from backends.raw_reply import failure_kind_of
from reports.rows.row import NO_ANSWER, Row, RowSide
from reports.rows.similarity import similarity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: What a file must have to tell what was asked and what the API said.
REQUIRED = ("text", "conv_id", "api_response")

#: The subject of rows that name none.
UNNAMED = "recorded"


class UnreadableResultsError(ValueError):
    """A file holds no results; the message says what it lacks."""


def read_rows(path: Path) -> list[Row]:
    """Returns the rows that a parquet file of results holds, in its order.

    Scores of tokens are told in columns of their own, from which no score can be made again: none of the rows has one,
    but how many tokens were decisive.

    Raises:
        UnreadableResultsError: it is no parquet file, or lacks a column.
    """
    import pyarrow as pa  # noqa: PLC0415 - whoever reads no results need not wait for it
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        with pq.ParquetFile(path) as file:
            table = file.read()
    except (OSError, pa.ArrowException) as error:
        why = getattr(error, "strerror", None) or "it is no parquet file"
        raise UnreadableResultsError(f"{path} cannot be read as results: {why}.") from error
    missing = [name for name in REQUIRED if name not in table.column_names]
    if missing:
        raise UnreadableResultsError(f"{path} holds no results: it lacks the columns {', '.join(missing)}.")
    try:
        return [row_of(place, told) for place, told in enumerate(table.to_pylist())]
    except (ValueError, TypeError) as error:
        raise UnreadableResultsError(f"{path} holds no results of this suite: {error}.") from error


def row_of(place: int, told: Mapping[str, Any]) -> Row:
    """Returns the row whose columns are `told`.

    Args:
        place: of the row in its file, which names it where nothing else does.
        told: by column.

    Raises:
        ValueError, TypeError: a column holds what it cannot.
    """
    audited = told.get("local_outcome") is None and told.get("local_response") is None and not told.get("local_error")
    api, local = _side(told, "api"), NO_ANSWER if audited else _side(told, "local")
    return Row(
        subject=str(told.get("subject") or UNNAMED),
        model=str(told.get("model") or UNNAMED),
        policy=str(told.get("policy") or ""),
        example_id=str(told.get("example_id") or f"row-{place:04}"),
        conv_id=str(told["conv_id"]),
        text=str(told["text"]),
        ground_truth=int(told.get("ground_truth") or 0),
        api=api,
        local=local,
        response_similarity=_number(told.get("response_similarity"), similarity(api.response, local.response)),
        reasoning_similarity=_number(told.get("reasoning_similarity"), similarity(api.reasoning, local.reasoning)),
        audited=audited,
        decisive=told.get("api_score_decisive"),
    )


def _side(told: Mapping[str, Any], name: str) -> RowSide:
    response, error = _text(told.get(f"{name}_response")), _text(told.get(f"{name}_error"))
    raw = (exchange_raw if name == "api" else local_raw)(told.get(f"{name}_raw"))
    outcome, label = _outcome(told, name, response, error)
    failed = outcome is OutcomeKind.ERROR
    reason = told.get(f"{name}_finish_reason")
    return RowSide(
        outcome=outcome,
        label=label,
        response=response,
        reasoning=_text(told.get(f"{name}_reasoning")),
        error=error,
        failure=_failure(name, raw) if failed else None,
        finish_reason=None if failed or reason is None else FinishReason.read(reason),
        prompt_tokens=told.get(f"{name}_prompt_tokens"),
        completion_tokens=told.get(f"{name}_completion_tokens"),
        latency_s=told.get(f"{name}_latency_s"),
        attempts=int(told.get(f"{name}_attempts") or 1),
        cached=bool(told.get(f"{name}_cached")),
        provider=_text(told.get(f"{name}_provider")),
        raw=raw,
    )


def _outcome(
    told: Mapping[str, Any], name: str, response: str | None, error: str | None
) -> tuple[OutcomeKind, bool | None]:
    """Returns the outcome and the label as the file tells them, or as its texts are read where it does not."""
    kind = told.get(f"{name}_outcome")
    if kind is not None:
        return OutcomeKind(kind), told.get(f"{name}_binary_label")
    if response is None and error is not None:
        return OutcomeKind.ERROR, None
    read = read_outcome(Completion(content=Missing.NULL if response is None else response), read_label)
    return read.kind, read.label


def _failure(name: str, raw: str | None) -> FailureKind:
    return failure_kind_of(raw) if name == "api" else FailureKind.GENERATION


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise
