"""What the examples alone say: the criteria, and what keeps a failed one from being evidence against the endpoint."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from backends.errors import FailureKind
from backends.outcome import OutcomeKind
from reports.findings import LEAST_REFERENCE
from reports.statistics.criteria import CRITERIA, evaluate_all, fewest_for_confidence
from reports.text import one_line
from reports.verdict.judgement import Judgement, Ruling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.rows.row import Row
    from reports.statistics.criteria import CriterionResult
    from reports.verdict.case import Case

#: Below this many examples a pass is no evidence: a server that flips one label in five passes a sample of 10 in one
#: run of nine.
FEWEST_FOR_A_PASS = 10

#: Below this many examples a single odd answer fails a criterion of 95%, so failing takes an interval that excludes
#: the threshold.
FEWEST_FOR_A_MISS = 20

#: From this many examples on, one odd answer fails none of the criteria at their own thresholds.
FEWEST_FOR_CERTAINTY = 100

#: Outcomes of an answer that is there, and does not do what the policy asks.
_SAID_WITHOUT_LABEL = frozenset({OutcomeKind.REFUSED, OutcomeKind.UNREADABLE})

#: Kinds of failure that say something about the connection or about this machine, not about what the endpoint serves.
TRANSPORT_FAILURES = frozenset({FailureKind.UNAVAILABLE, FailureKind.UNREACHABLE, FailureKind.NOT_ASKED})


def rule_on_examples(case: Case) -> Ruling:
    """Returns what the examples say: the criteria decide, where they rest on enough and on the endpoint alone."""
    rows, missing = case.evidence.rows, case.missing
    if missing:
        total = len(rows) + len(missing)
        return Ruling(
            Judgement.NO_VERDICT, f"{len(missing)} of {total} examples have no row, so the run is not complete."
        )
    silent = _why_silent(rows)
    if silent:
        return Ruling(Judgement.NO_VERDICT, silent)
    failed = [result for result in case.criteria if result.observed < result.threshold]
    unsure = [result for result in case.criteria if not result.passed]
    if not failed:
        return _unsure(unsure) if unsure else _passed(rows)
    excuse = _excuse(rows, failed, case.thresholds)
    if excuse:
        return Ruling(Judgement.NO_VERDICT, excuse)
    return Ruling(Judgement.DIFFERS, "; ".join(describe_criterion(result) for result in failed) + ".")


def describe_criterion(result: CriterionResult) -> str:
    """Returns a failed criterion with its numbers, as a part of a sentence."""
    counted = f" ({result.successes} of {result.n})" if result.successes is not None else f" (n = {result.n})"
    return f"{result.name} is {result.observed:.3f}{counted}, below {result.threshold:.3f}"


def count_below_threshold(rows: Sequence[Row], failed: Sequence[CriterionResult]) -> int:
    """Returns how many rows contribute less than the threshold to a criterion that failed."""
    asked = {result.name: result.threshold for result in failed}
    checks = [(criterion.value, asked[criterion.name]) for criterion in CRITERIA if criterion.name in asked]
    return sum(1 for row in rows if any(value(row) < least for value, least in checks))


def _passed(rows: Sequence[Row]) -> Ruling:
    if len(rows) < FEWEST_FOR_A_PASS:
        return Ruling(
            Judgement.NO_VERDICT,
            f"All criteria pass, but {len(rows)} examples are too few to tell: ask about at least {FEWEST_FOR_A_PASS}.",
        )
    return Ruling(Judgement.CONFORMS, f"All {len(CRITERIA)} criteria pass.")


def _unsure(unsure: Sequence[CriterionResult]) -> Ruling:
    """Returns why estimates that pass are not confident enough, and how many examples could be."""
    told = "; ".join(
        f"{result.name} is {result.observed:.3f}, but its lower end {result.interval[0]:.3f} is below "
        f"{result.threshold:.3f}"
        for result in unsure
    )
    needed = [fewest_for_confidence(result.threshold) for result in unsure]
    enough = max((number for number in needed if number is not None), default=None)
    advice = f": at least {enough} examples without a fault would do" if enough and None not in needed else ""
    return Ruling(Judgement.NO_VERDICT, f"Every estimate passes, but confidence was asked for ({told}){advice}.")


def _why_silent(rows: Sequence[Row]) -> str | None:
    """Returns why there is nothing to compare, where a side never answered or hardly ever could be asked."""
    sides = {"The API side": [row.api for row in rows], "The local reference": [row.local for row in rows]}
    reasons = []
    for name, side in sides.items():
        errors = [one for one in side if one.outcome is OutcomeKind.ERROR]
        unheard = [one for one in errors if one.failure in TRANSPORT_FAILURES]
        if len(errors) == len(rows) or 2 * len(unheard) > len(rows):
            never = "never answered" if len(errors) == len(rows) else f"left {len(errors)} of {len(rows)} unanswered"
            said = Counter(str(one.error) for one in errors).most_common(1)[0][0]
            reasons.append((said.startswith("not asked"), f"{name} {never}: {one_line(said)}"))
    # Where one side was not asked because the other cannot answer, the other one's reason is the one to read.
    own = [reason for vain, reason in reasons if not vain]
    return " ".join(own or [reason for _, reason in reasons]) or None


def _excuse(rows: Sequence[Row], failed: Sequence[CriterionResult], thresholds: Mapping[str, float]) -> str | None:
    """Returns why a failed criterion is no evidence against the endpoint, or None where it is."""
    unlabelled = [row for row in rows if not row.local.has_label]
    if len(rows) - len(unlabelled) < LEAST_REFERENCE * len(rows):
        return _unsuited(rows, unlabelled)
    excused = [_excused(row) for row in rows]
    if all(result.passed for result in evaluate_all(excused, thresholds)):
        unheard = sum(1 for row in rows if row.api.failure in TRANSPORT_FAILURES)
        return (
            f"What failed is not the endpoint's: the local reference gave no label on {len(unlabelled)} of {len(rows)} "
            f"examples, and {unheard} requests reached nobody."
        )
    within = all(result.interval[1] >= result.threshold for result in failed)
    single = len(rows) < FEWEST_FOR_CERTAINTY and count_below_threshold(excused, failed) <= 1
    if single or (len(rows) < FEWEST_FOR_A_MISS and within):
        return f"With {len(rows)} examples a single odd answer decides: ask about at least {FEWEST_FOR_CERTAINTY}."
    return None


def _unsuited(rows: Sequence[Row], unlabelled: Sequence[Row]) -> str:
    """Returns that the local reference labels too little to be one."""
    told = f"The local reference itself gave no label on {len(unlabelled)} of {len(rows)} examples"
    mute = sum(1 for row in rows if row.api.outcome in _SAID_WITHOUT_LABEL)
    if any(row.local.outcome in _SAID_WITHOUT_LABEL for row in unlabelled) and mute:
        told += f", the API on {mute} (the models refuse or ignore the policy on both sides)"
    return f"{told}: the sample or the policy does not suit the model, and nobody is to blame."


def _excused(row: Row) -> Row:
    """Returns the row as a faultless one where the reference, or the connection, is to blame for what it lacks."""
    if row.local.has_label and row.api.failure not in TRANSPORT_FAILURES:
        return row
    api, local = (replace(side, outcome=OutcomeKind.LABEL, label=True) for _, side in row.sides)
    return replace(row, api=api, local=local, response_similarity=1.0)
