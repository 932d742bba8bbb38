"""The one object that follows a run, on the controller alone: what came, verdict, files, exit status."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reports.changes import NotComparableError, comparison_lines
from reports.checks.check_id import CheckId
from reports.output.environment import environment
from reports.output.files import write_report
from reports.output.places import place_of
from reports.output.summary import colour_of, summary_lines, verdict_line
from reports.rows.local_facts import with_local_facts
from reports.session.cleared_reports import cleared, line_for_a_terminal
from reports.session.collector import Collector, status_of
from reports.session.command_line import command_of
from reports.session.deselection import DESELECTED, deselected_in
from reports.statistics.criteria import CRITERIA
from reports.statistics.token_evidence import token_evidence_of
from reports.subject_info import SubjectInfo
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement, VerdictKind
from reports.verdict.verdict import SubjectVerdict, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping
    from pathlib import Path

    from reports.changes import Comparison
    from reports.session.baseline import Baseline

EXIT_NO_VERDICT = 6


class Reporter:
    """Keeps what the reports carry, and turns it into a verdict when the last report is in."""

    def __init__(self, config: pytest.Config, baseline: Baseline | None = None) -> None:
        self._config = config
        self._baseline = baseline
        self._compared: Comparison | None = None
        self._collector = Collector()
        self._verdict: Verdict | None = None
        self._written: list[Path] = []
        self._problem: str | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Ends a run that its baseline could not stand beside, before anybody is asked."""
        if self._baseline is not None and not self._config.option.collectonly:
            try:
                self._baseline.require_alike(self._subjects())
            except NotComparableError as error:
                raise pytest.UsageError(line_for_a_terminal(f"--baseline: {cleared(str(error))}")) from error

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Notes what the selected tests will make rows of."""
        self._expect([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:  # noqa: ARG002 - xdist's signature
        """Notes the same where the workers collect."""
        self._expect(ids)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notes a file that could not be collected: pytest may go on without it."""
        if report.failed:
            self._collector.note_uncollected(report.nodeid)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Notes wire checks that were collected and are not asked."""
        self._note_deselected(deselected_in(items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - pytest-xdist's WorkerController
        """Notes the same where the workers collect; one that died tells nothing."""
        self._note_deselected(json.loads(getattr(node, "workeroutput", {}).get(DESELECTED, "{}")))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes what the report carries."""
        self._collector.note(report)

    def pytest_conformance_noted_silently(self, report: pytest.TestReport) -> None:
        """Takes the same of a test that nobody else is told of."""
        self._collector.note(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """Gives an odd example its own category, letter and word."""
        status = status_of(report) if report.when == "call" or report.failed else None
        return None if status is None else (status.category, status.letter, (status.word, {"yellow": True}))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Judges, writes the files and sets the exit status, before the terminal's own summary is printed."""
        if not session.config.option.collectonly:
            if self._collector.expected or self._collector.on_the_wire:
                self._verdict = self._judge()
                self._compare(self._verdict)
                self._write(self._verdict)
            session.exitstatus = self._status(int(session.exitstatus))
        return (yield)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the summary, where the files are and the verdict."""
        if self._verdict is None:
            return
        terminalreporter.section("conformance")
        for line in (*summary_lines(self._verdict), *self._comparison_lines()):
            terminalreporter.write_line(line_for_a_terminal(line))
        for path in self._written:
            terminalreporter.write_line(f"wrote {path}")
        if self._problem:
            terminalreporter.write_line(line_for_a_terminal(self._problem), red=True)
        closing = line_for_a_terminal(verdict_line(self._verdict))
        terminalreporter.write_line(closing, **colour_of(self._verdict.judgement))

    def _expect(self, node_ids: list[str]) -> None:
        self._collector.expect(node_ids, {subject.id: frozenset(subject.examples) for subject in self._subjects()})

    def _subjects(self) -> list[SubjectInfo]:
        """Returns what is under test.

        Raises:
            UsageError: whoever knows it describes it badly.
        """
        described = self._config.hook.pytest_conformance_subjects(config=self._config) or []
        try:
            return [replace(SubjectInfo.from_data(data), command=command_of(self._config)) for data in described]
        except ValueError as error:
            raise pytest.UsageError(cleared(str(error))) from error

    def _judge(self) -> Verdict:
        left_out = self._config.hook.pytest_conformance_left_out(config=self._config) or ()
        facts = environment(self._config.rootpath)
        asked = self._collector.expected | self._collector.on_the_wire
        judged = (self._judge_one(one) for one in self._subjects() if one.id in asked)
        return Verdict(subjects=tuple(judged), left_out=tuple(left_out), environment=facts)

    def _judge_one(self, subject: SubjectInfo) -> SubjectVerdict:
        name, seen = subject.id, self._collector
        rows = seen.rows_of(name)
        return judge(
            with_local_facts(subject, rows),
            rows,
            {criterion.name: self._config.getoption(criterion.option) for criterion in CRITERIA},
            confident=self._config.getoption("--confident"),
            lost=seen.lost,
            checks=seen.checks_of(name),
            not_run=seen.not_run(name),
            uncollected=sorted(seen.uncollected),
            unselected=seen.unselected(name, self._about(name)) if name in seen.on_the_wire else (),
            wire_alone=name not in seen.expected,
            noise=seen.noise_of(name),
            tokens=token_evidence_of(rows, seen.scores_of(name)),
            explanations=seen.explanations_of(name),
            counter=lambda: self._config.hook.pytest_conformance_token_counter(config=self._config, subject=name),
        )

    def _about(self, subject: str) -> Collection[str]:
        """Returns the ids of the wire checks that a run is about, of one subject, where its user selects nothing."""
        ask = self._config.hook.pytest_conformance_checks_left_out
        left_out: Collection[str] = ask(config=self._config, subject=subject) or ()
        return [str(check_id) for check_id in CheckId if check_id not in left_out]

    def _note_deselected(self, checks: Mapping[str, Collection[str]]) -> None:
        for subject, ids in checks.items():
            self._collector.deselected[subject] |= set(ids)

    def _exchanges(self, verdict: Verdict) -> dict[str, Mapping[str, str]]:
        """Returns all raw exchanges of the subjects of which wire checks alone were run."""
        ask = self._config.hook.pytest_conformance_exchanges
        alone = [judged.subject.id for judged in verdict.subjects if judged.kind is VerdictKind.WIRE]
        return {name: ask(config=self._config, subject=name) or {} for name in alone}

    def _compare(self, verdict: Verdict) -> None:
        if self._baseline is not None:
            try:
                self._compared = self._baseline.beside(verdict)
            except NotComparableError as error:
                self._problem = f"The run could not be held against its baseline: {error}"

    def _comparison_lines(self) -> Iterator[str]:
        if self._compared is not None:
            yield from (*comparison_lines(self._compared), "")

    def _write(self, verdict: Verdict) -> None:
        folder = self._config.getoption("--report-dir")
        try:
            place = place_of(verdict, folder)
            self._written = write_report(verdict, place, self._exchanges(verdict), baseline=self._compared)
        except OSError as error:
            self._problem = (
                f"The report could not be written to {folder} ({error}): name another folder with --report-dir."
            )

    def _status(self, status: int) -> int:
        """Returns the run's exit status; pytest's own word stands where the run was interrupted or broke."""
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return status
        if self._collector.other_failures or self._problem:
            return int(pytest.ExitCode.TESTS_FAILED)
        if self._verdict is None:
            return status
        if self._compared is not None and self._compared.regressions:
            return int(pytest.ExitCode.TESTS_FAILED)
        return {Judgement.CONFORMS: 0, Judgement.DIFFERS: 1, Judgement.NO_VERDICT: EXIT_NO_VERDICT}[
            self._verdict.judgement
        ]
