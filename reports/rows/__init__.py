"""Rows: the two answers to one example, side by side.

A `Comparison` holds two outcomes and makes a `Row` of them, which is typed data: it travels on a test report as JSON,
is judged, and is written to parquet by the one table of `COLUMNS`. `divergence_of` tells where its texts part.
"""

from __future__ import annotations

from reports.rows.column import Column
from reports.rows.columns import COLUMNS
from reports.rows.comparison import Comparison, audited_row
from reports.rows.divergence import divergence_of
from reports.rows.local_facts import with_local_facts
from reports.rows.parquet import write_parquet
from reports.rows.row import Row, RowSide
from reports.rows.similarity import similarity
from reports.rows.variant_scores import VariantScores

__all__ = [
    "COLUMNS",
    "Column",
    "Comparison",
    "Row",
    "RowSide",
    "VariantScores",
    "audited_row",
    "divergence_of",
    "similarity",
    "with_local_facts",
    "write_parquet",
]
