"""A run in a job of GitHub Actions: the runner obeys commands in what a step prints, so it is told not to.

A server's words could begin with `::add-mask::`, or hold `##[error]` anywhere. The runner is told a word of this run's
own, and obeys nothing until that word stands alone between colons; in between it hears what this run has to say.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from reports.output.github import annotation_lines, append_step_summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from reports.verdict.verdict import Verdict


class GithubJob:
    """What a run tells the job that it is a step of; nothing outside GitHub Actions.

    Args:
        environment: the process's variables.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._is_one = environment.get("GITHUB_ACTIONS") == "true"
        self._summary = environment.get("GITHUB_STEP_SUMMARY")
        self._word: str | None = None

    def open(self, terminal: pytest.TerminalReporter | None) -> None:
        """Stops the runner from obeying what is printed from now on."""
        if self._is_one and terminal is not None:
            self._word = secrets.token_hex(16)
            terminal.write_line(f"::stop-commands::{self._word}")

    def tell(self, verdict: Verdict, terminal: pytest.TerminalReporter) -> None:
        """Shows the verdict as annotations, and writes the step's summary where there is a file for it."""
        if self._is_one:
            self.close(terminal)
            for line in annotation_lines(verdict):
                terminal.write_line(line)
            self.open(terminal)
        if self._summary:
            try:
                append_step_summary(verdict, Path(self._summary))
            except OSError as error:
                terminal.write_line(f"The summary of the step could not be written to {self._summary} ({error}).")

    def close(self, terminal: pytest.TerminalReporter | None) -> None:
        """Lets the runner obey again."""
        if self._word is not None and terminal is not None:
            terminal.ensure_newline()
            terminal.write_line(f"::{self._word}::")
            self._word = None
