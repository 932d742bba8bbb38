"""Says what changed between runs of one sample: `python -m reports compare OLD NEW...`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backends.installation import command
from backends.secrets import redact
from reports.changes import (
    Comparison,
    NoReportError,
    NotComparableError,
    compare,
    comparison_data,
    comparison_lines,
    comparison_markdown,
    read_report,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Statuses: something became worse, and the reports cannot be compared.
_REGRESSION, _REFUSED = 1, 2

_ABOUT = """\
Says what changed from one run to others of the same sample: criteria with the interval of their paired difference,
answers that flipped, findings and wire checks new and gone, token evidence, latency, tokens and cost.
"""

_EPILOG = """\
exit status: 0 no regression, 1 a regression, 2 the reports cannot be compared.

A regression is a verdict that became differs, a finding or a broken check that is new, or a criterion that fell beyond
chance (paired and exact, p < 0.01, corrected for their number). A label that flips is none.
"""


def main(given: Sequence[str] | None = None) -> int:
    """Prints the comparison; returns 1 where something became worse, 2 after a sentence where nothing compares."""
    asked = _parser().parse_args(given)
    try:
        old, *news = (read_report(path) for path in (asked.old, *asked.new))
        compared = compare(old, news, anyway=asked.anyway)
    except NoReportError as error:
        return _refuse(str(error))
    except NotComparableError as error:
        return _refuse(f"{error} --anyway compares the examples that both have all the same.")
    sys.stdout.write(redact(_written(compared, asked)))
    return _REGRESSION if any(one.regressions for one in compared) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command("compare", "reports compare"),
        description=_ABOUT,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", type=Path, metavar="OLD", help="a report's folder, or a parquet file of results")
    parser.add_argument("new", type=Path, metavar="NEW", nargs="+", help="reports that are held against it")
    parser.add_argument("--json", action="store_true", help="print plain data")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument(
        "--anyway",
        action="store_true",
        help="compare the examples that both reports have, though samples, policies or settings differ",
    )
    return parser


def _written(compared: Sequence[Comparison], asked: argparse.Namespace) -> str:
    if asked.json:
        told = [comparison_data(one) for one in compared]
        return json.dumps({"regression": any(one["regression"] for one in told), "comparisons": told}, indent=2) + "\n"
    if asked.markdown:
        return "\n".join(comparison_markdown(one) for one in compared)
    return "\n\n".join("\n".join(comparison_lines(one)) for one in compared) + "\n"


def _refuse(why: str) -> int:
    sys.stderr.write(f"{redact(why)}\n")
    return _REFUSED


if __name__ == "__main__":
    sys.exit(main())
