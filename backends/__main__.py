"""`python -m backends doctor`: says what this machine can run."""

from __future__ import annotations

import argparse
import sys

from backends.doctor import as_json, as_screen, diagnose
from backends.installation import DISTRIBUTION, IS_PACKAGE

_DOCTOR = """\
Says in one screen what this machine can run: Python and libraries against the tested set, GPUs and
their memory against what each model needs, kernels for MXFP4, a token (never its value), the Hub,
models and data in the local caches, and the embedded default.

Each line begins with a state and ends, where it is not ok, with a remedy:
  ok     as it should be
  note   runs, with the restriction named
  no     keeps something from running
The last lines name the kinds of run that are possible, and what keeps the others from it.

Nothing is fetched, loaded or changed. The Hub is asked once, for 3 seconds at most, and an endpoint
that --base-url names once, for 5.

exit status: 0 if at least one kind of run is possible: the embedded default, a server of yours by
--base-url, Inference Providers, or the real model here; 1 if none is; 2 for a wrong option.
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog=DISTRIBUTION if IS_PACKAGE else "python -m backends",
        description="How an answer is obtained, asked from the command line.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    doctor = commands.add_parser(
        "doctor",
        help="say what this machine can run",
        description=_DOCTOR,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    doctor.add_argument("--json", action="store_true", help="print the same as JSON")
    doctor.add_argument("--base-url", metavar="URL", help="ask this endpoint too whether it can be reached")
    options = parser.parse_args(arguments)
    found = diagnose(base_url=options.base_url)
    print(as_json(found) if options.json else as_screen(found))
    return found.exit_status


if __name__ == "__main__":
    sys.exit(main())
