"""`python -m tests.versions` writes what pip may install for each line; `--check` tells what would change."""

from __future__ import annotations

import argparse
import sys

from tests.places import ROOT
from tests.versions.lines import FOLDER, LINES


def main() -> int:
    """Writes the files of constraints that are not what they should be; 1 where `--check` finds one."""
    parser = argparse.ArgumentParser(prog="python -m tests.versions", description="Write the lines' constraints.")
    parser.add_argument("--check", action="store_true", help="write nothing, and tell what would change")
    check = parser.parse_args().check
    stale = [line for line in LINES if not line.path.is_file() or line.path.read_text("utf-8") != line.constraints()]
    for line in stale:
        print(f"{'stale' if check else 'wrote'} {line.path.relative_to(ROOT)}")
        if not check:
            FOLDER.mkdir(exist_ok=True)
            line.path.write_text(line.constraints(), encoding="utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
