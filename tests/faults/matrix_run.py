"""Runs the suite against one server after another, several at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager, suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from backends.errors import BackendUnavailable
from fixtures.servers import EmbeddedServer
from tests.faults.matrix import Record
from tests.faults.matrix_store import ROOT
from tests.faults.proxy import AlterationError
from tests.faults.stand import FaultyServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.faults.matrix import Trial
    from tests.faults.matrix_store import RunStore

#: A run of 100 examples takes less than one minute on two cores, and up to ten where the server never stops before the
#: token limit; one that is still under way then hangs.
TIME_LIMIT_S: Final = 1800.0

#: What a worker needs, measured on Linux: 1.2 GB for its server and 1.5 GB for the run, and something to spare.
BYTES_PER_JOB: Final = 3_000_000_000

#: Exit statuses of a run that came to its end: conforms, differs or another test failed, no verdict.
_ENDED = frozenset({0, 1, 6})

#: Offline, the Hub's client refuses loopback addresses too.
_NOT_INHERITED = ("PYTEST_", "COV_CORE_", "HF_HUB_OFFLINE")

_TURN_S = 0.1
_LAST_WORDS = 600


class TrialFailed(Exception):  # noqa: N818 - it says what is the case
    """The run came to no verdict; the message says why."""


class Stopped(Exception):  # noqa: N818 - as above
    """The matrix was interrupted."""


def fitting_jobs() -> int:
    """Returns how many runs this machine can do side by side: by its free memory, and no more than it has cores."""
    import psutil  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with accelerate; a given number needs none

    fits = int(psutil.virtual_memory().available // BYTES_PER_JOB)
    return max(1, min(fits, os.cpu_count() or 1))


def run_matrix(trials: Sequence[Trial], store: RunStore, *, jobs: int, tell: Callable[[Record], None]) -> list[Record]:
    """Runs the trials that the store has no record of, and returns all records in the trials' order.

    Args:
        trials: with different ids.
        store: takes each record as soon as it is there.
        jobs: runs side by side, each with a server process of its own.
        tell: called with each new record, in one thread.

    Raises:
        KeyboardInterrupt: after all that was started has ended.
    """
    records = {trial.id: record for trial in trials if (record := store.get(trial)) is not None}
    with _workers(jobs) as (pool, servers, stop):
        pending = [trial for trial in trials if trial.id not in records]
        futures = {pool.submit(_run, trial, store, servers, stop, jobs): trial for trial in pending}
        try:
            for future in as_completed(futures):
                record = future.result()
                store.put(futures[future], record)
                records[record.id] = record
                tell(record)
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
    return [records[trial.id] for trial in trials]


@contextmanager
def _workers(jobs: int) -> Iterator[tuple[ThreadPoolExecutor, SimpleQueue[EmbeddedServer], threading.Event]]:
    servers: SimpleQueue[EmbeddedServer] = SimpleQueue()
    with ExitStack() as stack:
        for server in [EmbeddedServer() for _ in range(jobs)]:
            stack.callback(server.stop)
            servers.put(server)
        pool = stack.enter_context(ThreadPoolExecutor(jobs, thread_name_prefix="trial"))
        yield pool, servers, threading.Event()


def _run(
    trial: Trial, store: RunStore, servers: SimpleQueue[EmbeddedServer], stop: threading.Event, jobs: int
) -> Record:
    """Runs one trial; one that cannot be run is a record too."""
    server = servers.get()
    started = time.monotonic()
    try:
        with _serving(trial, server) as upstream:
            return _against(trial, upstream, store, stop, jobs)
    except (TrialFailed, BackendUnavailable, AlterationError, OSError, ValueError, KeyError) as error:
        reason = str(error) or type(error).__name__
        seconds = round(time.monotonic() - started, 1)
        return Record(id=trial.id, faithful=trial.faithful, verdict=None, reason=reason, seconds=seconds)
    finally:
        servers.put(server)


@contextmanager
def _serving(trial: Trial, usual: EmbeddedServer) -> Iterator[EmbeddedServer]:
    """Gives a running server with the trial's number format: the worker's own, or one for this run alone."""
    with ExitStack() as stack:
        server = usual
        if trial.dtype != usual.dtype:
            server = EmbeddedServer(dtype=trial.dtype)
            stack.callback(server.stop)
        server.start()
        yield server


def _against(trial: Trial, upstream: EmbeddedServer, store: RunStore, stop: threading.Event, jobs: int) -> Record:
    """Returns what the suite makes of a server.

    Raises:
        TrialFailed, AlterationError, OSError, ValueError, KeyError: it came to no verdict.
        Stopped: the matrix was interrupted.
    """
    process = upstream.pid
    started = time.monotonic()
    with _fresh_address(trial, upstream, store) as server:
        report = store.report(trial)
        status = _ask_suite(_arguments(trial, server.base_url, report, store), report / "output.txt", stop, jobs)
        requests = len(server.requests)
    upstream.start()
    if upstream.pid != process:
        raise TrialFailed("The server behind the proxy died during the run.")
    if status not in _ENDED or not (report / "verdict.json").exists():
        raise TrialFailed(f"The run ended with status {status}. Its last words: {_last_words(report)}")
    verdict = json.loads((report / "verdict.json").read_text(encoding="utf-8"))
    return Record.from_verdict(trial, verdict, requests=requests, seconds=time.monotonic() - started)


@contextmanager
def _fresh_address(trial: Trial, upstream: EmbeddedServer, store: RunStore) -> Iterator[FaultyServer]:
    while True:
        with FaultyServer(upstream.base_url, trial.shows, mended=trial.mended) as server:
            if store.claim(trial, urlsplit(server.base_url).port or 0):
                yield server
                return


def _arguments(trial: Trial, base_url: str, report: Path, store: RunStore) -> list[str]:
    return [
        "conformance",
        "-m",
        "not gpu",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--base-url={base_url}",
        "--model=miniature",
        f"--api-model=miniature-{trial.id}",
        f"--report-dir={report}",
        f"--cache-dir={store.cache}",
        *trial.arguments,
    ]


def _ask_suite(arguments: list[str], output: Path, stop: threading.Event, jobs: int) -> int:
    """Runs the suite and returns its exit status."""
    deadline = time.monotonic() + TIME_LIMIT_S
    with output.open("wb") as log, _suite(arguments, log.fileno(), jobs) as process:
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(_TURN_S)
            if stop.is_set():
                raise Stopped
            if time.monotonic() > deadline:
                raise TrialFailed(f"The run was still under way after {TIME_LIMIT_S:.0f} s.")


@contextmanager
def _suite(arguments: list[str], output: int, jobs: int) -> Iterator[subprocess.Popen[bytes]]:
    """Starts the suite in a process group of its own, of which nothing is left at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=suite_environment(jobs),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def suite_environment(jobs: int) -> dict[str, str]:
    """Returns the environment of a run: the runs share the cores, and a user's options for pytest are not theirs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    return kept | {"OMP_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": "false"}


def _last_words(report: Path) -> str:
    words = (report / "output.txt").read_text(encoding="utf-8", errors="replace").strip()
    return words[-_LAST_WORDS:] or "none"
