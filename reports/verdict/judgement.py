"""The words of a verdict."""

from __future__ import annotations

from enum import StrEnum


class Judgement(StrEnum):
    """The three verdicts."""

    CONFORMS = "conforms"
    DIFFERS = "differs"
    NO_VERDICT = "no-verdict"
