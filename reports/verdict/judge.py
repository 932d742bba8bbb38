"""Judges a subject: what the examples say, then what findings, noise and wire checks add."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reports.findings import LEAST_REFERENCE, Evidence, Finding
from reports.statistics.criteria import CRITERIA, CriterionResult, evaluate, fewest_for_confidence
from reports.statistics.disagreements import classify
from reports.statistics.noise import counting
from reports.text import one_line
from reports.verdict.checks_step import weigh
from reports.verdict.findings_step import find_all, reference_drifted, reference_unstable, with_findings
from reports.verdict.judgement import Judgement
from reports.verdict.rendering_step import different_rendering
from reports.verdict.verdict import SubjectVerdict, no_counter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reports.checks.check import Check
    from reports.statistics.noise import NoiseMeasurement


#: Below this many examples a pass is no evidence: a server that flips one label in five passes a sample of 10 in one
#: run of nine.
FEWEST_FOR_A_PASS = 10


#: Below this many examples a single odd answer fails a criterion of 95%, so failing takes an interval that excludes
#: the threshold.
FEWEST_FOR_A_MISS = 20


#: From this many examples on, one odd answer fails none of the criteria at their own thresholds.
FEWEST_FOR_CERTAINTY = 100


#: Outcomes of an answer that is there, and does not do what the policy asks.
_SAID_WITHOUT_LABEL = frozenset({"refused", "unreadable"})


#: Kinds of failure that say something about the connection or about this machine, not about what the endpoint serves.
TRANSPORT_FAILURES = frozenset({"unavailable", "unreachable", "not_asked"})


def judge(
    about: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    thresholds: Mapping[str, float],
    *,
    confident: bool = False,
    lost: int = 0,
    checks: Sequence[Check] = (),
    not_run: int = 0,
    uncollected: Sequence[str] = (),
    noise: Sequence[NoiseMeasurement] = (),
    counter: Callable[[], Callable[[str], int | None] | None] = no_counter,
) -> SubjectVerdict:
    """Returns the verdict on a subject.

    Args:
        about: the subject as plain data; `examples` holds the ids of its whole sample.
        rows: the rows that arrived, in any order.
        thresholds: by criterion name; a missing one stands at the criterion's own.
        confident: True asks the interval's lower end to reach the thresholds. An estimate that does, with a lower end
            that does not, is thin evidence: no verdict.
        lost: conformance tests of the run whose process died under them.
        checks: what came of the subject's wire checks.
        not_run: wire checks of the subject that were selected and never came to an end.
        uncollected: conformance files that could not be collected.
        noise: how far each side agrees with itself.
        counter: brings what counts the tokens of a text.
    """
    counted = counting(noise, days_apart="prompt_days" in about)
    order = {example: position for position, example in enumerate(about["examples"])}
    ordered = tuple(sorted(rows, key=lambda row: order[row["example_id"]]))
    arrived = {row["example_id"] for row in ordered}
    missing = tuple(example for example in order if example not in arrived)
    criteria = _criteria(ordered, thresholds, confident=confident) if ordered else ()
    examples_say = _judge(ordered, missing, criteria, thresholds)
    would_accuse = examples_say[0] is Judgement.DIFFERS
    if would_accuse:
        examples_say = reference_unstable(examples_say, counted, criteria)
    evidence = Evidence(about=about, rows=ordered, checks=checks, noise=counted)
    examples_say = different_rendering(examples_say, evidence, criteria)
    evidence = replace(evidence, accused=examples_say[0] is Judgement.DIFFERS)
    findings: tuple[Finding, ...] = ()
    if not (lost or missing):
        found = find_all(evidence, criteria, unsteady=would_accuse)
        examples_say, evidence, findings = reference_drifted(examples_say, found), found.evidence, found.all
    weighed = weigh(examples_say, ordered, evidence.checks, not_run=not_run, uncollected=uncollected)
    judgement, reason = with_findings(weighed, [one for one in findings if one.side == "api"], evidence)
    if lost:
        judgement, reason = Judgement.NO_VERDICT, f"{_losses(lost)}: run it again."
    return SubjectVerdict(
        about={name: value for name, value in about.items() if name != "examples"},
        judgement=judgement,
        reason=reason,
        criteria=criteria,
        rows=ordered,
        missing=missing,
        findings=findings,
        checks=tuple(checks),
        noise=tuple(noise),
        disagreements=classify(ordered, criteria, findings, counted),
        counter=counter,
    )


def _losses(count: int) -> str:
    if count == 1:
        return "1 test was lost with the process that ran it"
    return f"{count} tests were lost with the processes that ran them"


def _criteria(
    rows: Sequence[Mapping[str, Any]], thresholds: Mapping[str, float], *, confident: bool = False
) -> tuple[CriterionResult, ...]:
    return tuple(
        evaluate(criterion, rows, thresholds.get(criterion.name), confident=confident) for criterion in CRITERIA
    )


def _judge(
    rows: Sequence[Mapping[str, Any]],
    missing: Sequence[str],
    criteria: Sequence[CriterionResult],
    thresholds: Mapping[str, float],
) -> tuple[Judgement, str]:
    if missing:
        total = len(rows) + len(missing)
        return Judgement.NO_VERDICT, f"{len(missing)} of {total} examples have no row, so the run is not complete."
    silence = _silence(rows)
    if silence:
        return Judgement.NO_VERDICT, silence
    failed = [result for result in criteria if result.observed < result.threshold]
    unsure = [result for result in criteria if not result.passed]
    if not failed:
        return _unsure(unsure) if unsure else _passed(rows)
    excuse = _excuse(rows, failed, thresholds)
    if excuse:
        return Judgement.NO_VERDICT, excuse
    return Judgement.DIFFERS, "; ".join(_told(result) for result in failed) + "."


def _passed(rows: Sequence[Mapping[str, Any]]) -> tuple[Judgement, str]:
    if len(rows) < FEWEST_FOR_A_PASS:
        return Judgement.NO_VERDICT, (
            f"All criteria pass, but {len(rows)} examples are too few to tell: ask about at least {FEWEST_FOR_A_PASS}."
        )
    return Judgement.CONFORMS, f"All {len(CRITERIA)} criteria pass."


def _unsure(unsure: Sequence[CriterionResult]) -> tuple[Judgement, str]:
    """Returns why estimates that pass are not confident enough, and how many examples could be."""
    told = "; ".join(
        f"{result.name} is {result.observed:.3f}, but its lower end {result.interval[0]:.3f} is below "
        f"{result.threshold:.3f}"
        for result in unsure
    )
    needed = [fewest_for_confidence(result.threshold) for result in unsure]
    enough = max((number for number in needed if number is not None), default=None)
    advice = f": at least {enough} examples without a fault would do" if enough and None not in needed else ""
    return Judgement.NO_VERDICT, f"Every estimate passes, but confidence was asked for ({told}){advice}."


def _silence(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Returns why there is nothing to compare, where a side never answered or hardly ever could be asked."""
    reasons = []
    for side, name in (("api", "The API side"), ("local", "The local reference")):
        errors = [row for row in rows if row[f"{side}_outcome"] == "error"]
        unheard = [row for row in errors if row[f"{side}_failure"] in TRANSPORT_FAILURES]
        if len(errors) == len(rows) or 2 * len(unheard) > len(rows):
            never = "never answered" if len(errors) == len(rows) else f"left {len(errors)} of {len(rows)} unanswered"
            said = Counter(str(row[f"{side}_error"]) for row in errors).most_common(1)[0][0]
            reasons.append((said.startswith("not asked"), f"{name} {never}: {one_line(said)}"))
    # Where one side was not asked because the other cannot answer, the other one's reason is the one to read.
    own = [reason for vain, reason in reasons if not vain]
    return " ".join(own or [reason for _, reason in reasons]) or None


def _excuse(
    rows: Sequence[Mapping[str, Any]], failed: Sequence[CriterionResult], thresholds: Mapping[str, float]
) -> str | None:
    """Returns why a failed criterion is no evidence against the endpoint, or None where it is."""
    unlabelled = [row for row in rows if not row["local_parsed_successfully"]]
    if len(rows) - len(unlabelled) < LEAST_REFERENCE * len(rows):
        told = f"The local reference itself gave no label on {len(unlabelled)} of {len(rows)} examples"
        mute = sum(1 for row in rows if row["api_outcome"] in _SAID_WITHOUT_LABEL)
        if any(row["local_outcome"] in _SAID_WITHOUT_LABEL for row in unlabelled) and mute:
            told += f", the API on {mute} (the models refuse or ignore the policy on both sides)"
        return f"{told}: the sample or the policy does not suit the model, and nobody is to blame."
    excused = [_excused(row) for row in rows]
    if all(result.passed for result in _criteria(excused, thresholds)):
        unheard = sum(1 for row in rows if row["api_failure"] in TRANSPORT_FAILURES)
        return (
            f"What failed is not the endpoint's: the local reference gave no label on {len(unlabelled)} of {len(rows)} "
            f"examples, and {unheard} requests reached nobody."
        )
    within = all(result.interval[1] >= result.threshold for result in failed)
    single = len(rows) < FEWEST_FOR_CERTAINTY and _odd(excused, failed) <= 1
    if single or (len(rows) < FEWEST_FOR_A_MISS and within):
        return f"With {len(rows)} examples a single odd answer decides: ask about at least {FEWEST_FOR_CERTAINTY}."
    return None


def _excused(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the row as a faultless one where the reference, or the connection, is to blame for what it lacks."""
    if row["local_parsed_successfully"] and row["api_failure"] not in TRANSPORT_FAILURES:
        return row
    good = {"binary_match": True, "response_similarity": 1.0, "api_parsed_successfully": True}
    return {**row, **good, "local_parsed_successfully": True}


def _odd(rows: Sequence[Mapping[str, Any]], failed: Sequence[CriterionResult]) -> int:
    """Returns how many rows contribute less than the threshold to a criterion that failed."""
    asked = {result.name: result.threshold for result in failed}
    checks = [(criterion.value, asked[criterion.name]) for criterion in CRITERIA if criterion.name in asked]
    return sum(1 for row in rows if any(value(row) < least for value, least in checks))


def _told(result: CriterionResult) -> str:
    counted = f" ({result.successes} of {result.n})" if result.successes is not None else f" (n = {result.n})"
    return f"{result.name} is {result.observed:.3f}{counted}, below {result.threshold:.3f}"
