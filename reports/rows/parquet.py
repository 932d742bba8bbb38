"""The parquet file that holds the rows of the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.rows.column import STRUCTS
from reports.rows.columns import COLUMNS, columns_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reports.rows.row import Row

#: Under this name the file's own metadata holds the `run` block of `verdict.json`, as JSON text.
RUN_METADATA = "harmony_conformance.run"

_LARGEST_INT = 2**63 - 1


def write_parquet(rows: Sequence[Row], path: Path, run: str | None = None) -> None:
    """Writes `rows` as parquet with exactly the columns of the contract; an example has one row a subject.

    Args:
        rows: in their order.
        path: of the file.
        run: what was run, as JSON text for the file's metadata; None where nobody kept it.
    """
    import pyarrow as pa  # noqa: PLC0415 - only the end of a run pays for it
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    types = {"text": pa.string(), "bool": pa.bool_(), "int": pa.int64(), "float": pa.float64()}
    # A margin of a token needs no more digits, and there are thousands.
    types |= {"texts": pa.list_(pa.string()), "floats": pa.list_(pa.float32())}
    types["headers"] = pa.list_(pa.struct({"name": pa.string(), "value": pa.string()}))
    types |= {kind: pa.struct({name: types[one] for name, one in fields.items()}) for kind, fields in STRUCTS.items()}
    schema = pa.schema(
        [pa.field(name, types[column.kind], metadata={"description": column.says}) for name, column in COLUMNS.items()],
        metadata=None if run is None else {RUN_METADATA: run},
    )
    plain = [{name: _storable(value) for name, value in columns_of(row).items()} for row in rows]
    pq.write_table(pa.Table.from_pylist(plain, schema=schema), path)


def _storable(value: object) -> object:
    """Replaces what JSON can carry and parquet cannot: lone surrogates, and counts beyond 64 bits."""
    if isinstance(value, tuple | list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {name: _storable(one) for name, one in value.items()}
    if isinstance(value, int) and abs(value) > _LARGEST_INT:
        return None
    if not isinstance(value, str):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
