"""The README names every exit status, stays short, and shows what a run prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backends.installation import DEFAULT_CACHE, DEFAULT_REPORT, default_report
from backends.prompt import DEFAULT_MAX_NEW_TOKENS
from fixtures.policies import load_policy
from reports.session.reporter import EXIT_NO_VERDICT
from tests.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")

#: The most lines that a README is read to the end with.
LONGEST = 120


def test_readme_is_short() -> None:
    assert len(README.splitlines()) <= LONGEST


@pytest.mark.parametrize("status", [*pytest.ExitCode, EXIT_NO_VERDICT])
def test_readme_names_every_exit_status(status: int) -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", README, re.MULTILINE)

    assert int(status) in [int(one) for row in rows for one in row.split(",")]


def test_readme_shows_the_policy_that_is_shipped_and_the_usual_limit() -> None:
    assert f"policy toxic_simple (sha256 {load_policy('toxic_simple').sha256[:12]}, read as 0 or 1)" in README
    assert f"at most {DEFAULT_MAX_NEW_TOKENS} tokens" in README


def test_report_and_cache_lie_by_one_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_report(tmp_path) == Path(DEFAULT_REPORT)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")

    # In a checkout both lie in its root, from wherever the run was started.
    assert default_report(tmp_path) == tmp_path / DEFAULT_REPORT
    monkeypatch.setattr("backends.installation.IS_PACKAGE", True)
    assert default_report(tmp_path) == Path(DEFAULT_REPORT)
    assert all(name in README for name in (DEFAULT_REPORT, DEFAULT_CACHE))
