"""Runs pytest in a process of its own that has imported the large libraries beforehand.

Of the three seconds of a run on a few examples two go into importing scipy, pandas and pyarrow, and three more into
torch where a model is loaded. A fork server imports them once; each run is forked from it, so it still is a process of
its own with an environment of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: What a run imports of others, but for what reads its environment when it is imported.
PRELOADED = ["pytest", "pandas", "pyarrow.parquet", "scipy.stats", "rapidfuzz.distance", "diskcache", "torch"]

#: A fork is safe there alone: the frameworks of macOS forbid it, and Windows has none.
CAN_FORK = sys.platform == "linux"


def _run(arguments: Sequence[str], folder: Path, env: Mapping[str, str], output: Path) -> None:
    """Becomes `python -m pytest`: all that a fresh interpreter takes from its environment is taken from `env`."""
    with output.open("wb") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    tempfile.tempdir = None
    # Whoever runs the tests in the background lets them ignore Ctrl-C, and an ignored one goes on being ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in env
    sys.path[:0] = ["", *env["PYTHONPATH"].split(os.pathsep)]
    sys.argv = [pytest.__file__, *arguments]
    try:
        status = int(pytest.main(list(arguments)))
    except BaseException:  # noqa: BLE001 - the test that waits is to read it
        traceback.print_exc()
        status = 99
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def start_forked(
    arguments: Sequence[str], folder: Path, env: Mapping[str, str], output: Path
) -> multiprocessing.process.BaseProcess:
    """Starts pytest with these arguments in `folder`; what it prints goes into `output`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=_run, args=(arguments, folder, env, output))
    process.start()
    return process


def run_forked(arguments: Sequence[str], folder: Path, env: Mapping[str, str], timeout_s: float) -> tuple[int, bytes]:
    """Runs pytest with these arguments in `folder` and returns its exit status and what it printed.

    Raises:
        TimeoutError: it did not end in time, and was killed.
    """
    with tempfile.NamedTemporaryFile() as output:
        process = start_forked(arguments, folder, env, Path(output.name))
        process.join(timeout_s)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"pytest {' '.join(arguments)} took more than {timeout_s} s")
        return process.exitcode, output.read()
