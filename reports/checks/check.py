"""A Check: what came of one wire check of one subject."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reports.checks.check_id import CheckId
from reports.checks.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: What stands at the beginning of the message of a check that was expected to fail and passed.
NO_LONGER_DIFFERS = "This known difference no longer differs"

#: What pytest's `-k` reads as one word.
_WORD = re.compile(r"[\w:+\-.\[\]\\/]+")


class CheckOutcome(StrEnum):
    """How a wire check can end. `STALE` is one that was expected to fail, as a known difference, and passed."""

    KEPT = "kept"
    BROKEN = "broken"
    STALE = "stale"
    KNOWN_DIFFERENCE = "known-difference"
    SKIPPED = "skipped"
    UNANSWERED = "unanswered"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What came of one wire check of one subject.

    Attributes:
        check_id: which claim it is about; all cases of one test have the same.
        id: the test's node id without the folder and without the subject: `test_prompt.py::test_x[unicode]`.
        subject: the subject's id.
        claim: one sentence, true where the outcome is `kept`.
        outcome: how it ended.
        message: what was seen where it is broken; the reason of a known difference or a skip; else what went wrong.
        exchanges: names of the exchanges that it looks at.
        link: where a known difference is written up; empty where nowhere.
        evidence: of a broken one: name of an exchange to the JSON text of the raw exchange.
        shown_by: of a broken one: names of the exchanges among its evidence that show it.
        facts: of a broken or a kept one, what was seen, for the rules.
    """

    check_id: CheckId
    id: str
    subject: str
    claim: str
    outcome: CheckOutcome
    message: str = ""
    exchanges: tuple[str, ...] = ()
    link: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict, hash=False)
    shown_by: tuple[str, ...] = ()
    facts: Facts = field(default_factory=Facts)

    @property
    def case(self) -> str:
        """The case of a parametrized test; empty where there is none."""
        return self.id.rpartition("::")[2].partition("[")[2].removesuffix("]")

    @property
    def selector(self) -> str:
        """What to give to `pytest -k` to run this check: the test's name and, where `-k` can say it, the case."""
        test, _, case = self.id.rpartition("::")[2].partition("[")
        case = case.removesuffix("]")
        return f'"{test} and {case}"' if _WORD.fullmatch(case) else test

    @property
    def clause(self) -> str:
        """The claim as a part of a longer sentence."""
        return self.claim.rstrip(".")

    def as_data(self) -> dict[str, Any]:
        """Returns the check as `verdict.json` tells it: under its subject, and without the evidence."""
        return {
            "id": self.id,
            "check": str(self.check_id),
            "claim": self.claim,
            "outcome": str(self.outcome),
            "message": self.message,
            "exchanges": list(self.exchanges),
            "link": self.link,
            "facts": self.facts.as_data(),
        }

    def as_json(self) -> str:
        """Returns all of the check as JSON text, fit to travel on a test report."""
        return json.dumps(asdict(self) | {"facts": self.facts.as_data()})

    @classmethod
    def from_json(cls, text: str) -> Check:
        """Returns the check that `as_json` wrote."""
        data = json.loads(text)
        read = {
            "check_id": CheckId(data["check_id"]),
            "outcome": CheckOutcome(data["outcome"]),
            "exchanges": tuple(data["exchanges"]),
            "shown_by": tuple(data["shown_by"]),
            "facts": Facts.from_data(data["facts"]),
        }
        return cls(**data | read)


def with_outcome(checks: Iterable[Check], outcome: CheckOutcome) -> list[Check]:
    """Returns those of the checks that ended this way."""
    return [check for check in checks if check.outcome is outcome]
