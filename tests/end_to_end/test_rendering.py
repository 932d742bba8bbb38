"""The local reference renders its prompts as the endpoint does, also where their lengths do not show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.faults import Proxy
from fixtures.faults.edits.checkpoints import replace_in_template
from fixtures.faults.edits.corrections import CORRECTIONS
from tests.end_to_end.running import Finished, run_in
from tests.full_stop_tokenizer import with_full_stop_token
from tests.other_model import OtherModel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.servers import EmbeddedServer

pytestmark = [pytest.mark.embedded, pytest.mark.slow]

#: The end of the developer message in the chat template, and the same without the blank line.
BLANK_LINE = ('~ instructions ~ "\\n\\n" if instructions', "~ instructions if instructions")

SIZE = 12


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint to whose tokenizer a full stop and a blank line are one token, and whose template has the line."""
    return with_full_stop_token(tmp_path_factory.mktemp("reference") / "checkpoint")


@pytest.fixture(scope="module")
def endpoint(
    reference: Path, embedded_server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The base URL of a server of the same weights, whose template has no blank line."""
    served = tmp_path_factory.mktemp("served") / "checkpoint"
    replace_in_template(reference, served, BLANK_LINE)
    with Proxy(embedded_server.base_url, [*CORRECTIONS.values(), OtherModel(served)]) as proxy:
        yield proxy.base_url


def run_at(endpoint: str, reference: Path, folder: Path, *arguments: str) -> Finished:
    """Runs the suite at the endpoint, and reads back what it left."""
    asked = ("--base-url", endpoint, "--model", reference, "--sample-size", str(SIZE), "--noise-size", "0")
    done = run_in(folder, *asked, "--no-cache", *arguments)
    assert len(done.rows) == SIZE, done.text
    return done


def prompts(done: Finished) -> set[int]:
    """Returns by how many tokens the two sides' prompts differ."""
    return {row["api_prompt_tokens"] - row["local_prompt_tokens"] for row in done.rows}


@pytest.mark.parametrize(
    "processes", [(), pytest.param(("-n", "2"), marks=pytest.mark.thorough)], ids=["plain", "xdist"]
)
def test_reference_follows_the_endpoint_by_itself(
    endpoint: str, reference: Path, tmp_path: Path, processes: tuple[str, ...]
) -> None:
    done = run_at(endpoint, reference, tmp_path, *processes)

    assert done.verdict is not None
    (subject,) = done.verdict["subjects"]
    assert subject["local"]["rendering"] == "no blank line"
    assert "the prompt is rendered with date line, no blank line" in done.text
    assert all(".\n\n<|end|>" not in row["local_raw"]["prompt"] for row in done.rows)
    assert prompts(done) == {0}
    assert [(row["api_reasoning"], row["api_response"]) for row in done.rows] == [
        (row["local_reasoning"], row["local_response"]) for row in done.rows
    ]
    raw = [check["outcome"] for check in subject["checks"] if check["check"] == "raw-route-answers-alike"]
    assert raw == ["kept"]
    assert subject["findings"] == []


def test_reference_in_a_form_that_was_forced_accuses_nobody_of_its_own_form(
    endpoint: str, reference: Path, tmp_path: Path
) -> None:
    done = run_at(endpoint, reference, tmp_path, "--local-rendering", "date line, blank line")

    assert done.verdict is not None
    (subject,) = done.verdict["subjects"]
    assert "rendering" not in subject["local"]
    assert prompts(done) == {0}
    assert all(".\n\n<|end|>" in row["local_raw"]["prompt"] for row in done.rows)
    assert subject["findings"] == []
    assert subject["verdict"] != "differs"
