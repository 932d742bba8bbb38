"""Reports of one endpoint in their order: what the criteria came to, and what was found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from reports.changes.report import mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.changes.report import Report, ToldSubject

#: Addresses of servers that live for one run: another port is not another endpoint.
_PASSING = ("http://127.0.0.1", "http://localhost", "http://[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A criterion at one time: estimate, 95% interval, threshold, and whether it passed."""

    name: str
    observed: float
    low: float
    high: float
    threshold: float
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One report of an endpoint.

    Attributes:
        report: its name.
        started: when the run began, as an ISO date and time; None where the report does not tell.
        verdict: one of the three.
        sample: the digest of its sample, shortened; None where no example was asked.
        same_sample: False where the moment before tells of another sample.
        size: examples of the sample.
        criteria: estimates, in the order of the contract.
        findings: ids of the endpoint's faults.
        tokens: how the tokens stood; None where nobody looked.
    """

    report: str
    started: str | None
    verdict: str
    sample: str | None
    same_sample: bool
    size: int | None
    criteria: tuple[Estimate, ...]
    findings: tuple[str, ...]
    tokens: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """An endpoint over time.

    Attributes:
        subject: its id.
        endpoint: where it is, as the last report tells it.
        moments: in their order.
    """

    subject: str
    endpoint: str
    moments: tuple[Moment, ...]

    @property
    def criteria(self) -> tuple[str, ...]:
        """Names of all criteria that any moment tells of."""
        return tuple(dict.fromkeys(one.name for moment in self.moments for one in moment.criteria))

    @property
    def findings(self) -> tuple[str, ...]:
        """Ids of all findings, in the order in which they first occur."""
        return tuple(dict.fromkeys(name for moment in self.moments for name in moment.findings))

    def as_data(self) -> dict[str, Any]:
        """Returns it as plain data."""
        return asdict(self)


def started_of(report: Report) -> str | None:
    """Returns when a run began, as its report tells it; None where it does not."""
    started = mapping(report.told.get("run")).get("started")
    return started if isinstance(started, str) else None


def in_order(reports: Sequence[Report]) -> tuple[tuple[Report, ...], bool]:
    """Returns reports by their start, and True; as they were named, and False, where one of them tells no start."""
    starts = [started_of(report) for report in reports]
    if None in starts:
        return tuple(reports), False
    return tuple(sorted(reports, key=lambda report: started_of(report) or "")), True


def series_of(reports: Sequence[Report]) -> tuple[Series, ...]:
    """Returns each endpoint over time, in the order in which they first occur.

    Args:
        reports: in their order, each with a verdict.
    """
    found: dict[tuple[str, str], list[tuple[Report, ToldSubject]]] = {}
    for report in reports:
        for subject in report.subjects:
            endpoint = _endpoint(subject)
            key = subject.id, "" if endpoint.startswith(_PASSING) else endpoint
            found.setdefault(key, []).append((report, subject))
    return tuple(
        Series(subject=name, endpoint=_endpoint(told[-1][1]), moments=_moments(told))
        for (name, _), told in found.items()
    )


def _endpoint(subject: ToldSubject) -> str:
    return str(subject.api.get("endpoint") or "")


def _moments(told: Sequence[tuple[Report, ToldSubject]]) -> tuple[Moment, ...]:
    digests = [subject.sample.get("sha256") for _, subject in told]
    return tuple(
        Moment(
            report=report.name,
            started=started_of(report),
            verdict=str(subject.verdict),
            sample=str(digest)[:12] if digest else None,
            same_sample=place == 0 or digest == digests[place - 1],
            size=subject.sample.get("size"),
            criteria=tuple(_estimates(subject)),
            findings=tuple(finding.id for finding in subject.findings if finding.side == "api"),
            tokens=None if subject.tokens is None else str(subject.tokens),
        )
        for place, ((report, subject), digest) in enumerate(zip(told, digests, strict=True))
    )


def _estimates(subject: ToldSubject) -> list[Estimate]:
    told = subject.told.get("criteria")
    return [_estimate(mapping(one)) for one in told] if isinstance(told, list) else []


def _estimate(told: Mapping[str, Any]) -> Estimate:
    """Returns a criterion as a report tells it.

    Raises:
        KeyError, TypeError, ValueError: it is none of this suite's.
    """
    low, high = told["interval"]
    return Estimate(
        name=str(told["name"]),
        observed=float(told["observed"]),
        low=float(low),
        high=float(high),
        threshold=float(told["threshold"]),
        passed=bool(told["passed"]),
    )
