"""Draws endpoints over time: `python -m reports history DIR...`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backends.installation import command
from backends.secrets import redact
from reports.changes import NoReportError, Report, read_report
from reports.timeline import history_page, in_order, series_of

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The status after a sentence: a report, or a place for the page, is none.
_REFUSED = 2


def main(given: Sequence[str] | None = None) -> int:
    """Writes the page, or prints its data; returns 2 after a sentence where that cannot be."""
    asked = _parser().parse_args(given)
    try:
        reports, by_time = in_order([_with_verdict(path) for path in asked.reports])
        found = series_of(reports)
    except NoReportError as error:
        return _refuse(str(error))
    except (KeyError, TypeError, ValueError):
        return _refuse("A report tells its criteria in no way that this suite knows: make it again with --replay.")
    if asked.json:
        told = {"by_time": by_time, "endpoints": [one.as_data() for one in found]}
        sys.stdout.write(redact(json.dumps(told, indent=2)) + "\n")
        return 0
    try:
        asked.output.write_text(history_page(found, by_time=by_time), encoding="utf-8", errors="replace")
    except OSError as error:
        return _refuse(f"{asked.output} cannot be written ({error.strerror}): name another file with -o.")
    sys.stdout.write(f"wrote {asked.output}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command("history", "reports history"),
        description="Draws criteria and findings of each endpoint over time, as one page that opens from disk.",
        epilog="exit status: 0, or 2 where a report cannot be read or the page cannot be written.",
    )
    parser.add_argument("reports", type=Path, metavar="DIR", nargs="+", help="folders of reports")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("history.html"), metavar="FILE", help="the page (history.html)"
    )
    parser.add_argument("--json", action="store_true", help="print plain data, and write no page")
    return parser


def _with_verdict(path: Path) -> Report:
    report = read_report(path)
    if not report.has_verdict:
        raise NoReportError(f"{path} holds no verdict.json: name the folder of a report.")
    return report


def _refuse(why: str) -> int:
    sys.stderr.write(f"{redact(why)}\n")
    return _REFUSED


if __name__ == "__main__":
    sys.exit(main())
