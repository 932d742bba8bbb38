"""`python -m backends doctor` says what this machine can run, and `python -m backends cache` what the cache holds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from backends.dispatch.inventory import CacheUnreadableError, drop, listing
from backends.doctor import as_json, as_screen, diagnose
from backends.errors import BackendUnavailable
from backends.installation import DISTRIBUTION, IS_PACKAGE, default_cache

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


_CACHE = """\
Answers are kept between runs under all that determined them, for 30 days and within a limit of size,
and those of a run that did not end for a day, so that the same command goes on from there.

exit status: 0; 1 where the cache cannot be read; 2 for a wrong option.
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
    _add_cache(commands)
    options = parser.parse_args(arguments)
    if options.command == "cache":
        return _cache(options)
    found = diagnose(base_url=options.base_url)
    print(as_json(found) if options.json else as_screen(found))
    return found.exit_status


def _add_cache(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    plain = argparse.RawDescriptionHelpFormatter
    cache = commands.add_parser(
        "cache", help="list or drop kept answers", description=_CACHE, formatter_class=plain
    ).add_subparsers(dest="what", required=True, metavar="list|drop")
    listed = cache.add_parser("list", help="what is kept, by what it belongs to")
    dropped = cache.add_parser("drop", help="forget kept answers: all, or those whose line in the list has a word")
    dropped.add_argument("words", nargs="*", metavar="WORD", help="such as api, scores, a model, a day, or 'not ended'")
    for one in (listed, dropped):
        one.add_argument("--cache-dir", type=Path, default=default_cache(), metavar="DIR", help="(%(default)s)")


def _cache(options: argparse.Namespace) -> int:
    try:
        if options.what == "list":
            print("\n".join(listing(options.cache_dir)))
        else:
            words = options.words
            chosen = (lambda told: any(word in told for word in words)) if words else None
            print(f"dropped {drop(options.cache_dir, chosen, print)} from {options.cache_dir}")
    except (CacheUnreadableError, BackendUnavailable) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
