"""What is asked of the suite: to recognise servers whose faults are known, and to leave faithful ones in peace."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.faults.catalogue import Fault

#: Answers that a little noise could have given as well: the verdict can say what they look like, and accuse nobody.
ROUNDINGS: Final = frozenset({"weights-quantised-4bit", "weights-quantised-8bit"})

#: Stands in the reason of a verdict that tells of such answers.
TOLD: Final = "different weights or precision"

#: Begins the reason of a `no-verdict` on a server that was not heard: such a run measured nothing.
UNHEARD: Final = re.compile(r"The API side (never answered|left \d+ of \d+ unanswered)")

#: What a part of the matrix runs that is small enough for each change: faults of every stage, and faithful servers
#: that others would accuse.
CI_PART: Final = (
    "raw-harmony-in-content",
    "null-content",
    "reasoning-dropped",
    "usage-inflated",
    "developer-dropped",
    "template-none",
    "temperature-ignored",
    "stream-loses-text",
    "weights-quantised-4bit",
    "canned-refusal",
    "faithful-mended",
    "faithful-other-template",
    "faithful-another-day",
)

#: Examples that each run of that part asks about.
CI_SAMPLE_SIZE: Final = 20


class Result(StrEnum):
    """What a run amounts to; the last three are for faithful servers, `failed` is for all."""

    NAMED = "named"
    CANDIDATE = "candidate"
    DIFFERS = "differs"
    TOLD = "told"
    MISSED = "missed"
    FAILED = "failed"
    CLEARED = "cleared"
    UNJUDGED = "unjudged"
    ACCUSED = "accused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a run asks about."""

    sample_seed: int = 42
    stratify: str = "balanced"
    policy: str = "toxic_simple"
    effort: str = "medium"

    def arguments(self, sample_size: int) -> tuple[str, ...]:
        """Returns the options of the run."""
        return (
            f"--sample-size={sample_size}",
            f"--sample-seed={self.sample_seed}",
            f"--stratify={self.stratify}",
            f"--policy={self.policy}",
            f"--reasoning-effort={self.effort}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One run of the suite against one server.

    Attributes:
        id: ASCII, fit for a file's name; of the fault where there is one.
        shows: what the server does.
        arguments: options of the run.
        faithful: True where nothing that the server does is a fault.
        mended: True where the embedded server's known differences are put right.
        dtype: number format of the served weights.
    """

    id: str
    shows: Fault
    arguments: tuple[str, ...]
    faithful: bool = False
    mended: bool = True
    dtype: str = "float32"

    def asked(self) -> dict[str, Any]:
        """Returns what tells this run from another one of the same id."""
        return {"arguments": list(self.arguments), "mended": self.mended, "dtype": self.dtype}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What came of a run.

    Attributes:
        id: of the trial.
        faithful: as the trial's.
        verdict: on the subject; None where the run failed.
        reason: of the verdict, or why the run failed.
        findings: ids in the order of the verdict, each with its candidates' ids.
        requests: that reached the server.
        seconds: that the run took.
    """

    id: str
    faithful: bool
    verdict: str | None
    reason: str
    findings: tuple[tuple[str, tuple[str, ...]], ...] = ()
    requests: int = 0
    seconds: float = 0.0

    @property
    def result(self) -> Result:
        """What the run amounts to."""
        if self.verdict is None or (self.verdict == "no-verdict" and UNHEARD.search(self.reason)):
            return Result.FAILED
        return self._treatment() if self.faithful else self._discovery()

    @property
    def is_found(self) -> bool:
        """True for a fault that the verdict recognises, or at least does not let pass."""
        return self.result in {Result.NAMED, Result.CANDIDATE, Result.DIFFERS, Result.TOLD}

    @property
    def is_right(self) -> bool:
        """True for a fault that is found and for a faithful server that is not accused."""
        return self.result in {Result.CLEARED, Result.UNJUDGED} if self.faithful else self.is_found

    @property
    def others(self) -> tuple[str, ...]:
        """Ids of the findings that are not the fault's own."""
        return tuple(name for name, _ in self.findings if name != self.id)

    def as_data(self) -> dict[str, Any]:
        """Returns plain data, with the result for whoever reads it elsewhere."""
        return asdict(self) | {
            "result": str(self.result),
            "findings": [{"id": name, "candidates": list(candidates)} for name, candidates in self.findings],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Returns the record that `as_data` made plain.

        Raises:
            KeyError, TypeError, AttributeError: the data is something else.
        """
        fields = {name: data[name] for name in ("id", "faithful", "verdict", "reason", "requests", "seconds")}
        return cls(**fields, findings=_read_findings(data["findings"]))

    @classmethod
    def from_verdict(cls, trial: Trial, verdict: Mapping[str, Any], *, requests: int, seconds: float) -> Self:
        """Returns what a run's `verdict.json` says.

        Raises:
            ValueError: it judges nobody.
        """
        if not verdict["subjects"]:
            raise ValueError("The run judged nobody.")
        subject = verdict["subjects"][0]
        return cls(
            id=trial.id,
            faithful=trial.faithful,
            verdict=subject["verdict"],
            reason=subject["reason"],
            findings=_read_findings(subject["findings"]),
            requests=requests,
            seconds=round(seconds, 1),
        )

    def _discovery(self) -> Result:
        if self.findings and self.findings[0][0] == self.id:
            return Result.NAMED
        if any(self.id in (name, *candidates) for name, candidates in self.findings):
            return Result.CANDIDATE
        if self.verdict == "differs":
            return Result.DIFFERS
        told = self.id in ROUNDINGS and self.verdict == "conforms" and TOLD in self.reason
        return Result.TOLD if told else Result.MISSED

    def _treatment(self) -> Result:
        if self.verdict == "differs" or self.findings:
            return Result.ACCUSED
        return Result.CLEARED if self.verdict == "conforms" else Result.UNJUDGED


def fault_trials(faults: tuple[Fault, ...], sample_size: int) -> tuple[Trial, ...]:
    """Returns a run for each fault."""
    arguments = Setup().arguments(sample_size)
    return tuple(Trial(id=fault.id, shows=fault, arguments=arguments) for fault in faults)


def _read_findings(findings: list[dict[str, Any]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((finding["id"], tuple(finding.get("candidates") or ())) for finding in findings)
