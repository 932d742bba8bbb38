"""Packs what a report to an endpoint's vendor needs: `python -m reports bundle DIR -o FILE.zip`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.installation import command
from backends.secrets import redact
from reports.changes import NoReportError, Report, read_report
from reports.parcel import parcel_of, write_parcel
from reports.report_folder import EXCHANGES

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The status after a sentence.
_REFUSED = 2

#: How many examples of a subject go in.
_EXAMPLES = 10


def main(given: Sequence[str] | None = None) -> int:
    """Writes the file; returns 2 after a sentence where that cannot be."""
    asked = _parser().parse_args(given)
    try:
        parcel = parcel_of(
            _report(asked.folder, asked.subject),
            _exchanges(asked.folder),
            most=asked.examples,
            with_texts=asked.with_texts,
            subject=asked.subject,
        )
        write_parcel(parcel, asked.output)
    except NoReportError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{asked.output} cannot be written ({error.strerror}): name another file with -o.")
    texts = "with their texts" if asked.with_texts else "without their texts, which --with-texts adds"
    sys.stdout.write(
        redact(f"wrote {asked.output}: {parcel.findings} findings, {parcel.examples} examples {texts}\n"),
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command("bundle", "reports bundle"),
        description="Packs findings, worst examples, commands that show them again, settings and versions for the "
        "endpoint's vendor: without credentials, and without the texts of examples unless they are asked for.",
        epilog="exit status: 0, or 2 where there is no report or the file cannot be written.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of a report")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the zip file")
    parser.add_argument("--subject", metavar="ID", help="the one that it is about, where the report tells of more")
    parser.add_argument(
        "--examples", type=int, default=_EXAMPLES, metavar="N", help=f"examples of a subject ({_EXAMPLES})"
    )
    parser.add_argument(
        "--with-texts", action="store_true", help="keep the texts of examples and answers: many are toxic"
    )
    return parser


def _report(folder: Path, subject: str | None) -> Report:
    """Returns the report.

    Raises:
        NoReportError: there is none with a verdict, or it does not tell of the subject.
    """
    report = read_report(folder)
    if not report.has_verdict:
        raise NoReportError(f"{folder} holds no verdict.json: name the folder of a report.")
    if subject is not None and subject not in {one.id for one in report.subjects}:
        there = ", ".join(one.id for one in report.subjects)
        raise NoReportError(f"{folder} does not tell of {subject}; its subjects: {there}.")
    return report


def _exchanges(folder: Path) -> dict[str, Any]:
    """Returns the raw exchanges beside a report; nothing where there are none that can be read."""
    file = (folder if folder.is_dir() else folder.parent) / EXCHANGES
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _refuse(why: str) -> int:
    sys.stderr.write(f"{redact(why)}\n")
    return _REFUSED


if __name__ == "__main__":
    sys.exit(main())
