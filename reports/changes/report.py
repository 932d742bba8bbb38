"""A report as it is read back: what was told of each subject, and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports.checks.check import CheckOutcome
from reports.statistics.token_evidence import TokenStanding
from reports.verdict.judgement import Judgement, VerdictKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.rows.row import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFinding:
    """A finding as a report tells it.

    Attributes:
        id: of the fault.
        title: what a user sees.
        side: whose fault it is, `api` or `local`.
        count: examples or checks that show it.
        candidates: ids of other faults that the same evidence supports.
        examples: ids of examples that show it.
        checks: ids of wire checks that show it.
        reproduce: one command.
    """

    id: str
    title: str = ""
    side: str = "api"
    count: int = 0
    candidates: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    reproduce: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCheck:
    """A wire check as a report tells it: id, claim, outcome and what was seen."""

    id: str
    claim: str
    outcome: CheckOutcome
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSubject:
    """A subject as a report tells it. What the report does not tell is None, or empty.

    Attributes:
        id: of the subject.
        told: all that `verdict.json` says of it; empty where there is none.
        rows: of the results; empty where there are none.
        verdict: one of the three.
        reason: of the verdict.
        kind: what was asked.
        findings: named faults.
        checks: what came of the wire checks.
        tokens: how the tokens stand beside the floor.
        missing: ids of examples that have no row.
    """

    id: str
    told: Mapping[str, Any] = field(default_factory=dict, hash=False)
    rows: tuple[Row, ...] = ()
    verdict: Judgement | None = None
    reason: str = ""
    kind: VerdictKind | None = None
    findings: tuple[ToldFinding, ...] = ()
    checks: tuple[ToldCheck, ...] = ()
    tokens: TokenStanding | None = None
    missing: tuple[str, ...] = ()

    @property
    def sample(self) -> Mapping[str, Any]:
        """How the examples were drawn; empty where nobody tells."""
        return mapping(self.told.get("sample"))

    @property
    def api(self) -> Mapping[str, Any]:
        """The API's side as its backend described itself."""
        return mapping(self.told.get("api"))

    @property
    def local(self) -> Mapping[str, Any]:
        """The local side, in the same way."""
        return mapping(self.told.get("local"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report.

    Attributes:
        name: how its reader named it.
        subjects: of the run.
        told: all that `verdict.json` says; empty where there is none.
    """

    name: str
    subjects: tuple[ToldSubject, ...]
    told: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def has_verdict(self) -> bool:
        """True where a `verdict.json` was there, and not rows alone."""
        return bool(self.told)


def report_of(name: str, told: Mapping[str, Any], rows: Sequence[Row]) -> Report:
    """Returns the report that a verdict as plain data and rows make.

    Args:
        name: of the report, for whoever reads about it.
        told: what `verdict.json` holds; empty where there is none.
        rows: of all its subjects.

    Raises:
        ValueError, KeyError, TypeError: `told` is no verdict of this suite.
    """
    found = {subject["id"]: _subject(subject, rows) for subject in told.get("subjects", ())}
    alone = {row.subject for row in rows} - set(found) if not told else set()
    found |= {one: ToldSubject(id=one, rows=tuple(row for row in rows if row.subject == one)) for one in sorted(alone)}
    return Report(name=name, subjects=tuple(found.values()), told=told)


def _subject(told: Mapping[str, Any], rows: Sequence[Row]) -> ToldSubject:
    kind, tokens = told.get("kind"), mapping(told.get("token_evidence"))
    return ToldSubject(
        id=str(told["id"]),
        told=told,
        rows=tuple(row for row in rows if row.subject == told["id"]),
        verdict=Judgement(told["verdict"]),
        reason=str(told["reason"]),
        kind=None if kind is None else VerdictKind(kind),
        findings=tuple(_finding(one) for one in told.get("findings", ())),
        checks=tuple(_check(one) for one in told.get("checks", ())),
        tokens=TokenStanding(tokens["standing"]) if tokens else None,
        missing=_texts(told.get("missing")),
    )


def _finding(told: Mapping[str, Any]) -> ToldFinding:
    evidence = mapping(told.get("evidence"))
    return ToldFinding(
        id=str(told["id"]),
        title=str(told.get("title", "")),
        side=str(told.get("side", "api")),
        count=int(told.get("count", 0)),
        candidates=_texts(told.get("candidates")),
        examples=_texts(evidence.get("examples")),
        checks=_texts(evidence.get("checks")),
        reproduce=str(told.get("reproduce", "")),
    )


def _check(told: Mapping[str, Any]) -> ToldCheck:
    return ToldCheck(
        id=str(told["id"]),
        claim=str(told.get("claim", "")),
        outcome=CheckOutcome(told["outcome"]),
        message=str(told.get("message", "")),
    )


def mapping(value: object) -> Mapping[str, Any]:
    """Returns a mapping as it is, and an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()
