"""pytest's view of this room: rows travel in, the verdict comes out.

On workers this only puts marks on reports. On the controller, or without xdist on the one process there is, it keeps
the ledger, judges at the end, prints, writes the files and sets the exit status: 0 where the verdict is `conforms`
and nothing else failed, 1 where it is `differs` or another test failed, 6 for `no-verdict`.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from backends.completion import InferenceBackend
from reports import hooks
from reports.comparison import Comparison
from reports.criteria import CRITERIA
from reports.environment import environment
from reports.files import write_report
from reports.ledger import Ledger, mark_of
from reports.marks import MARK_PROPERTY, ROW_PROPERTY, OddExample
from reports.summary import colour_of, summary_lines, verdict_line
from reports.verdict import Judgement, SubjectVerdict, Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Generator

    from backends.outcome import Outcome

EXIT_NO_VERDICT = 6

#: Where the report goes unless another folder is named.
DEFAULT_FOLDER = "conformance-report"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares the options that say how answers are judged and where the report goes."""
    group = parser.getgroup("conformance-report", "conformance: how it is judged, and where the report goes")
    group.addoption(
        "--report-dir",
        type=Path,
        default=Path(DEFAULT_FOLDER),
        metavar="DIR",
        help=f"Folder of the report ({DEFAULT_FOLDER}).",
    )
    defaults = {criterion.option: criterion.threshold for criterion in CRITERIA}
    says = {
        "--min-agreement": "Least share of examples on which both labels agree",
        "--min-similarity": "Least mean similarity of the final answers",
        "--min-parsed": "Least share of well-formed, labelled answers, each side for itself",
    }
    for option, threshold in defaults.items():
        group.addoption(option, type=_share, default=threshold, metavar="X", help=f"{says[option]} ({threshold:.2f}).")


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declares this room's questions."""
    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the reporter on the controller; a folder that cannot take the report ends the run at once."""
    if not hasattr(config, "workerinput") and not config.option.help:
        folder = config.getoption("--report-dir")
        if not config.option.collectonly and folder != Path(DEFAULT_FOLDER):
            _require_writable(folder)
        reporter = Reporter(config)
        config.stash[REPORTER_KEY] = reporter
        config.pluginmanager.register(reporter, "conformance-reporter")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Marks the report of an odd example, and leaves of its traceback the message alone."""
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, OddExample):
        report.user_properties.append((MARK_PROPERTY, error.mark.category))
        report.longrepr = f"{item.nodeid}\n{error}"
    return report


@pytest.fixture
def comparison(
    request: pytest.FixtureRequest,
    subject: Any,  # noqa: ANN401 - a type of another room
    example: Any,  # noqa: ANN401 - as above
    outcomes: dict[InferenceBackend, Outcome],
) -> Comparison:
    """Both outcomes for the example; the row that they make travels on the test's report."""
    made = Comparison(example=example, api=outcomes[InferenceBackend.API], local=outcomes[InferenceBackend.LOCAL])
    context = {"subject": subject.id, "model": subject.model, "policy": subject.policy}
    request.node.user_properties.append((ROW_PROPERTY, json.dumps(made.as_row(context))))
    return made


class Reporter:
    """Keeps the ledger, and turns it into a verdict when the last report is in."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._ledger = Ledger()
        self._verdict: Verdict | None = None
        self._written: list[Path] = []
        self._problem: str | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Notes what the selected tests will make rows of."""
        self._expect([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:  # noqa: ARG002 - xdist's signature
        """Notes the same where the workers collect."""
        self._expect(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes what the report carries."""
        self._ledger.note(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """Gives an odd example its own category, letter and word."""
        mark = mark_of(report) if report.when == "call" or report.failed else None
        return None if mark is None else (mark.category, mark.letter, (mark.word, {"yellow": True}))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Judges, writes the files and sets the exit status, before the terminal's own summary is printed."""
        if self._ledger.expected and not session.config.option.collectonly:
            self._verdict = self._judge()
            self._write(self._verdict)
            session.exitstatus = self._status(int(session.exitstatus), self._verdict)
        return (yield)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the summary, the verdict and where the files are."""
        if self._verdict is None:
            return
        terminalreporter.section("conformance")
        for line in summary_lines(self._verdict):
            terminalreporter.write_line(line)
        for path in self._written:
            terminalreporter.write_line(f"wrote {path}")
        if self._problem:
            terminalreporter.write_line(self._problem, red=True)
        terminalreporter.write_line(verdict_line(self._verdict), **colour_of(self._verdict.judgement))

    def _expect(self, node_ids: list[str]) -> None:
        self._ledger.expect(node_ids, [about["id"] for about in self._subjects()])

    def _subjects(self) -> list[dict[str, Any]]:
        return self._config.hook.pytest_conformance_subjects(config=self._config) or []

    def _judge(self) -> Verdict:
        thresholds = {criterion.name: self._config.getoption(criterion.option) for criterion in CRITERIA}
        judged: list[SubjectVerdict] = [
            judge(about, self._ledger.rows_of(about["id"]), thresholds, lost=self._ledger.lost)
            for about in self._subjects()
            if about["id"] in self._ledger.expected
        ]
        left_out = self._config.hook.pytest_conformance_left_out(config=self._config) or ()
        facts = environment(self._config.rootpath)
        return Verdict(subjects=tuple(judged), left_out=tuple(left_out), environment=facts)

    def _write(self, verdict: Verdict) -> None:
        folder = self._config.getoption("--report-dir")
        try:
            self._written = write_report(verdict, folder)
        except OSError as error:
            self._problem = (
                f"The report could not be written to {folder} ({error}): name another folder with --report-dir."
            )

    def _status(self, status: int, verdict: Verdict) -> int:
        """Returns the run's exit status; pytest's own word stands where the run was interrupted or broke."""
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return status
        if self._ledger.other_failures or self._problem:
            return int(pytest.ExitCode.TESTS_FAILED)
        return {Judgement.CONFORMS: 0, Judgement.DIFFERS: 1, Judgement.NO_VERDICT: EXIT_NO_VERDICT}[verdict.judgement]


def _require_writable(folder: Path) -> None:
    """Raises UsageError unless `folder` is one that can be written to or made. Makes nothing."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise pytest.UsageError(
            f"--report-dir {folder} cannot be written: {there} is no folder that takes files. Name another one."
        )


REPORTER_KEY = pytest.StashKey[Reporter]()


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"give a share between 0 and 1, not {text!r}")
    return value
