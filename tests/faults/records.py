"""Records of a matrix, as its tests need them."""

from __future__ import annotations

from tests.faults.catalogue import BY_ID
from tests.faults.faithful import FAITHFUL, faithful_trials
from tests.faults.matrix import TOLD, Record, Trial, fault_trials

FAULT, FAITHFUL_ONE = "null-content", "faithful-mended"
TOLD_REASON = f"All 4 criteria pass. But 9 of 60 texts are not the reference's: {TOLD}, though within the criteria."
UNHEARD_REASON = "The API side never answered: 503 Service Unavailable."


def record(
    name: str = FAULT,
    verdict: str | None = "differs",
    *found: str,
    reason: str = "So it is.",
    requests: int = 7,
    seconds: float = 1.5,
) -> Record:
    """Makes a record; of each finding `id` or `id:candidate+candidate` is given."""
    findings = tuple(
        (own, tuple(candidates.split("+")) if candidates else ())
        for own, _, candidates in (finding.partition(":") for finding in found)
    )
    return Record(
        id=name,
        faithful=name.startswith("faithful-"),
        verdict=verdict,
        reason=reason,
        findings=findings,
        requests=requests,
        seconds=seconds,
    )


def trials(*names: str) -> tuple[Trial, ...]:
    """Returns the runs against these servers, of 20 examples each."""
    faithful = {trial.id: trial for trial in faithful_trials(len(FAITHFUL), 20)}
    return tuple(faithful.get(name) or fault_trials((BY_ID[name],), 20)[0] for name in names)
