"""The results of runs as a pandas frame: every column of the contract, with its own type, and null where it is null."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from backends.near_names import did_you_mean
from reports.report_folder import RESULTS, VERDICT
from reports.rows.columns import COLUMNS
from reports.rows.parquet import RUN_METADATA

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    Place = str | PathLike[str]

#: pandas' nullable types: a label that was not given is NA and never False, and a count stays a whole number; lists
#: and structs have none.
DTYPES: Final = {
    "text": "string", "bool": "boolean", "int": "Int64", "float": "Float64", "texts": "object", "floats": "object",
    "exchange": "object", "generation": "object",
}  # fmt: skip

#: A file without these holds no results of this suite.
_NEEDED: Final = ("text", "conv_id")


class ResultsError(ValueError):
    """Results cannot be loaded; the message says what to do."""


def load_results(places: Place | Iterable[Place]) -> pd.DataFrame:
    """Returns the rows of one report, or of several behind each other.

    Columns of the contract that a file lacks, such as an older one, are there and hold NA; further columns are kept.

    Args:
        places: a report's folder, a parquet file, or several of either.

    Returns:
        The frame, with the columns of docs/results.md in their order and in nullable types; `report`, the file that a
        row comes from, stands behind them. `attrs["columns"]` says what each holds, and `attrs["runs"]` has, by file,
        the `run` block of its `verdict.json`, None where the file carries none.

    Raises:
        ResultsError: there is no such file, or it holds something else.
    """
    import pandas as pd  # noqa: PLC0415 - half a second, and only this call needs it

    given = [places] if isinstance(places, str | PathLike) else list(places)
    if not given:
        raise ResultsError("No report is named: give the folder of one, or a list of several.")
    files = [_file(Path(one).expanduser()) for one in given]
    loaded = [_load(file) for file in files]
    frame = pd.concat([rows for rows, _ in loaded], ignore_index=True)
    frame.attrs["columns"] = {name: column.says for name, column in COLUMNS.items()}
    frame.attrs["runs"] = {str(file): run for file, (_, run) in zip(files, loaded, strict=True)}
    return frame


def _file(place: Path) -> Path:
    """Returns the file of rows that a report's folder, or the file itself, stands for."""
    file = place / RESULTS if place.is_dir() else place
    if file.is_file():
        return file
    if place.is_dir() and (place / VERDICT).is_file():
        raise ResultsError(f"{place} is the report of wire checks alone, which ask about no examples: it has no rows.")
    beside = sorted(one.parent.name for one in place.parent.glob(f"*/{RESULTS}")) if place.parent.is_dir() else []
    raise ResultsError(
        f"{file} does not exist: name the folder of a report, or its {RESULTS}.{did_you_mean(place.name, beside)}"
    )


def _load(file: Path) -> tuple[pd.DataFrame, dict[str, Any] | None]:
    """Returns the rows of a file in the types of the contract, and what was run."""
    import pandas as pd  # noqa: PLC0415 - as above
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError) as error:
        said = str(error).strip().partition("\n")[0].rstrip(".")
        raise ResultsError(f"{file} is no readable parquet file ({said}): name the folder of a report.") from error
    if missing := [name for name in _NEEDED if name not in table.column_names]:
        raise ResultsError(
            f"{file} has no column {' and no '.join(missing)}, so that it holds no results of this suite."
        )
    rows = table.replace_schema_metadata(None).to_pandas(types_mapper=_nullable)
    try:
        typed = {
            name: rows[name].astype(DTYPES[column.kind])
            if name in rows
            else pd.Series(pd.NA, index=rows.index, dtype=DTYPES[column.kind])
            for name, column in COLUMNS.items()
        }
    except (TypeError, ValueError) as error:
        raise ResultsError(f"{file}: a column is not of its type in the contract ({error}).") from error
    further = {str(name): rows[name] for name in rows.columns if name not in COLUMNS}
    source = pd.Series(str(file), index=rows.index, dtype="string")
    return pd.DataFrame({**typed, **further, "report": source}), _run((table.schema.metadata or {}).get(_KEY))


_KEY: Final = RUN_METADATA.encode()


def _nullable(kind: Any) -> Any:  # noqa: ANN401 - pyarrow is not typed
    """Returns pandas' nullable type for one of parquet's; None leaves it to pyarrow."""
    import pandas as pd  # noqa: PLC0415 - as above
    import pyarrow as pa  # noqa: PLC0415 - as above

    if pa.types.is_boolean(kind):
        return pd.BooleanDtype()
    if pa.types.is_integer(kind):
        return pd.Int64Dtype()
    if pa.types.is_floating(kind):
        return pd.Float64Dtype()
    return pd.StringDtype() if pa.types.is_string(kind) or pa.types.is_large_string(kind) else None


def _run(kept: bytes | None) -> dict[str, Any] | None:
    try:
        told = json.loads(kept or b"null")
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
