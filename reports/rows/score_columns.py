"""The columns that token evidence adds: what the local model says of each token of the API's answer.

All are null where the answer has no score; then `api_unscored` says why, unless nobody asked for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.rows.column import Column

if TYPE_CHECKING:
    from backends.score import Score, UnlikelyToken
    from reports.rows.row import Row


def _of_score(row: Row, name: str) -> object:
    score: Score | None = row.api_score
    return None if score is None else getattr(score, name)


def _of_first(row: Row, name: str) -> object:
    first: UnlikelyToken | None = None if row.api_score is None else row.api_score.first_unlikely
    return None if first is None else getattr(first, name)


def _of_written(row: Row, name: str) -> object:
    """Returns a field of every token of the API's answer; None where they were not kept."""
    written = () if row.api_score is None else row.api_score.written
    return tuple(getattr(token, name) for token in written) or None


def _parting(row: Row) -> str | None:
    """Returns whether the first unlikely token is a tie as legitimate changes have them; None where nobody knows."""
    first: UnlikelyToken | None = None if row.api_score is None else row.api_score.first_unlikely
    if first is None or row.near_tie is None:
        return None
    return "near-tie" if first.margin <= row.near_tie else "decisive"


SCORE_COLUMNS = (
    Column(
        "api_score_tokens",
        "int",
        "tokens of the API's answer that the local model judged: of its texts and their ends, without headers",
        lambda row: _of_score(row, "tokens"),
    ),
    Column(
        "api_score_unlikely",
        "int",
        "how many of them are not the likeliest and count",
        lambda row: None if row.api_score is None else len(row.api_score.unlikely),
    ),
    Column(
        "api_score_ambiguous",
        "int",
        "how many of them are not the likeliest and do not count, since the same text may hold the likeliest",
        lambda row: _of_score(row, "ambiguous"),
    ),
    Column(
        "api_score_margin_sum",
        "float",
        "by how much the likeliest tokens were likelier, summed over the unlikely ones, in nats",
        lambda row: _of_score(row, "margin_sum"),
    ),
    Column(
        "api_score_margin_greatest",
        "float",
        "the greatest of these margins, in nats; 0 where all are the likeliest",
        lambda row: _of_score(row, "greatest_margin"),
    ),
    Column(
        "api_score_log_probability",
        "float",
        "of the judged tokens together, in nats",
        lambda row: _of_score(row, "log_probability"),
    ),
    Column(
        "api_score_source",
        "text",
        "from where the tokens were taken: token_ids, logprobs, raw_text or rebuilt",
        lambda row: _of_score(row, "source"),
    ),
    Column(
        "api_score_logprobs",
        "text",
        "what the reply's logprobs are: absent, whole, answer, or foreign to its text",
        lambda row: _of_score(row, "logprobs"),
    ),
    Column(
        "api_score_reported_gap",
        "float",
        "mean absolute difference between the reply's logprobs and the local model's, in nats a token",
        lambda row: _of_score(row, "reported_gap"),
    ),
    Column(
        "api_score_decisive",
        "int",
        "how many tokens have a greater margin than any under a legitimate change; null where none was read",
        lambda row: row.decisive,
    ),
    Column(
        "api_unlikely_at",
        "int",
        "place of the first unlikely token in the answer, in tokens from 0, headers counted too",
        lambda row: _of_first(row, "position"),
    ),
    Column(
        "api_unlikely_in", "text", "its part: reasoning, preamble, call or answer", lambda row: _of_first(row, "part")
    ),
    Column("api_unlikely_written", "text", "what the API wrote there", lambda row: _of_first(row, "written")),
    Column("api_unlikely_likeliest", "text", "the likeliest token there", lambda row: _of_first(row, "likeliest")),
    Column(
        "api_unlikely_margin", "float", "by how much that was likelier, in nats", lambda row: _of_first(row, "margin")
    ),
    Column("api_unlikely_rank", "int", "the written token's place by likelihood", lambda row: _of_first(row, "rank")),
    Column(
        "api_unlikely_kind",
        "text",
        "near-tie where legitimate changes of the local model have margins as great, else decisive; null without them",
        _parting,
    ),
    Column(
        "api_unscored",
        "text",
        "why the answer has no score, as a kind",
        lambda row: None if row.api_unscored is None else str(row.api_unscored.kind),
    ),
    Column(
        "api_token_texts",
        "texts",
        "what each token adds to the text that the API wrote, headers too; null where the tokens were not kept",
        lambda row: _of_written(row, "text"),
    ),
    Column(
        "api_token_parts",
        "texts",
        "the part of each token: reasoning, preamble, call or answer; null for a header's",
        lambda row: _of_written(row, "part"),
    ),
    Column(
        "api_token_margins",
        "floats",
        "by how much the likeliest token was likelier than each, in nats; 0 for the likeliest, null where none counts",
        lambda row: _of_written(row, "margin"),
    ),
    Column(
        "api_token_likeliest",
        "texts",
        "the likeliest token in the place of each that was not it; null elsewhere",
        lambda row: _of_written(row, "likeliest"),
    ),
    Column(
        "api_floor_margins",
        "floats",
        "the margins above 0 of the greatest legitimate change of the local model on the same tokens, in nats",
        lambda row: row.floor_margins,
    ),
)
