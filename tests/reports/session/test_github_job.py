"""A run in a job of GitHub Actions: its runner obeys nothing that was said, and shows the verdict."""

from __future__ import annotations

import pytest

from tests.reports.session.wire_project import in_every_mode, run_checks

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.usefixtures("end_of_run_is_loaded", "no_worker")


def _obeyed(text: str) -> list[str]:
    """Returns the lines that the runner of GitHub Actions obeys in what a step prints.

    Source: `ActionCommand.cs` and `ActionCommandManager.cs` of actions/runner: a command begins a line or, in its old
    form, stands anywhere in one; `stop-commands` names the word that lets it obey again.
    """
    obeyed, waits_for = [], None
    for line in map(str.strip, text.splitlines()):
        if waits_for is not None:
            waits_for = None if line == f"::{waits_for}::" else waits_for
        elif line.startswith("::stop-commands::"):
            waits_for = line.removeprefix("::stop-commands::")
        elif line.startswith("::") or "##[" in line:
            obeyed.append(line)
    assert waits_for is None
    return obeyed


@in_every_mode
def test_job_of_github_obeys_nothing_that_was_said_and_shows_the_verdict_and_each_finding(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    done = run_checks(pytester, "kept", "commanding", mode=mode, more=("-rA",))

    assert done.status == 1
    assert "::add-mask::e" in done.text
    assert done.verdict is not None
    verdict, *findings = _obeyed(done.text)
    assert verdict.startswith("::error title=conformance%3A differs::verdict: differs. small: differs. ")
    ids = [finding["id"] for subject in done.verdict["subjects"] for finding in subject["findings"]]
    assert [line.split("::")[1] for line in findings] == [f"error title={name}" for name in ids]


def test_job_that_is_interrupted_obeys_again(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    done = run_checks(pytester, "commanding", "interrupting")

    assert [line for line in _obeyed(done.text) if not line.startswith(("::error title=", "::warning title="))] == []


def test_summary_of_the_step_is_appended(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pytester.path / "step.md"
    file.write_text("# Before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))

    done = run_checks(pytester, "kept", "broken")

    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Before\n# Conformance: differs\n")
    assert "| wire check | is | claim | what was seen |" in text
    assert "As it was printed" not in text
    assert "As it was printed" in (done.folder / "summary.md").read_text(encoding="utf-8")
    assert "::" not in done.text.replace(".py::", "")


def test_summary_of_the_step_that_cannot_be_written_is_told_and_changes_no_status(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path / "nowhere" / "step.md"))

    done = run_checks(pytester, "kept")

    assert done.status == 0
    assert "The summary of the step could not be written to " in done.text
