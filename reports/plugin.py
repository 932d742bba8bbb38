"""pytest's view of this room: rows and checks travel in, the verdict comes out.

On workers this only puts statuses and checks on reports. On the controller, or without xdist on the one process there
is, the `Reporter` keeps what they carry, judges at the end, prints, writes the files and sets the exit status: 0 where
the verdict is `conforms` and nothing else failed, 1 where it is `differs`, another test failed or `--baseline` shows a
regression, 6 for `no-verdict`.

A run of wire checks alone has a verdict of its own kind, `wire`, which says nothing of how the examples are answered.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from backends.api.log_records import clear_log_records
from backends.completion import InferenceBackend
from backends.installation import DEFAULT_REPORT
from backends.score import Score
from backends.secrets import redact
from reports.changes import NoReportError, read_report
from reports.checks.check_violation import CheckViolation
from reports.rows.comparison import Comparison, audited_row
from reports.rows.variant_scores import VariantScores
from reports.session import hookspecs
from reports.session.baseline import Baseline
from reports.session.check_from_report import check_of, claim_of, require_check_ids, subject_of
from reports.session.cleared_reports import clear_report, clear_warning, cleared
from reports.session.collector import CONFORMANCE
from reports.session.command_line import COMMAND, command_of
from reports.session.deselection import DESELECTED, deselected_in
from reports.session.reporter import Reporter
from reports.session.statuses import (
    CHECK_ID_PROPERTY,
    CHECK_OUTCOME_PROPERTY,
    CHECK_PROPERTY,
    ODD_PROPERTY,
    ROW_PROPERTY,
    STATUS_PROPERTY,
    ExampleMismatch,
)
from reports.statistics.criteria import CRITERIA
from reports.statistics.hinge import hinges_on_noise
from reports.statistics.token_evidence import token_evidence

if TYPE_CHECKING:
    import warnings
    from collections.abc import Generator, Mapping, Sequence

    from backends.outcome import Outcome
    from backends.score import Scoring
    from reports.rows.row import Row


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares the options that say how answers are judged and where the report goes."""
    heading = "conformance, the verdict: how it is judged, and where the report goes"
    group = parser.getgroup("conformance-report", heading, after="general")
    group.addoption(
        "--report-dir",
        type=Path,
        metavar="DIR",
        help=f"Folder of the report ({DEFAULT_REPORT} in a checkout's root, or else in this folder).",
    )
    group.addoption(
        "--baseline",
        type=Path,
        default=None,
        metavar="DIR",
        help="An earlier report on the same sample, or its parquet file: what changed since is told at the end, and a "
        "regression makes the exit status 1.",
    )
    defaults = {criterion.option: criterion.threshold for criterion in CRITERIA}
    says = {
        "--min-agreement": "Least share of examples on which both sides come to the same",
        "--min-similarity": "Least mean similarity of the final answers",
        "--min-parsed": "Least share of well-formed answers, each side for itself",
    }
    for option, threshold in defaults.items():
        group.addoption(option, type=_share, default=threshold, metavar="X", help=f"{says[option]} ({threshold:.2f}).")
    group.addoption(
        "--confident",
        action="store_true",
        help="Ask the lower end of each 95%% interval to reach its threshold, not just the estimate; "
        "a sample too small for that gives no verdict.",
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declares this room's questions."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the reporter on the controller; a folder that cannot take the report ends the run at once."""
    clear_log_records()
    if not hasattr(config, "workerinput") and not config.option.help:
        folder = config.getoption("--report-dir")
        if not config.option.collectonly and folder is not None:
            _require_writable(folder)
        reporter = Reporter(config, _baseline(config.getoption("--baseline")))
        config.stash[REPORTER_KEY] = reporter
        config.pluginmanager.register(reporter, "conformance-reporter")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - pytest-xdist's WorkerController
    """Tells a worker the command line of the run."""
    node.workerinput[COMMAND] = command_of(node.config)


def pytest_conformance_check_violation() -> type[BaseException]:
    """Tells what a broken claim is raised as."""
    return CheckViolation


def pytest_conformance_hinges_on_noise(
    config: pytest.Config,
    subject: Any,  # noqa: ANN401 - a type of another room
    seen: Sequence[tuple[Any, Mapping[InferenceBackend, Outcome]]],
) -> bool:
    """Tells whether the verdict hinges on noise: a criterion misses its threshold, and nothing else accuses."""
    rows = [
        Comparison(example=example, api=both[InferenceBackend.API], local=both[InferenceBackend.LOCAL]).as_row(
            subject=subject.id, model=subject.model, policy=subject.policy
        )
        for example, both in seen
    ]
    thresholds = {criterion.name: config.getoption(criterion.option) for criterion in CRITERIA}
    return hinges_on_noise(rows, thresholds)


def pytest_conformance_prompt_in_doubt(
    scores: Mapping[Any, Scoring], readings: Mapping[str, Mapping[str, Scoring]]
) -> bool:
    """Tells whether the prompt is in doubt: the API's tokens lie beyond the floor."""
    answers = {
        one.example_id: (one.user_input, scoring) for one, scoring in scores.items() if isinstance(scoring, Score)
    }
    variants = [
        VariantScores(subject="", side="local", change=change, scorings={}, readings=found)
        for change, found in readings.items()
    ]
    found = token_evidence(answers, variants)
    return found is not None and found.is_beyond


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuses wire checks without an id of their own."""
    require_check_ids(items)


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Keeps for the controller which wire checks this process, where it is a worker, does not ask."""
    output = getattr(items[0].config, "workeroutput", None) if items else None
    if output is not None:
        told = json.loads(output.get(DESELECTED, "{}"))
        for subject, ids in deselected_in(items).items():
            told[subject] = sorted({*told.get(subject, ()), *ids})
        output[DESELECTED] = json.dumps(told)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Puts status and check on the report of an odd example or a wire check, and cuts a traceback to its message.

    It wraps pytest's own handling of `xfail`, whose word on what was expected it needs.
    """
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, ExampleMismatch):
        report.user_properties.append((STATUS_PROPERTY, error.status.category))
        item.user_properties.append((ODD_PROPERTY, error.status.category))
        rerun = f"\nRerun just this one: {command_of(item.config)} -k {error.selector}" if error.selector else ""
        report.longrepr = f"{item.nodeid}\n{error}{rerun}"
    if isinstance(error, CheckViolation):
        report.longrepr = f"{item.nodeid}\n{claim_of(item)}\n{redact(str(error))}"
    check = check_of(item, report, error)
    if check is not None:
        report.user_properties.append((CHECK_PROPERTY, check.as_json()))
        item.user_properties += [(CHECK_ID_PROPERTY, str(check.check_id)), (CHECK_OUTCOME_PROPERTY, str(check.outcome))]
        if error is None and report.failed:
            report.longrepr = f"{item.nodeid}\n{check.claim}\n{check.message}"
    clear_report(report, of_endpoint=item.nodeid.startswith(CONFORMANCE) or subject_of(item) is not None)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Clears what is told of a file that cannot be collected."""
    report = yield
    clear_report(report, of_endpoint=True)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_internalerror(excrepr: Any) -> None:  # noqa: ANN401 - pytest's own class has no public name
    """Clears an error of the suite's own, which may repeat what it stumbled over."""
    cleared(excrepr)


@pytest.hookimpl(tryfirst=True)
def pytest_warning_recorded(warning_message: warnings.WarningMessage) -> None:
    """Clears a warning, which may repeat what a server said."""
    clear_warning(warning_message)


@pytest.fixture
def comparison(
    request: pytest.FixtureRequest,
    subject: Any,  # noqa: ANN401 - a type of another room
    example: Any,  # noqa: ANN401 - as above
    outcomes: dict[InferenceBackend, Outcome],
    api_scoring: Scoring | None,
) -> Comparison:
    """Both outcomes for the example; the row that they make travels on the test's report."""
    api, local = outcomes[InferenceBackend.API], outcomes[InferenceBackend.LOCAL]
    made = Comparison(example=example, api=api, local=local, api_scoring=api_scoring)
    row = made.as_row(subject=subject.id, model=subject.model, policy=subject.policy)
    request.node.user_properties.append((ROW_PROPERTY, row.as_json()))
    return made


@pytest.fixture
def audited(
    request: pytest.FixtureRequest,
    subject: Any,  # noqa: ANN401 - a type of another room
    example: Any,  # noqa: ANN401 - as above
    api_outcome: Outcome,
    api_scoring: Scoring | None,
) -> Row:
    """What the API made of the example, and what the local model says of it; the row travels on the test's report."""
    row = audited_row(example, api_outcome, api_scoring, subject=subject.id, model=subject.model, policy=subject.policy)
    request.node.user_properties.append((ROW_PROPERTY, row.as_json()))
    return row


def _baseline(path: Path | None) -> Baseline | None:
    """Returns the report that the run is held against.

    Raises:
        UsageError: there is none under this name.
    """
    if path is None:
        return None
    try:
        return Baseline(read_report(path))
    except NoReportError as error:
        raise pytest.UsageError(f"--baseline: {cleared(str(error))}") from error


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
