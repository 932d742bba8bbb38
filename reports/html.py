"""Makes a report's page again: `python -m reports html DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from backends.installation import command
from reports.page import NoReportError, write_page

if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE: Final = 4


def main(given: Sequence[str] | None = None) -> int:
    """Does what was typed; returns 0, or 4 after a sentence where there is no report or no place for the page."""
    asked = _parser().parse_args(given)
    try:
        sys.stdout.write(f"wrote {write_page(asked.folder, asked.output)}\n")
    except NoReportError as error:
        sys.stderr.write(f"{error}\n")
        return _USAGE
    except OSError as error:
        sys.stderr.write(f"The page cannot be written ({error}): name another file with --output.\n")
        return _USAGE
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command("html", "reports html"),
        description="Makes report.html again, from results.parquet and, where they lie beside it, verdict.json and "
        "exchanges.json.",
        epilog="exit status: 0 it is written, 4 there is no report, or no place for it.",
    )
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path("conformance-report"), metavar="DIR",
        help="the report's folder, or its results.parquet (conformance-report)",
    )  # fmt: skip
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the page goes (report.html beside them)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
