"""What an audit's examples say: the local model has read the API's answers, and gave none of its own.

So nothing is said of whether the two sides agree. An audit passes where the tokens are those of the same model behind
the same prompt and the answers are well-formed, and says what it did not look at. Tokens beyond the floor accuse by the
finding that they make; all else is left open, with what would decide it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from backends.errors import FailureKind
from reports.statistics.criteria import unjudged
from reports.statistics.token_evidence import FEWEST_SCORED, TokenStanding
from reports.text import one_line
from reports.verdict.ceiling_words import describe_criterion
from reports.verdict.examples_step import incomplete, not_confident, silence
from reports.verdict.judgement import Ground, Judgement, Ruling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.rows.row import Row
    from reports.statistics.criteria import CriterionResult
    from reports.statistics.token_evidence import TokenEvidence
    from reports.verdict.case import Case

_WITHOUT_AUDIT = "run without --audit"


def rule_on_audit(case: Case) -> Ruling:
    """Returns what an audit's examples say: the tokens of the answers, and whether these are well-formed."""
    rows, tokens = case.evidence.rows, case.tokens
    if case.missing:
        return incomplete(case)
    if (silent := _model_silent(rows) or silence(rows)) is not None:
        return silent
    if tokens is None or tokens.standing is not TokenStanding.EQUIVALENT:
        return _open(_what_would_tell(case, tokens))
    missed = [one for one in case.criteria if not one.is_reached]
    if missed:
        return _open(_of_form(missed))
    unsure = [one for one in case.criteria if not one.passed]
    return not_confident(unsure) if unsure else _passed(case.criteria, tokens)


def _passed(criteria: Sequence[CriterionResult], tokens: TokenEvidence) -> Ruling:
    judged = " and ".join(result.name for result in criteria)
    return Ruling(
        Judgement.CONFORMS,
        f"In an audit, which compares no answers: {tokens.says}. {judged} passes; {_listed(unjudged(criteria))} were "
        "not looked at.",
        (Ground.SAME_TOKENS, Ground.CRITERIA_PASSED),
    )


def _open(reason: str) -> Ruling:
    return Ruling(Judgement.NO_VERDICT, f"Undecided: {reason}", (Ground.UNDECIDED,))


def _model_silent(rows: Sequence[Row]) -> Ruling | None:
    """Returns why the local model has read nothing, where it could not work: then the API was not asked either."""
    reasons = [row.api_unscored.why for row in rows if row.api_unscored is not None]
    if not rows or any(row.api.failure is not FailureKind.NOT_ASKED for row in rows) or not reasons:
        return None
    return Ruling(Judgement.NO_VERDICT, one_line(reasons[0]), (Ground.REFERENCE_SILENT,))


def _of_form(missed: Sequence[CriterionResult]) -> str:
    told = "; ".join(map(describe_criterion, missed))
    return (
        f"{told}, and an audit does not know how often the model itself ends so. To decide it, {_WITHOUT_AUDIT}: the "
        "reference's own answers tell."
    )


def _what_would_tell(case: Case, tokens: TokenEvidence | None) -> str:
    """Returns why the tokens do not show the same model, and what would decide it."""
    rows = case.evidence.rows
    if tokens is None:
        return f"the local model has read none of the answers{_unread(rows)}. To decide it, {_WITHOUT_AUDIT}."
    if tokens.is_beyond:
        # Nobody is accused of it where another form of the prompt may explain it: then no finding is made of it.
        return (
            f"{tokens.says}, but another legitimate form of the prompt may explain it. To decide it, give the "
            "reference that form with --local-rendering or --prompt-date."
        )
    if tokens.floor is None:
        return (
            f"{tokens.says}. To decide it, take a reference of which a legitimate change can be computed here: another "
            "--local-attention, or a --noise-twin."
        )
    if tokens.scored < FEWEST_SCORED:
        enough = f"ask about more examples: at least {FEWEST_SCORED} answers must be read"
        return (
            f"{tokens.says}; {tokens.scored} of {len(rows)} answers were read{_unread(rows)}. To decide it, {enough}."
        )
    return f"{tokens.says}. To decide it, ask about more examples, or {_WITHOUT_AUDIT}."


def _unread(rows: Sequence[Row]) -> str:
    """Returns in brackets why answers have no score, as far as it is known, with a space before it."""
    reasons = Counter(row.api_unscored.why.rstrip(".") for row in rows if row.api_unscored is not None)
    told = "; ".join(f"{count} times: {one_line(why)}" for why, count in reasons.most_common(2))
    return f" ({told})" if told else ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
