"""Runs pytest on the conformance tests in a process of its own and reads back what it left."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from backends.secrets import SECRET_VARIABLES
from reports.rows.columns import COLUMNS
from tests.end_to_end.forking import CAN_FORK, run_forked
from tests.places import ROOT
from tests.verdict_schema import problems_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


#: Both ways of having no other process, and two of them.
MODES: dict[str, tuple[str, ...]] = {"plain": (), "xdist": ("-n", "2"), "no-xdist": ("-p", "no:xdist")}

#: What of a subject in `verdict.json` tells what its endpoint was asked: nothing, where answers are played back.
SPENT = ("requests", "tokens", "cost_usd", "first_token_s")

#: Plugins of the suite's own tests that a run has no use for, and that take a second to import.
_NEEDLESS = [
    argument
    for name in ("hypothesispytest", "benchmark", "pytest_cov", "timeout", "anyio")
    for argument in ("-p", f"no:{name}")
]

#: What a job sets in which the suite's own tests are run.
_OF_A_JOB = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY")

_NOT_INHERITED = (
    *SECRET_VARIABLES,
    *_OF_A_JOB,
    "PYTEST_ADDOPTS",
    "PYTEST_PLUGINS",
    "PYTEST_XDIST_WORKER",
    "HF_HUB_OFFLINE",
)


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run left.

    Attributes:
        status: the exit status.
        text: all that it printed.
        rows: of `results.parquet`; empty where there is none.
        verdict: `verdict.json`, or None where there is none.
        folder: in which it ran.
    """

    status: int
    text: str
    rows: list[dict[str, Any]]
    verdict: dict[str, Any] | None
    folder: Path

    @property
    def closing(self) -> str:
        """The line that tells the verdict."""
        lines = [line for line in self.text.splitlines() if line.startswith("verdict: ")]
        return lines[-1] if lines else ""

    @property
    def counts(self) -> str:
        """pytest's own last line, without the time, and without what was deselected: it tells that in one process."""
        told = self.text.strip().splitlines()[-1].strip("= ").rpartition(" in ")[0]
        return re.sub(r", \d+ deselected", "", told)


def pytest_arguments(folder: Path, *arguments: str | Path, target: Path | None = None) -> list[str]:
    """Returns the arguments of pytest for a run that keeps all its files in `folder`."""
    where = ["-c", ROOT / "pyproject.toml", "--rootdir", ROOT, "-o", f"cache_dir={folder / 'pytest-cache'}"]
    own = [target or ROOT / "conformance", "--report-dir", folder / "report"]
    if "--no-cache" not in arguments and "--cache-dir" not in arguments:
        own += ["--cache-dir", folder / "answers"]
    return [*_NEEDLESS, *map(str, (*where, *own, *arguments))]


def command(folder: Path, *arguments: str | Path) -> list[str]:
    """Returns the command line of a run that keeps all its files in `folder`."""
    return [sys.executable, "-m", "pytest", *pytest_arguments(folder, *arguments)]


def environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Returns the environment of a run: no credentials, no GPU, this checkout and `folder` importable."""
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    paths = os.pathsep.join((str(folder), str(ROOT)))
    own = {"PYTHONPATH": paths, "TMPDIR": str(temporary), "CUDA_VISIBLE_DEVICES": "", "COLUMNS": "200"}
    return kept | own | dict(more or {})


def run_in(
    folder: Path,
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 300,
    fresh: bool = False,
) -> Finished:
    """Runs the conformance tests with these arguments in `folder`, to their end.

    Args:
        folder: where it runs, and keeps all its files.
        arguments: of pytest, beside those that name the places.
        env: variables beside this process's own.
        timeout_s: after which it is killed, and the test fails.
        fresh: in an interpreter that has imported nothing yet, where the claim is about its start.
    """
    variables = environment(folder, env)
    if CAN_FORK and not fresh:
        return finished(folder, *run_forked(pytest_arguments(folder, *arguments), folder, variables, timeout_s))
    done = subprocess.run(
        command(folder, *arguments),
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout_s,
        check=False,
    )
    return finished(folder, done.returncode, done.stdout)


def finished(folder: Path, status: int, printed: bytes) -> Finished:
    """Reads the report in `folder`, checks columns and verdict against the contract, and returns it with the output."""
    text = printed.decode("utf-8", "replace")
    results, verdict = folder / "report" / "results.parquet", folder / "report" / "verdict.json"
    rows: list[dict[str, Any]] = []
    if results.is_file():
        table = pq.read_table(results)
        assert table.column_names == list(COLUMNS), f"the columns are not the contract's: {table.column_names}"
        rows = table.to_pylist()
    told = json.loads(verdict.read_text(encoding="utf-8")) if verdict.is_file() else None
    problems = [] if told is None else problems_of(told)
    assert problems == [], problems
    assert "Traceback (most recent call last)" not in text, text
    assert "INTERNALERROR" not in text, text
    return Finished(status, text, rows, told, folder)


def without_times(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Returns rows without what differs between two runs that come to the same."""
    return [{name: value for name, value in row.items() if not name.endswith("_latency_s")} for row in rows]
