"""The wire checks of a whole run: what is known to differ is told, and strict both ways."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fixtures.known_differences import load_known_differences
from tests.end_to_end.running import run_in

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.servers import EmbeddedServer

LISTED = load_known_differences("transformers_serve")


@pytest.fixture
def there(embedded_server: EmbeddedServer) -> tuple[str, ...]:
    """The arguments that name a running server of the miniature."""
    return ("--base-url", embedded_server.base_url, "--model", "MINIATURE")


@pytest.mark.embedded
@pytest.mark.slow
def test_each_entry_left_out_makes_exactly_its_own_check_fail(tmp_path: Path) -> None:
    done = run_in(tmp_path, "-m", "wire", "--known-differences", "none", "-rf")

    told = [line.split()[1] for line in done.text.splitlines() if line.startswith("FAILED ")]
    failed = {f"conformance/{name.partition('conformance/')[2].replace('[miniature]', '')}" for name in told}
    assert done.status == 1
    assert failed == {entry.test for entry in LISTED.entries}


@pytest.mark.embedded
@pytest.mark.slow
def test_all_checks_ask_no_prompt_of_a_server_that_looks_at_no_context(tmp_path: Path, there: tuple[str, ...]) -> None:
    known = ("--known-differences", "transformers_serve")
    done = run_in(tmp_path, *there, *known, "-m", "wire", "--checks", "all", "-k", "test_sampling or test_context")

    # A part of the checks passes nobody.
    assert done.status == 6, done.text
    assert "claims were not selected" in done.text
    # The committed miniature was taught no random words.
    assert "asked for random words, the model says" in done.text
    assert "the server is known to look at no context" in done.text


@pytest.mark.embedded
@pytest.mark.slow
def test_entry_for_a_check_that_passes_fails_the_run(tmp_path: Path, there: tuple[str, ...]) -> None:
    file = tmp_path / "mine.toml"
    entry = {
        "test": "conformance/test_fields.py::test_usage_adds_up",
        "reason": "It miscounts.",
        "reproduce": "Ask.",
        "link": "",
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in entry.items()]
    file.write_text("\n".join(['server = "mine"', 'seen_with = "1"', "[[difference]]", *lines]), encoding="utf-8")

    done = run_in(tmp_path, *there, "--known-differences", file, "-k", "test_usage_adds_up")

    assert done.status == 1
    assert f"remove its entry from {file.as_posix()}" in done.text


def test_entry_that_names_no_test_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'server = "mine"\nseen_with = "1"\n[[difference]]\ntest = "conformance/test_fields.py::test_no_such"\n'
        'reason = "r"\nreproduce = "r"\nlink = ""\n',
        encoding="utf-8",
    )

    done = run_in(tmp_path, "--known-differences", file, "--collect-only", "-q")

    assert done.status == 4
    assert "test_no_such, which does not exist: correct the entry" in done.text


def test_unknown_known_differences_are_a_usage_error_that_names_the_shipped_ones(tmp_path: Path) -> None:
    done = run_in(tmp_path, "--known-differences", "no-such", "--collect-only", "-q")

    assert done.status == 4
    assert "transformers_serve" in done.text


def test_run_of_wire_checks_at_a_dead_address_ends_without_a_verdict(tmp_path: Path) -> None:
    done = run_in(tmp_path, "-m", "wire", "--base-url", "http://127.0.0.1:9/v1", "--model", "MINIATURE")

    assert done.status == 6, done.text
    assert "got no answer" in done.text or "could not be reached" in done.text
