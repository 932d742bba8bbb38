"""Reads a report back from its folder, or from one of its files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reports.changes.report import Report, report_of
from reports.report_folder import RESULTS, VERDICT, NoReportError
from reports.rows.reading import UnreadableResultsError, read_rows
from reports.verdict.judgement import Judgement

if TYPE_CHECKING:
    from pathlib import Path


def read_report(path: Path) -> Report:
    """Returns the report in a folder, or in a file of it: `verdict.json`, with the rows beside it, or rows alone.

    Raises:
        NoReportError: there is none, or it cannot be read.
    """
    verdict = path / VERDICT if path.is_dir() else path
    results = path / RESULTS if path.is_dir() else path
    if path.suffix == ".json" and path.is_file():
        results = path.parent / RESULTS
    elif path.is_file():
        verdict = path.parent / "-none-"
    if not verdict.is_file() and not results.is_file():
        raise NoReportError(f"{path} holds no report: name a report's folder, or a parquet file of results.")
    told = read_verdict(verdict) if verdict.is_file() else {}
    try:
        rows = read_rows(results) if results.is_file() else []
        return report_of(str(path), told, rows)
    except UnreadableResultsError as error:
        raise NoReportError(str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoReportError(f"{verdict} holds no verdict of this suite: name the folder of a report.") from error


def read_verdict(file: Path) -> dict[str, Any]:
    """Returns what a `verdict.json` holds.

    Raises:
        NoReportError: there is none, or the file is something else.
    """
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        Judgement(told["verdict"])
        [(one["id"], one["verdict"], one["reason"]) for one in told["subjects"]]
    except OSError as error:
        raise NoReportError(f"{file} cannot be read ({error.strerror}): name the folder of a report.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoReportError(f"{file} holds no verdict of this suite: name the folder of a report.") from error
    return dict(told)
