"""A server that fails a fifth of its attempts in all ways costs no answer, and changes no verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.backends.misbehaving_server import MisbehavingServer, completion
from tests.end_to_end.running import run_in
from tests.end_to_end.scripted import SCRIPT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.running import Finished

SIZE = 100


def _run(folder: Path, server: MisbehavingServer) -> Finished:
    folder.mkdir()
    try:
        return run_in(
            folder,
            *("-p", "tests.end_to_end.scripted", "-m", "not wire and not noise", "--noise-size", "0"),
            *("--base-url", server.base_url, "--model", "MINIATURE", "--sample-size", str(SIZE)),
            *("--response-timeout", "5"),
            env={SCRIPT: json.dumps({"local": ["0", "Because."]})},
        )
    finally:
        server.stop()


@pytest.mark.slow
def test_verdict_through_a_storm_is_that_of_the_same_answers_served_cleanly(tmp_path: Path) -> None:
    stormy = MisbehavingServer(lambda _: completion("0"), share=0.2)
    clean, storm = _run(tmp_path / "clean", MisbehavingServer()), _run(tmp_path / "storm", stormy)

    assert clean.verdict is not None, clean.text
    assert storm.verdict is not None, storm.text
    assert stormy.failed.total() > SIZE / 10
    assert len(storm.rows) == SIZE
    assert len({row["example_id"] for row in storm.rows}) == SIZE
    assert (storm.verdict["verdict"], storm.status) == (clean.verdict["verdict"], clean.status), storm.text
    assert "retries" in storm.text
