"""The one object that follows a run, on the controller alone: what came, verdict, files, exit status."""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import pytest

from backends.installation import default_report
from backends.system.versions import suite_version
from reports.changes import NotComparableError, comparison_lines
from reports.checks.check_id import CheckId
from reports.output.environment import environment
from reports.output.files import write_report
from reports.output.junit import amend_junit
from reports.output.places import PARTIAL, place_of
from reports.output.summary import colour_of, summary_lines, verdict_line
from reports.rows.api_facts import with_api_facts
from reports.rows.local_facts import with_local_facts
from reports.run_record import RunRecord
from reports.session.cleared_reports import cleared, line_for_a_terminal
from reports.session.collector import Collector, status_of
from reports.session.command_line import command_of, whole_command_of
from reports.session.deselection import DESELECTED, deselected_in
from reports.session.github import GithubJob
from reports.session.selection import ended_early, selects_by_name
from reports.session.statuses import JUNIT_PROPERTIES
from reports.statistics.criteria import CRITERIA
from reports.statistics.token_evidence import token_evidence_of
from reports.subject_info import SubjectInfo
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement, VerdictKind
from reports.verdict.verdict import SubjectVerdict, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping

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
        self._job = GithubJob(os.environ)
        self._started = dt.datetime.now(dt.UTC)
        self._is_part = selects_by_name(config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Begins before anything that a server said is printed; ends a run that its baseline could not stand beside."""
        self._job.open(self._terminal())
        if self._baseline is not None and not self._config.option.collectonly:
            try:
                self._baseline.require_alike(self._subjects())
            except NotComparableError as error:
                raise pytest.UsageError(line_for_a_terminal(f"--baseline: {cleared(str(error))}")) from error

    def pytest_unconfigure(self) -> None:
        """Ends behind all that is printed."""
        self._job.close(self._terminal())

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
                self._is_part = self._is_part or ended_early(session) or any(map(self._lacks, self._subjects()))
                self._verdict = self._judge()
                self._compare(self._verdict)
                self._write(self._verdict)
            session.exitstatus = self._status(int(session.exitstatus))
        ended = yield
        if not session.config.option.collectonly:
            self._amend_junit(int(session.exitstatus))
        return ended

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the summary, where the files are and the verdict."""
        if self._verdict is None:
            return
        terminalreporter.section("conformance")
        for line in (*summary_lines(self._verdict), *self._comparison_lines()):
            terminalreporter.write_line(line_for_a_terminal(line))
        if self._written and self._written[0].parent.name == PARTIAL:
            terminalreporter.write_line(
                f"this run was about a part: the report of the whole in {self._written[0].parent.parent} stays"
            )
        for path in self._written:
            terminalreporter.write_line(f"wrote {path}")
        if self._problem:
            terminalreporter.write_line(line_for_a_terminal(self._problem), red=True)
        closing = line_for_a_terminal(verdict_line(self._verdict))
        terminalreporter.write_line(closing, **colour_of(self._verdict.judgement))
        self._job.tell(self._verdict, terminalreporter)

    def _terminal(self) -> pytest.TerminalReporter | None:
        terminal: pytest.TerminalReporter | None = self._config.pluginmanager.get_plugin("terminalreporter")
        return terminal

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
        subjects = tuple(judged)
        return Verdict(
            subjects=subjects,
            left_out=tuple(left_out),
            environment=facts,
            is_part=self._is_part,
            run=self._record(facts),
        )

    def _record(self, facts: Mapping[str, str | None]) -> RunRecord:
        asked: Mapping[str, Any] = self._config.hook.pytest_conformance_asked(config=self._config) or {}
        return RunRecord(
            id=uuid.uuid4().hex,
            started=self._started,
            finished=dt.datetime.now(dt.UTC),
            command=whole_command_of(self._config),
            suite_version=suite_version(),
            commit=facts.get("commit"),
            asked={**asked, "judged_by": self._judged_by()},
        )

    def _judged_by(self) -> dict[str, Any]:
        """Returns the options that say how answers are judged."""
        option = self._config.getoption
        least = {criterion.name: option(criterion.option) for criterion in CRITERIA}
        return {"thresholds": least, "confident": option("--confident")}

    def _judge_one(self, subject: SubjectInfo) -> SubjectVerdict:
        name, seen = subject.id, self._collector
        rows = seen.rows_of(name)
        judged = judge(
            with_api_facts(with_local_facts(subject, rows), rows),
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
        return replace(judged, spent=self._config.hook.pytest_conformance_spent(config=self._config, subject=name))

    def _left_out(self, subject: str) -> Collection[str]:
        """Returns the ids of the wire checks of one subject that a run leaves out by itself."""
        ask = self._config.hook.pytest_conformance_checks_left_out
        return ask(config=self._config, subject=subject) or ()

    def _about(self, subject: str) -> Collection[str]:
        """Returns the ids of the wire checks that a run is about, of one subject, where its user selects nothing."""
        left_out = self._left_out(subject)
        return [str(check_id) for check_id in CheckId if check_id not in left_out]

    def _lacks(self, subject: SubjectInfo) -> bool:
        """Returns whether a subject's user selected some of its tests, or some never came to an end."""
        seen = self._collector
        asked = subject.id in seen.expected or subject.id in seen.on_the_wire
        deselected = seen.deselected[subject.id] - set(self._left_out(subject.id))
        return asked and bool(deselected or seen.not_run(subject.id))

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
        folder = self._config.getoption("--report-dir") or default_report(self._config.rootpath)
        try:
            place = place_of(verdict, folder)
            self._written = write_report(verdict, place, self._exchanges(verdict), baseline=self._compared)
        except OSError as error:
            self._problem = (
                f"The report could not be written to {folder} ({error}): name another folder with --report-dir."
            )

    @property
    def _has_found_a_fault(self) -> bool:
        if self._verdict is None:
            return False
        return self._collector.failed_tests > 0 or self._verdict.judgement is Judgement.DIFFERS

    def _amend_junit(self, status: int) -> None:
        """Lets the JUnit file tell the verdict, where one was asked for and pytest has written it."""
        named = getattr(self._config.option, "xmlpath", None)
        if not named:
            return
        try:
            amend_junit(Path(named), self._verdict, status=status, problem=self._problem, names=JUNIT_PROPERTIES)
        except (OSError, ParseError) as error:
            self._problem = f"{self._problem or ''} The JUnit file does not tell the verdict ({error}).".strip()

    def _status(self, status: int) -> int:
        """Returns the run's exit status; pytest's own word stands where the run was interrupted or broke.

        A fault that was found before an interrupt stays one.
        """
        if status == pytest.ExitCode.INTERRUPTED and self._has_found_a_fault:
            return int(pytest.ExitCode.TESTS_FAILED)
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
