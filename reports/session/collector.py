"""What a run must remember until its end: rows, checks, what was selected, and which failures count."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backends.score import Score
from reports.checks.check import Check
from reports.checks.check_id import CheckId
from reports.checks.one_cause import told_once
from reports.rows.row import Row
from reports.rows.variant_scores import VariantScores
from reports.session.statuses import (
    CHECK_PROPERTY,
    NOISE_PROPERTY,
    ROW_PROPERTY,
    SCORES_PROPERTY,
    STATUS_PROPERTY,
    STATUSES,
    ExampleStatus,
)
from reports.statistics.noise import NoiseMeasurement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import pytest

#: How the ids of the tests that count towards a verdict begin; in brackets they name the subject, and the example or
#: the case of a wire check.
CONFORMANCE = "conformance/"

#: How the ids of the tests begin that measure noise: they make no rows, and are no wire checks.
NOISE_TESTS = "conformance/test_noise.py::"

#: What xdist puts in the place of a phase on the report of a test whose worker died.
_CRASHED = "???"


@dataclass(slots=True)
class Collector:
    """Collects, on the controller, what the reports of all processes carry.

    Attributes:
        rows: by subject and example; a rerun replaces.
        checks: by subject and id; a rerun replaces.
        noise: by subject, side and change; a rerun replaces.
        scores: of changed sides' answers, by subject and change; a rerun replaces.
        expected: ids of subjects of which at least one test of an example was selected.
        other_failures: tests that failed for another reason than an odd example. A broken claim is one.
        failed_tests: the same without files that could not be collected.
        lost: conformance tests whose process died under them.
        uncollected: conformance files or folders that could not be collected, so that none of their tests ran.
        deselected: by subject, ids of wire checks of which a test was collected and not selected, and an empty one for
            tests that are no wire checks.
    """

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    checks: dict[tuple[str, str], Check] = field(default_factory=dict)
    noise: dict[tuple[str, str, str], NoiseMeasurement] = field(default_factory=dict)
    scores: dict[tuple[str, str], VariantScores] = field(default_factory=dict)
    expected: set[str] = field(default_factory=set)
    other_failures: int = 0
    failed_tests: int = 0
    lost: int = 0
    uncollected: set[str] = field(default_factory=set)
    deselected: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _selected: dict[str, str] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)

    def expect(self, node_ids: Iterable[str], examples: Mapping[str, Collection[str]]) -> None:
        """Notes what the selected tests are about. Where none of them makes rows, the run is not complete.

        Args:
            node_ids: of the selected tests. Under xdist there is nothing else to tell them apart by.
            examples: subject to the ids of its whole sample: a test that names none of them is a wire check.
        """
        known = sorted(examples, key=len, reverse=True)
        for node_id in node_ids:
            test, _, parameters = node_id.removesuffix("]").partition("[")
            subject = next((name for name in known if f"{parameters}-".startswith(f"{name}-")), None)
            if subject is None or not test.startswith(CONFORMANCE) or test.startswith(NOISE_TESTS):
                continue
            if _names_example(parameters, examples[subject]):
                self.expected.add(subject)
            else:
                self._selected[node_id] = subject

    def note(self, report: pytest.TestReport) -> None:
        """Takes row and check off a report, and counts a failure that is not an odd example's."""
        for name, value in report.user_properties:
            if name == ROW_PROPERTY:
                row = Row.from_json(str(value))
                self.rows[row.subject, row.example_id] = row
            if name == CHECK_PROPERTY:
                check = Check.from_json(str(value))
                self.checks[check.subject, check.id] = check
            if name == NOISE_PROPERTY:
                measured = NoiseMeasurement.from_json(str(value))
                self.noise[measured.subject, measured.side, measured.change] = measured
            if name == SCORES_PROPERTY:
                scored = VariantScores.from_json(str(value))
                self.scores[scored.subject, scored.change] = scored
        if report.when != "setup" or not report.passed:
            self._ended.add(report.nodeid)
        if report.failed and status_of(report) is None:
            if report.when == _CRASHED and report.nodeid.startswith(CONFORMANCE):
                self.lost += 1
            else:
                self.other_failures += 1
                self.failed_tests += 1

    def note_uncollected(self, node_id: str) -> None:
        """Counts a file or folder that could not be collected as a failure, and remembers a conformance one."""
        self.other_failures += 1
        if f"{node_id}/".startswith(CONFORMANCE):
            self.uncollected.add(node_id)

    def rows_of(self, subject: str) -> list[Row]:
        """Returns the rows of one subject."""
        return [row for (owner, _), row in self.rows.items() if owner == subject]

    def checks_of(self, subject: str) -> list[Check]:
        """Returns the checks of one subject in the order of their ids, whatever order they came in; see `told_once`."""
        return told_once(
            [check for (owner, _), check in sorted(self.checks.items(), key=lambda kept: kept[0]) if owner == subject]
        )

    def noise_of(self, subject: str) -> list[NoiseMeasurement]:
        """Returns how far the sides of one subject agree with themselves, in the order of the changes' names."""
        found = [measured for (owner, _, _), measured in self.noise.items() if owner == subject]
        return sorted(found, key=lambda measured: (measured.change, measured.side))

    def scores_of(self, subject: str) -> list[VariantScores]:
        """Returns the scores of one subject's changed sides, in the order of the changes' names."""
        return [
            scored for (owner, _), scored in sorted(self.scores.items(), key=lambda kept: kept[0]) if owner == subject
        ]

    def explanations_of(self, subject: str) -> dict[str, Score]:
        """Returns the scores of a few of the API's answers behind every rendering, by the id of the example."""
        told = [scored.explained for scored in self.scores_of(subject)]
        return {name: one for found in told for name, one in found.items() if isinstance(one, Score)}

    @property
    def on_the_wire(self) -> set[str]:
        """Ids of subjects of which a wire check was selected."""
        return set(self._selected.values())

    def unselected(self, subject: str, about: Collection[str]) -> list[CheckId]:
        """Returns the wire checks of a run that were not selected for one subject, wholly or in part.

        Args:
            subject: its id.
            about: ids of the checks that the run is about where its user selects nothing.
        """
        came = {check.check_id for check in self.checks_of(subject)}
        # Those that were selected and lost withhold a verdict already.
        lost = self.not_run(subject) > 0
        absent = set() if lost else {one for one in about if CheckId(one) not in came}
        return [one for one in CheckId if one in (absent | (self.deselected[subject] & set(about)))]

    def not_run(self, subject: str) -> int:
        """Returns how many wire checks of one subject were selected and never came to an end."""
        return sum(1 for node_id, owner in self._selected.items() if owner == subject and node_id not in self._ended)


def status_of(report: pytest.TestReport) -> ExampleStatus | None:
    """Returns the status that a report carries, or None where it is an ordinary one."""
    # pytest asks about reports of collection too, which are of another type and have no properties.
    for name, value in getattr(report, "user_properties", ()):
        if name == STATUS_PROPERTY:
            return STATUSES[str(value)]
    return None


def _names_example(parameters: str, examples: Collection[str]) -> bool:
    """Returns whether one of the ids of examples stands at the end, after a dash."""
    parts = parameters.split("-")
    return any("-".join(parts[start:]) in examples for start in range(1, len(parts)))
