"""What the examples alone say: the criteria beside their ceilings, and what keeps a missed one from being evidence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from backends.errors import TRANSPORT_FAILURES, FailureKind
from backends.outcome import BROKEN, OutcomeKind
from reports.statistics.criteria import CRITERIA, OF_THE_REFERENCE, Standing, evaluate_all, fewest_for_confidence
from reports.text import cut, one_line
from reports.verdict.ceiling_words import describe_criterion, level_with_ceiling, what_would_decide
from reports.verdict.judgement import Ground, Judgement, Ruling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.rows.row import Row
    from reports.statistics.criteria import CriterionResult
    from reports.verdict.case import Case

#: Below this many examples a pass is no evidence: a server that flips one label in five passes a sample of 10 in one
#: run of nine.
FEWEST_FOR_A_PASS = 10

#: Characters of an error that a reason repeats.
_TOLD = 200

#: Below this many examples the summary calls the evidence thin.
THIN = 20


def rule_on_examples(case: Case) -> Ruling:
    """Returns what the examples say: criteria and ceilings decide, where they rest on enough and on the endpoint."""
    rows, missing = case.evidence.rows, case.missing
    if missing:
        return incomplete(case)
    silent = silence(rows)
    if silent is not None:
        return silent
    below = [one for one in case.criteria if one.standing is Standing.BELOW and one.name != OF_THE_REFERENCE]
    if below:
        told = "; ".join(map(describe_criterion, below))
        return Ruling(Judgement.DIFFERS, f"{told}.", (Ground.CRITERIA_FAILED,))
    open_ones = [one for one in case.criteria if one.standing in (Standing.BELOW, Standing.UNDECIDED)]
    if open_ones:
        return _undecided(rows, open_ones, case.thresholds)
    unsure = [one for one in case.criteria if not one.passed]
    return not_confident(unsure) if unsure else _passed(rows, case.criteria)


def _passed(rows: Sequence[Row], criteria: Sequence[CriterionResult]) -> Ruling:
    level = [result for result in criteria if result.standing is Standing.LEVEL]
    reached = len(CRITERIA) - len(level)
    told = f"All {reached} criteria pass." if not level else level_with_ceiling(level, reached)
    if len(rows) < FEWEST_FOR_A_PASS:
        return Ruling(
            Judgement.NO_VERDICT,
            f"{told.removesuffix('.')}, but {len(rows)} examples are too few to tell: ask about at least "
            f"{FEWEST_FOR_A_PASS}.",
            (Ground.TOO_FEW_EXAMPLES,),
        )
    grounds = (Ground.CRITERIA_PASSED, *((Ground.LEVEL_WITH_CEILING,) if level else ()))
    return Ruling(Judgement.CONFORMS, told, grounds)


def not_confident(unsure: Sequence[CriterionResult]) -> Ruling:
    """Returns why estimates that pass are not confident enough, and how many examples could be."""
    told = "; ".join(
        f"{result.name} is {result.observed:.3f}, but its lower end {result.interval[0]:.3f} is below "
        f"{result.threshold:.3f}"
        for result in unsure
    )
    needed = [fewest_for_confidence(result.threshold) for result in unsure]
    enough = max((number for number in needed if number is not None), default=None)
    advice = f": at least {enough} examples without a fault would do" if enough and None not in needed else ""
    reason = f"Every estimate passes, but confidence was asked for ({told}){advice}."
    return Ruling(Judgement.NO_VERDICT, reason, (Ground.NOT_CONFIDENT,))


def incomplete(case: Case) -> Ruling:
    """Returns that examples have no row."""
    total = len(case.evidence.rows) + len(case.missing)
    return Ruling(
        Judgement.NO_VERDICT,
        f"{len(case.missing)} of {total} examples have no row, so the run is not complete.",
        (Ground.EXAMPLES_MISSING,),
    )


def silence(rows: Sequence[Row]) -> Ruling | None:
    """Returns that there is nothing to look at, where a side never answered or hardly ever could be asked.

    The local reference of an audit was asked for no answers.
    """
    sides = [("The API side", Ground.API_SILENT, [row.api for row in rows])]
    if not all(row.audited for row in rows):
        sides.append(("The local reference", Ground.REFERENCE_SILENT, [row.local for row in rows]))
    silent = []
    for name, ground, side in sides:
        errors = [one for one in side if one.outcome is OutcomeKind.ERROR]
        unheard = [one for one in errors if one.failure in TRANSPORT_FAILURES]
        if len(errors) == len(rows) or 2 * len(unheard) > len(rows):
            never = "never answered" if len(errors) == len(rows) else f"left {len(errors)} of {len(rows)} unanswered"
            (failure, said), _ = Counter((one.failure, str(one.error)) for one in errors).most_common(1)[0]
            silent.append((failure, ground, f"{name} {never}: {one_line(said)}"))
    # Where one side was not asked because the other cannot answer, the other one's reason is the one to read.
    own = [side for side in silent if side[0] is not FailureKind.NOT_ASKED] or silent
    reason, grounds = " ".join(told for _, _, told in own), tuple(ground for _, ground, _ in own)
    return Ruling(Judgement.NO_VERDICT, reason, grounds) if own else None


def _not_the_endpoints(rows: Sequence[Row]) -> Iterator[str]:
    """Yields what accuses nobody: what the reference broke, and what account, network or gateway left unanswered."""
    if broken := sum(1 for row in rows if row.local.outcome in BROKEN):
        yield f"{broken} of {len(rows)} answers of the local reference are errors or broken"
    unheard = [row.api for row in rows if row.api.failure in TRANSPORT_FAILURES]
    if unheard:
        own = [one for one in unheard if one.failure is not FailureKind.NOT_ASKED] or unheard
        ((said, _),) = Counter(str(one.error) for one in own).most_common(1)
        yield f"{len(unheard)} of {len(rows)} requests got no answer of the server's own ({cut(one_line(said), _TOLD)})"


def _undecided(rows: Sequence[Row], open_ones: Sequence[CriterionResult], thresholds: Mapping[str, float]) -> Ruling:
    """Returns why criteria that miss their thresholds accuse nobody, and what would decide it."""
    heard = [row for row in rows if row.api.failure not in TRANSPORT_FAILURES and row.local.outcome not in BROKEN]
    if heard and all(result.is_reached for result in evaluate_all(heard, thresholds)):
        reason = f"What failed is not the endpoint's: {'; '.join(_not_the_endpoints(rows))}."
        return Ruling(Judgement.NO_VERDICT, reason, (Ground.NOT_THE_ENDPOINTS,))
    reference = [result for result in open_ones if result.name == OF_THE_REFERENCE]
    if reference and reference[0].standing is Standing.BELOW:
        return Ruling(
            Judgement.NO_VERDICT,
            f"The local reference is no measure here: {describe_criterion(reference[0])}.",
            (Ground.REFERENCE_UNSUITED,),
        )
    reason = f"Undecided: {what_would_decide(open_ones, len(rows))}"
    return Ruling(Judgement.NO_VERDICT, reason, (Ground.UNDECIDED,))
