"""The verdict on a subject, and on a run: `conforms`, `differs`, or `no-verdict`, with the criteria behind it.

A verdict is worth something only if it is right, so three things come before the criteria. Rows that never arrived, a
side that never answered, and a reference that itself fails say nothing about the endpoint: they end in `no-verdict`,
which accuses nobody and passes nobody. What the wire checks add is told in `reports.verdict.checks_step`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backends.errors import TRANSPORT_FAILURES
from reports.findings.evidence import no_counter
from reports.statistics.disagreements import Disagreements
from reports.verdict.judgement import Ground, Judgement, VerdictKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reports.checks.check import Check
    from reports.checks.check_id import CheckId
    from reports.findings import Finding
    from reports.rows.row import Row
    from reports.run_record import RunRecord
    from reports.statistics.asymmetries import Asymmetry
    from reports.statistics.criteria import CriterionResult
    from reports.statistics.noise import NoiseMeasurement
    from reports.statistics.token_evidence import TokenEvidence
    from reports.subject_info import SubjectInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectVerdict:
    """The verdict on one subject.

    Attributes:
        subject: what was judged.
        judgement: one of the three.
        reason: one sentence for a reader who was not there.
        grounds: what the reason tells, for programs.
        criteria: results in the order of the contract; empty where no row arrived.
        rows: what was counted, in the order of the sample.
        missing: ids of examples of the sample that have no row.
        findings: named faults, the one that explains most first.
        checks: what came of the wire checks.
        noise: how far each side agrees with itself.
        tokens: what the API's tokens show under the local model; None where nobody looked.
        disagreements: examples on which the sides do not agree, by whether they would again.
        counter: brings what counts the tokens of a text; None leaves it to the tokenizer's file.
        kind: what was asked.
        unselected: ids of wire checks that were not selected, wholly or in part.
        spent: what the endpoint was asked; None where nobody was.
        asymmetries: what one side does more than the other beyond chance, as far as it counts.
    """

    subject: SubjectInfo
    judgement: Judgement
    reason: str
    grounds: tuple[Ground, ...] = ()
    criteria: tuple[CriterionResult, ...] = ()
    rows: tuple[Row, ...] = ()
    missing: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    noise: tuple[NoiseMeasurement, ...] = ()
    tokens: TokenEvidence | None = None
    disagreements: Disagreements = field(default_factory=Disagreements)
    counter: Callable[[], Callable[[str], int | None] | None] = no_counter
    kind: VerdictKind = VerdictKind.EXAMPLES
    unselected: tuple[CheckId, ...] = ()
    spent: Mapping[str, Any] | None = None
    asymmetries: tuple[Asymmetry, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True where all was asked that a verdict of this kind takes, and came."""
        return not self.missing and not (self.kind is VerdictKind.WIRE and self.unselected)

    @property
    def is_silent(self) -> bool:
        """True where one of the sides was never heard: then the rows have nothing to tell.

        The local reference of an audit was asked for no answers.
        """
        api = [row.api.failure for row in self.rows]
        local = [row.local.failure for row in self.rows if not row.audited]
        return any(side and all(failure in TRANSPORT_FAILURES for failure in side) for side in (api, local))

    @property
    def labelled_pairs(self) -> tuple[int, int]:
        """Pairs in which both sides have a label, and how many of them agree."""
        both = [row for row in self.rows if row.both_labelled]
        return len(both), sum(1 for row in both if row.labels_agree)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict on a run.

    Attributes:
        subjects: what was judged.
        left_out: names of subjects that this machine cannot run, each with the reason.
        environment: versions, platform, commit.
        is_part: True where the run was about a part of what it is otherwise: its user selected one, or it ended early.
        run: what was run; None where nobody kept it.
    """

    subjects: tuple[SubjectVerdict, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    environment: Mapping[str, Any] = field(default_factory=dict)
    is_part: bool = False
    run: RunRecord | None = None

    @property
    def judgement(self) -> Judgement:
        """`differs` if any subject does, else `no-verdict` if any has none, else `conforms`."""
        judgements = {subject.judgement for subject in self.subjects}
        for judgement in (Judgement.DIFFERS, Judgement.NO_VERDICT):
            if judgement in judgements:
                return judgement
        return Judgement.CONFORMS if judgements else Judgement.NO_VERDICT

    @property
    def kind(self) -> VerdictKind:
        """What the run asked: the most that any subject was asked."""
        kinds = {subject.kind for subject in self.subjects}
        return next((kind for kind in VerdictKind if kind in kinds), VerdictKind.EXAMPLES)

    @property
    def complete(self) -> bool:
        """True where every expected row arrived, and a run of wire checks alone asked for all of them."""
        return all(subject.is_whole for subject in self.subjects)
