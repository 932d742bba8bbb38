"""Evidence: what a run has seen of one subject, and the questions that the rules ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reports.checks.check import CheckOutcome
from reports.checks.facts import Facts
from reports.findings import symptoms as signs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reports.checks.check import Check
    from reports.checks.check_id import CheckId
    from reports.statistics.noise import NoiseMeasurement

#: A local reference that labels fewer of the examples than this is no reference: the sample or the policy does not
#: suit the model.
LEAST_REFERENCE = 0.90

#: So many examples must show a sign that no wire check confirms: a single odd answer accuses nobody.
FEWEST_ROWS = 2

_ANY_FACTS = Facts()


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a run has seen of one subject.

    Attributes:
        about: the subject as plain data.
        rows: one an example, in the order of the sample.
        checks: what came of the wire checks.
        noise: how far each side agrees with itself.
        accused: True where the criteria alone make the verdict `differs`.
    """

    about: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    checks: Sequence[Check]
    noise: Sequence[NoiseMeasurement] = ()
    accused: bool = False

    def broken(self, check_id: CheckId, *, facts: Facts = _ANY_FACTS) -> list[Check]:
        """Returns the broken checks of this id whose facts include these.

        A request that was refused, or answered with no completion, breaks any claim and shows nothing of this one.
        """
        return [
            check
            for check in self.checks
            if check.outcome is CheckOutcome.BROKEN
            and check.check_id is check_id
            and check.facts.status is None
            and check.facts.unusable is None
            and check.facts.include(facts)
        ]

    def kept(self, check_id: CheckId, case: str | None = None) -> bool:
        """True where at least one check of this id was kept, and none was broken."""
        of_id = [check for check in self.checks if check.check_id is check_id and case in (None, check.case)]
        outcomes = [check.outcome for check in of_id]
        return CheckOutcome.KEPT in outcomes and CheckOutcome.BROKEN not in outcomes

    def rows_with(self, sign: Callable[[Mapping[str, Any]], bool]) -> list[Mapping[str, Any]]:
        """Returns the rows that show a sign."""
        return [row for row in self.rows if sign(row)]

    def rows_holding(self, sign: Callable[[str], bool]) -> list[Mapping[str, Any]]:
        """Returns the rows of which the API's answer shows a sign, and the local one does not."""
        return [
            row
            for row in self.rows
            if row["api_response"] and sign(row["api_response"]) and not sign(row["local_response"] or "")
        ]

    @cached_property
    def has_reference(self) -> bool:
        """True where the local reference labels the sample: only then does a missing label say something."""
        labelled = sum(1 for row in self.rows if row["local_parsed_successfully"])
        return bool(self.rows) and labelled >= LEAST_REFERENCE * len(self.rows)

    @cached_property
    def compared(self) -> list[Mapping[str, Any]]:
        """Rows in which both sides gave a text."""
        return [row for row in self.rows if _has_text(row, "api") and _has_text(row, "local")]

    @cached_property
    def with_other_text(self) -> list[Mapping[str, Any]]:
        """Rows in which both sides gave a text, another one each."""
        return self.rows_with(signs.has_other_text)

    @property
    def share_of_other_texts(self) -> float:
        """The share of compared rows whose texts differ, 0 to 1; 0 where none was compared."""
        return len(self.with_other_text) / len(self.compared) if self.compared else 0.0

    @cached_property
    def with_other_length(self) -> list[Mapping[str, Any]]:
        """Rows whose prompt has another length than the reference's, legitimately or not."""
        counts = ("api_prompt_tokens", "local_prompt_tokens")
        return [row for row in self.rows if all(row[c] for c in counts) and len({row[c] for c in counts}) > 1]

    @property
    def has_same_prompts(self) -> bool:
        """True unless most prompts are rendered otherwise than the reference's: then texts may differ by that alone.

        Another date is another prompt too, unless it was measured how many texts that alters.
        """
        if "prompt_days" in self.about and all(measured.change != "day" for measured in self.noise):
            return False
        return self.has_same_lengths

    @property
    def has_same_lengths(self) -> bool:
        """True unless most prompts have another length than the reference's."""
        return 2 * len(self.with_other_length) <= len(self.rows)

    @property
    def providers(self) -> frozenset[str]:
        """Who answered."""
        return frozenset(row["api_provider"] for row in self.rows if row["api_provider"])


def _has_text(row: Mapping[str, Any], side: str) -> bool:
    return bool(row[f"{side}_reasoning"] or row[f"{side}_response"])
