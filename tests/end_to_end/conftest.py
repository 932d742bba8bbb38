"""Fixtures that run the conformance tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tests.end_to_end.recording import Pair, write_recording
from tests.end_to_end.running import Finished, run_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class RunAndRead(Protocol):
    """The call that the fixture `run_and_read` gives."""

    def __call__(
        self, *arguments: str | Path, rows: int, env: dict[str, str] | None = None, fresh: bool = False
    ) -> Finished:
        """Runs, reads the report back, and checks its schema and how many rows it has."""


class Replay(Protocol):
    """The call that the fixture `replay` gives."""

    def __call__(self, pairs: Sequence[Pair], *arguments: str | Path, rows: int | None = None) -> Finished:
        """Replays these pairs of answers; all rows are expected unless told otherwise."""


@pytest.fixture
def run_and_read(tmp_path: Path) -> RunAndRead:
    """Runs the conformance tests and reads the report back."""

    def run(*arguments: str | Path, rows: int, env: dict[str, str] | None = None, fresh: bool = False) -> Finished:
        done = run_in(tmp_path, *arguments, env=env, fresh=fresh)
        assert len(done.rows) == rows, done.text
        return done

    return run


@pytest.fixture
def replay(tmp_path: Path, run_and_read: RunAndRead) -> Replay:
    """Replays pairs of answers."""

    def run(pairs: Sequence[Pair], *arguments: str | Path, rows: int | None = None) -> Finished:
        path = write_recording(tmp_path / "recording.parquet", pairs)
        return run_and_read("--replay", path, *arguments, rows=len(pairs) if rows is None else rows)

    return run
