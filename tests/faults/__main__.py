"""Faulty servers to try, and how well the suite recognises them: `python -m tests.faults --help`."""

from __future__ import annotations

import argparse
import difflib
import re
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from backends.errors import BackendUnavailable
from tests.faults.catalogue import BY_ID, FAULTS
from tests.faults.faithful import FAITHFUL, faithful_trials
from tests.faults.matrix import Record, Trial, fault_trials
from tests.faults.matrix_store import RunStore
from tests.faults.matrix_table import summary, write_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.catalogue import Fault

_ABOUT = """\
A server with faults, to point the suite at:

  python -m tests.faults ID [ID ...] [--port P]   serve until Ctrl-C
  python -m tests.faults list                     the ids, and what a client sees
  python -m tests.faults matrix --help            run the suite against all of them
"""

_MATRIX = """\
Runs the suite against a server with each fault, and against servers that do nothing wrong, each in its own way.
Writes matrix.md and matrix.json. Ends with 1 where a fault is missed, a faithful server is accused, or a run failed.
A matrix that was interrupted goes on where it was.
"""

_USAGE, _INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the command line says and returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    commands = {"list": _list, "matrix": _matrix}
    command = commands.get(given[0], _serve) if given else _serve
    try:
        return command(given[1:] if command is not _serve else given)
    except (BackendUnavailable, OSError, ValueError) as error:
        print(f"tests.faults: {error}", file=sys.stderr)
        return _USAGE
    except KeyboardInterrupt:
        return _INTERRUPTED


def _list(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults list", description="Lists the faults.")
    parser.parse_args(given)
    width = max(len(fault.id) for fault in FAULTS)
    for fault in FAULTS:
        print(f"{fault.id:{width}}  {fault.sees}")
    return 0


def _serve(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        usage=argparse.SUPPRESS,
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("ids", nargs="+", metavar="ID", help="a fault, or several together")
    parser.add_argument("--port", type=_port, default=0, metavar="P", help="to listen on (any free one)")
    options = parser.parse_args(given)
    return _serve_until_interrupted([_known_fault(parser, name) for name in options.ids], options.port)


def _serve_until_interrupted(faults: Sequence[Fault], port: int) -> int:
    from fixtures.servers import EmbeddedServer  # noqa: PLC0415 - --help and list start nothing
    from tests.faults.stand import FaultyServer  # noqa: PLC0415 - as above

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    upstream = EmbeddedServer()
    try:
        print("Starting transformers serve ...", file=sys.stderr)
        upstream.start()
        with FaultyServer(upstream.base_url, *faults, port=port) as server:
            print(f"{', '.join(fault.id for fault in faults)}: {server.base_url}")
            print(
                f'Try: pytest conformance -m "not gpu" --base-url {server.base_url} --model miniature --no-cache '
                f"--sample-size 100"
            )
            print("Ctrl-C stops it.", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    finally:
        upstream.stop()
    return 0


def _matrix(given: Sequence[str]) -> int:
    from tests.faults.matrix_run import fitting_jobs, run_matrix  # noqa: PLC0415 - as above

    parser = _matrix_parser()
    options = parser.parse_args(given)
    trials = _chosen_trials(parser, options)
    if not trials:
        parser.error("There is nothing to run: leave out --only, or give --faithful a number.")
    store = RunStore(options.output, options.keep)
    jobs = options.jobs or fitting_jobs()
    progress = _Progress(trials, store, jobs)
    try:
        records = run_matrix(trials, store, jobs=jobs, tell=progress.tell)
    except KeyboardInterrupt:
        records = [record for trial in trials if (record := store.get(trial)) is not None]
        print("Interrupted: the same command goes on from here.", file=sys.stderr)
    paths = write_matrix(trials, records, store.folder)
    print(summary(records))
    print(f"Written: {', '.join(str(path) for path in paths)}")
    if len(records) < len(trials):
        return _INTERRUPTED
    return 0 if all(record.is_right for record in records) else 1


class _Progress:
    """Tells of each run as it ends, on the standard error stream."""

    def __init__(self, trials: Sequence[Trial], store: RunStore, jobs: int) -> None:
        self._total, self._started = len(trials), time.monotonic()
        self._done = sum(1 for trial in trials if store.get(trial) is not None)
        kept = f", {self._done} of them from earlier" if self._done else ""
        print(f"{self._total} runs{kept}, {jobs} side by side, in {store.folder}", file=sys.stderr)

    def tell(self, record: Record) -> None:
        self._done += 1
        found = f"{record.result}" if record.is_right else f"{record.result.upper()} ({record.reason.strip()[:160]})"
        others = f" beside {', '.join(record.others)}" if record.others else ""
        print(
            f"[{self._done}/{self._total}] {record.id}: {found}{others}; {record.requests} requests, "
            f"{record.seconds:.0f} s",
            file=sys.stderr,
            flush=True,
        )


def _matrix_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults matrix", description=_MATRIX, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", type=_names, metavar="ID[,ID...]", help="these faults or faithful servers alone")
    parser.add_argument("--sample-size", type=_positive, default=100, metavar="N", help="examples a run (100)")
    parser.add_argument(
        "--jobs", type=_positive, metavar="N", help="runs side by side (as many as memory and cores allow)"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("fault-matrix"), metavar="DIR", help="folder (fault-matrix)"
    )
    parser.add_argument(
        "--faithful", type=_count, metavar="N",
        help=f"runs against faithful servers ({len(FAITHFUL)}, one for each; with --only none)",
    )  # fmt: skip
    keep = parser.add_mutually_exclusive_group()
    keep.add_argument(
        "--resume", dest="keep", action="store_const", const="all", default="same-code",
        help="keep earlier runs although the code has changed since; by default only those of the same code are kept",
    )  # fmt: skip
    keep.add_argument("--fresh", dest="keep", action="store_const", const="none", help="forget all earlier runs")
    return parser


def _chosen_trials(parser: argparse.ArgumentParser, options: argparse.Namespace) -> tuple[Trial, ...]:
    count = options.faithful
    if options.only is None:
        faithful = faithful_trials(len(FAITHFUL) if count is None else count, options.sample_size)
        return (*fault_trials(FAULTS, options.sample_size), *faithful)
    one_each = {trial.id: trial for trial in faithful_trials(len(FAITHFUL), options.sample_size)}
    chosen = {}
    for name in options.only:
        known = one_each.get(name) or fault_trials((_known_fault(parser, name, (*one_each,)),), options.sample_size)[0]
        chosen[name] = known
    more = {trial.id: trial for trial in faithful_trials(count or 0, options.sample_size)}
    return tuple((chosen | more).values())


def _known_fault(parser: argparse.ArgumentParser, name: str, further: tuple[str, ...] = ()) -> Fault:
    return BY_ID[name] if name in BY_ID else _refuse(parser, name, further)


def _refuse(parser: argparse.ArgumentParser, name: str, further: tuple[str, ...]) -> NoReturn:
    close = difflib.get_close_matches(name, [*BY_ID, *further], n=3)
    advice = f"did you mean {' or '.join(close)}?" if close else "`python -m tests.faults list` shows the ids."
    parser.exit(_USAGE, f"tests.faults: There is no fault {name!r}: {advice}\n")


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in re.split(r"[,\s]+", text) if name))
    if not names:
        raise argparse.ArgumentTypeError("name at least one fault")
    return names


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs")
    return int(text)


def _positive(text: str) -> int:
    number = _count(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give at least 1")
    return number


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
