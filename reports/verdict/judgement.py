"""The words of a verdict, its kinds, and a ruling: one of the words with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Judgement(StrEnum):
    """The three verdicts."""

    CONFORMS = "conforms"
    DIFFERS = "differs"
    NO_VERDICT = "no-verdict"


class VerdictKind(StrEnum):
    """What a verdict rests on: examples on both sides, examples that the reference reads, or wire checks alone."""

    EXAMPLES = "examples"
    AUDIT = "audit"
    WIRE = "wire"


class Ground(StrEnum):
    """What a ruling rests on, for programs: the reason says the same to people, with the numbers."""

    SAME_TOKENS = "same-tokens"
    CRITERIA_PASSED = "criteria-passed"
    LEVEL_WITH_CEILING = "level-with-ceiling"
    CRITERIA_FAILED = "criteria-failed"
    UNDECIDED = "undecided"
    CHECKS_BROKEN = "checks-broken"
    CHECKS_KEPT = "checks-kept"
    FINDINGS = "findings"
    OTHER_PRECISION = "other-precision"
    EXAMPLES_MISSING = "examples-missing"
    API_SILENT = "api-silent"
    REFERENCE_SILENT = "reference-silent"
    TOO_FEW_EXAMPLES = "too-few-examples"
    NOT_CONFIDENT = "not-confident"
    REFERENCE_UNSUITED = "reference-unsuited"
    NOT_THE_ENDPOINTS = "not-the-endpoints"
    DIFFERENT_RENDERING = "different-rendering"
    REFERENCE_DRIFTED = "reference-drifted"
    CHECKS_NOT_JUDGED = "checks-not-judged"
    CHECKS_NOT_SELECTED = "checks-not-selected"
    TESTS_LOST = "tests-lost"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A judgement and its reason. Each step of the judge takes one and returns one.

    Attributes:
        judgement: one of the three.
        reason: for a reader who was not there, in whole sentences.
        grounds: what the reason tells, in its order.
    """

    judgement: Judgement
    reason: str
    grounds: tuple[Ground, ...]

    @property
    def accuses(self) -> bool:
        """True where the judgement is `differs`."""
        return self.judgement is Judgement.DIFFERS
