"""What is to be run again is the user's own command line, without what a selection replaces."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from reports.session.command_line import COMMAND, command_of, whole_command_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def config(*arguments: str, **more: object) -> pytest.Config:
    """Returns what is asked of a configuration."""
    made = SimpleNamespace(invocation_params=SimpleNamespace(args=arguments, plugins=None), **more)
    return cast("pytest.Config", made)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((), ""),
        (("conformance", "-m", "wire", "--base-url", "http://x/v1"), "conformance -m wire --base-url http://x/v1"),
        (("conformance", "-k", "toxicchat-0001", "-q"), "conformance -q"),
        (("-kone", "conformance"), "conformance"),
        (("conformance", "--record=a.rec", "--record", "b.rec", "--lf"), "conformance"),
        (("conformance", "--model", "a model"), "conformance --model 'a model'"),
    ],
)
def test_command_keeps_what_asks_the_same(given: Sequence[str], kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/bin/pytest"])
    assert command_of(config(*given)) == f"pytest {kept}".rstrip()

    monkeypatch.setattr("sys.argv", ["/lib/pytest/__main__.py"])
    assert command_of(config(*given)) == f"python -m pytest {kept}".rstrip()


def test_command_holds_no_credentials() -> None:
    token = "hf_" + "abcdefghijklmnopqrstuvwxyz"

    assert token not in command_of(config("conformance", f"--base-url=http://x/{token}"))


def test_whole_command_is_what_was_typed_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/bin/pytest"])
    token = "hf_" + "abcdefghijklmnopqrstuvwxyz"

    told = whole_command_of(config("conformance", "-k", "one two", "--lf", f"--base-url=http://x/{token}"))

    assert told.startswith("pytest conformance -k 'one two' --lf ")
    assert token not in told


def test_worker_tells_the_controllers_command() -> None:
    assert command_of(config("-x", workerinput={COMMAND: "pytest conformance"})) == "pytest conformance"
