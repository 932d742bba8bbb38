"""The rules about reported token counts: what they leave out, and what they contradict.

Lengths of prompts tell of the prompt only where they do not hang on what the server has seen before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.outcome import FORMAT_TOKENS
from reports.checks.check_id import CheckId
from reports.checks.facts import Facts
from reports.findings import symptoms
from reports.findings.diagnosis import Diagnosis
from reports.findings.evidence import FEWEST_ROWS

if TYPE_CHECKING:
    from reports.checks.check import Check
    from reports.findings.evidence import Evidence


def show_uncached_counts(evidence: Evidence) -> Diagnosis | None:
    """Shows prompts that are counted without what a cache held of them: the same one has fewer tokens the next time."""
    checks = evidence.broken(CheckId.USAGE_REPEATS, facts=Facts(uncached=True))
    return Diagnosis(ids=("usage-uncached-only",), checks=checks) if checks else None


def show_missing_usage(evidence: Evidence) -> Diagnosis | None:
    """Shows answers without token counts, whole or streamed."""
    rows = evidence.rows_with(symptoms.lacks_usage)
    checks = [
        *evidence.broken(CheckId.USAGE_ADDS_UP, facts=Facts(missing=True)),
        *evidence.broken(CheckId.STREAM_USAGE_ALIKE, facts=Facts(missing=True)),
    ]
    enough = len(rows) >= FEWEST_ROWS or bool(checks)
    return Diagnosis(ids=("usage-missing",), rows=rows, checks=checks) if enough else None


def show_uncounted_reasoning(evidence: Evidence) -> Diagnosis | None:
    """Shows completion tokens that are those of the answer alone, though there is a reasoning."""
    few = _too_few(evidence)
    checks = [check for check in few if _is_of_the_answer(check)]
    rows = evidence.rows_with(symptoms.counts_less_than_the_reference)
    if checks:
        return Diagnosis(ids=("usage-lacks-reasoning",), rows=rows, checks=checks)
    if few or len(rows) < FEWEST_ROWS:
        return None
    return Diagnosis(ids=("usage-lacks-reasoning", "usage-wrong"), rows=rows, distinguished_by=_COUNT_THE_TEXTS)


_COUNT_THE_TEXTS = (
    "The wire check usage-counts-reasoning counts the tokens of both texts, and tells which are left out."
)


def miscounts_completions(evidence: Evidence) -> bool:
    """Returns whether the reported completion tokens are not those of the texts, so that they tell nothing of these."""
    return bool(_too_few(evidence)) or show_uncounted_reasoning(evidence) is not None


def show_wrong_usage(evidence: Evidence) -> Diagnosis | None:
    """Shows counts that contradict each other, the texts, or those of the same request made in another way."""
    checks = [
        *evidence.broken(CheckId.USAGE_ADDS_UP, facts=Facts(missing=False)),
        *_too_few(evidence),
        *evidence.broken(CheckId.STREAM_USAGE_ALIKE, facts=Facts(missing=False)),
        *evidence.broken(CheckId.USAGE_REPEATS, facts=Facts(uncached=False)),
    ]
    return Diagnosis(ids=("usage-wrong",), checks=checks) if checks else None


def _too_few(evidence: Evidence) -> list[Check]:
    """Returns the checks that saw fewer completion tokens than the texts have.

    More of them than that may well be those of a text that is not shown.
    """
    checks = evidence.broken(CheckId.USAGE_COUNTS_REASONING)
    return [check for check in checks if (check.facts.used or 0) < (check.facts.counted or 0)]


def _is_of_the_answer(check: Check) -> bool:
    used, answered = check.facts.used, check.facts.answered
    return used is not None and answered is not None and answered <= used <= answered + FORMAT_TOKENS
