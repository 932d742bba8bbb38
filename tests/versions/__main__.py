"""`python -m tests.versions constraints` writes the constraints of every line; `record` prints how to record again."""

from __future__ import annotations

import argparse
import sys

from tests.versions.lines import FOLDER, LINES, RECORDING, ROOT


def main() -> int:
    """Does what the command line asks for; 1 where `--check` finds a file that is not what would be written."""
    parser = argparse.ArgumentParser(prog="python -m tests.versions", description=__doc__)
    parser.add_argument("what", choices=("constraints", "record"))
    parser.add_argument("--check", action="store_true", help="write nothing, and tell whether anything would change")
    given = parser.parse_args()
    if given.what == "record":
        path = RECORDING.relative_to(ROOT)
        print(f"pytest conformance -m 'not gpu' --no-cache --record {path}")
        return 0
    stale = [line for line in LINES if not line.path.is_file() or line.path.read_text("utf-8") != line.constraints()]
    for line in stale:
        print(f"{'stale' if given.check else 'wrote'} {line.path.relative_to(ROOT)}")
        if not given.check:
            FOLDER.mkdir(exist_ok=True)
            line.path.write_text(line.constraints(), encoding="utf-8")
    return int(given.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
