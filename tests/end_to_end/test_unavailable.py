"""What cannot be asked is told in one sentence, quickly, without loading a model, and leaves no verdict."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from fixtures.servers.launched import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import RunAndRead

FEW = ("--sample-size", "10")

_TELLING = """
import sys

def pytest_unconfigure():
    print("imported:", sorted({"torch", "transformers"} & set(sys.modules)))
"""


@pytest.fixture
def telling(tmp_path: Path) -> tuple[str, str]:
    """The arguments that make a run tell whether it imported a model's libraries."""
    (tmp_path / "telling.py").write_text(_TELLING, encoding="utf-8")
    return "-p", "telling"


def test_gpu_run_without_a_gpu_has_no_verdict_and_names_cuda(
    run_and_read: RunAndRead, telling: tuple[str, str]
) -> None:
    done = run_and_read("-m", "gpu", *FEW, *telling, rows=10, fresh=True)

    assert done.status == 6, done.text
    assert "openai/gpt-oss-20b needs a CUDA device and this machine has none" in done.closing
    assert "imported: []" in done.text


def test_provider_without_a_token_has_no_verdict_and_names_the_variable(
    run_and_read: RunAndRead, telling: tuple[str, str]
) -> None:
    done = run_and_read("--provider", "groq", *FEW, *telling, rows=10, fresh=True)

    assert done.status == 6, done.text
    assert "set the environment variable HF_TOKEN" in done.closing
    assert {row["subject"] for row in done.rows} == {"gpt-oss-20b@groq"}
    assert "imported: []" in done.text


def test_server_that_is_not_there_has_no_verdict_within_seconds(
    run_and_read: RunAndRead, telling: tuple[str, str]
) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    started = time.monotonic()

    done = run_and_read("--base-url", url, "--model", "MINIATURE", *FEW, *telling, rows=10, fresh=True)

    assert time.monotonic() - started < 30
    assert done.status == 6, done.text
    assert done.closing.startswith(f"verdict: no-verdict. The API side never answered: {url} could not be reached")
    assert done.closing.endswith("Is the server running, and is the address right?")
    assert {row["local_outcome"] for row in done.rows} == {"error"}
    assert "imported: []" in done.text
    assert "FAIL" not in done.text
    assert "would have caught" not in done.text
    assert "unanswered" not in done.text
