"""What a page is made of: the files of a report's folder, as they lie there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports.report_folder import EXCHANGES, RESULTS, VERDICT, NoReportError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectSource:
    """What the files tell of one subject.

    Attributes:
        id: of the subject.
        told: of `verdict.json`; empty where there is none.
        rows: of `results.parquet`, by column.
        exchanges: of `exchanges.json`: by check, or under one name for all, exchanges by their names.
    """

    id: str
    told: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Mapping[str, Any]] = ()
    exchanges: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_audit(self) -> bool:
        """True where the local side has read the API's answers and given none."""
        return bool(self.rows) and all(row.get("local_outcome") is None for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the files tell of a run.

    Attributes:
        told: of `verdict.json`; empty where there is none.
        subjects: in the order of the verdict, or else of the rows.
    """

    told: Mapping[str, Any]
    subjects: Sequence[SubjectSource]


def read_source(folder: Path) -> Source:
    """Returns what lies in a report's folder.

    Args:
        folder: of the report, or its `results.parquet`; what lies beside that is read too.

    Raises:
        NoReportError: there is neither a verdict nor a row, or a file is something else.
    """
    results = folder if folder.suffix == ".parquet" else folder / RESULTS
    rows = _rows(results)
    told = _json(results.with_name(VERDICT))
    if not rows and not told:
        raise NoReportError(f"{folder} holds no report: name the folder of one, or its results.parquet.")
    exchanges = _json(results.with_name(EXCHANGES))
    subjects = {str(one.get("id")): one for one in told.get("subjects", ()) if isinstance(one, dict)}
    names = dict.fromkeys([*subjects, *(str(row.get("subject")) for row in rows)])
    return Source(
        told=told,
        subjects=[
            SubjectSource(
                id=name,
                told=subjects.get(name, {}),
                rows=[row for row in rows if str(row.get("subject")) == name],
                exchanges=_object(exchanges.get(name)),
            )
            for name in names
        ],
    )


def _rows(file: Path) -> list[dict[str, Any]]:
    import pyarrow as pa  # noqa: PLC0415 - only the end of a run pays for it
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    if not file.is_file():
        return []
    try:
        rows: list[dict[str, Any]] = pq.read_table(file).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise NoReportError(f"{file} is no parquet file that can be read: name the folder of a report.") from error
    return rows


def _json(file: Path) -> dict[str, Any]:
    try:
        return dict(_object(json.loads(file.read_text(encoding="utf-8"))))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise NoReportError(f"{file} cannot be read: name the folder of a report.") from error


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
