"""Prints a report's verdict again: `python -m reports.show DIR`."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from backends.installation import DEFAULT_REPORT, ROOT, command, default_report
from reports.changes.reading import read_verdict
from reports.report_folder import SUMMARY, VERDICT, NoReportError
from reports.session.reporter import EXIT_NO_VERDICT
from reports.verdict.judgement import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: The status with which the run ended, as far as the verdict decides it.
_STATUS: Final = {Judgement.CONFORMS: 0, Judgement.DIFFERS: 1, Judgement.NO_VERDICT: EXIT_NO_VERDICT}

_USAGE: Final = 4

#: What the terminal printed stands in `summary.md` between these lines.
_PRINTED: Final = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main(given: Sequence[str] | None = None) -> int:
    """Prints what the run printed and the verdict; returns its exit status, or 4 after a sentence without a report."""
    parser = argparse.ArgumentParser(
        prog=command("show", "reports.show"),
        description="Prints a report's verdict again, with the lines above it.",
        epilog="exit status: 0 conforms, 1 differs, 6 no verdict, 4 where there is no report.",
    )
    parser.add_argument(
        "folder", type=Path, nargs="?", default=default_report(ROOT), metavar="DIR",
        help=f"the report's folder, or its verdict.json ({DEFAULT_REPORT})",
    )  # fmt: skip
    folder = parser.parse_args(given).folder
    try:
        told = read_verdict(folder / VERDICT if folder.is_dir() else folder)
    except NoReportError as error:
        sys.stderr.write(f"{error}\n")
        return _USAGE
    sys.stdout.write("".join(f"{_safe(line)}\n" for line in shown(told, _summary_beside(folder))))
    return _STATUS[Judgement(told["verdict"])]


def shown(told: dict[str, Any], summary: str) -> Iterator[str]:
    """Yields the lines that are printed.

    Args:
        told: what `verdict.json` holds.
        summary: the text of `summary.md`; empty where there is none.
    """
    for printed in _PRINTED.findall(summary):
        yield from str(printed).splitlines()
        yield ""
    if not told.get("complete", True):
        yield "The run was not complete: rows are missing."
    subjects = told["subjects"]
    each = " ".join(f"{one['id']}: {one['verdict']}. {one['reason']}" for one in subjects)
    yield f"verdict: {told['verdict']}. {subjects[0]['reason'] if len(subjects) == 1 else each}".rstrip()


def _summary_beside(folder: Path) -> str:
    file = (folder if folder.is_dir() else folder.parent) / SUMMARY
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _safe(line: str) -> str:
    """Returns a line without what a terminal would obey: a report may be anybody's."""
    return "".join(sign if sign.isprintable() or sign == "\t" else "\N{REPLACEMENT CHARACTER}" for sign in line)


if __name__ == "__main__":
    sys.exit(main())
