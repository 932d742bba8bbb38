"""How a criterion that misses its threshold is told: beside its ceiling, and with what would decide it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reports.statistics.ceilings import LEAST_CEILING, MARGIN
from reports.statistics.criteria import CRITERIA, Standing
from reports.statistics.noise import against_itself
from reports.statistics.probability import told_p

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.statistics.ceilings import Ceiling
    from reports.statistics.criteria import CriterionResult

_OF_FORM = {criterion.name: str(criterion.form_of) for criterion in CRITERIA if criterion.form_of is not None}

#: More examples than this are no advice.
_MOST_EXAMPLES = 20_000


def describe_criterion(result: CriterionResult) -> str:
    """Returns a missed criterion with its numbers and its ceiling, as a part of a sentence."""
    told = f"{result.name} is {result.observed:.3f}{_counted(result)}, below {result.threshold:.3f}"
    ceiling = result.ceiling
    if ceiling is None or result.standing is not Standing.BELOW:
        return told
    return f"{told} and below {_what(result, ceiling.observed)} beyond chance ({told_p(ceiling.p_below)})"


def level_with_ceiling(level: Sequence[CriterionResult], reached: int) -> str:
    """Returns the sentence on criteria that pass beside their ceilings, with both numbers."""
    told = "; ".join(_level(result) for result in level)
    others = f"{reached} of {len(CRITERIA)} criteria pass, and " if reached else ""
    sentence = f"{others}{told}."
    return sentence[0].upper() + sentence[1:] if others else sentence


def what_would_decide(undecided: Sequence[CriterionResult], n: int) -> str:
    """Returns, for each criterion that lies between, what was seen and what would decide it; in whole sentences."""
    measured = [
        f"{describe_criterion(one)}{_because(one, one.ceiling)}" for one in undecided if one.ceiling is not None
    ]
    bare = "; ".join(describe_criterion(one) for one in undecided if one.ceiling is None)
    unmeasured = [f"{bare}; how far the same model agrees with itself was not measured."] if bare else []
    return " ".join(unmeasured + measured) + _remedy(undecided, n)


def _level(result: CriterionResult) -> str:
    ceiling = result.ceiling
    if ceiling is None:
        raise ValueError(f"{result.name} stands beside no ceiling")
    if result.name in _OF_FORM:
        return f"{result.name} {result.observed:.3f} is as good as the other side's {ceiling.observed:.3f}"
    numbers = f"{ceiling.observed:.3f}"
    if ceiling.n != result.n:
        numbers = f"on the {ceiling.n} examples that were asked twice {ceiling.beside:.3f} beside {numbers}"
    own = f"; {ceiling.explained} that differ are the same model's, token for token" if ceiling.explained else ""
    return (
        f"{result.name} {result.observed:.3f} is as close to the reference as the reference is to itself "
        f"({numbers}: {against_itself(*ceiling.nearest.split())}{own})"
    )


def _because(result: CriterionResult, ceiling: Ceiling) -> str:
    if result.standing is Standing.BELOW:
        return "."
    where = "" if ceiling.n == result.n else f" on the {ceiling.n} examples that were asked twice"
    average = " on average" if len(ceiling.measured) > 1 else ""
    beside = f"{where} it is {ceiling.beside:.3f} beside {_what(result, ceiling.mean)}{average}"
    if ceiling.mean < LEAST_CEILING:
        return f";{beside}, which is too little to measure anything by."
    low = ", which chance may explain, but" if ceiling.beside < ceiling.mean else ", but"
    return f";{beside}{low} it may lie up to {ceiling.fall:.3f} below, and {MARGIN:.2f} would do."


def _what(result: CriterionResult, ceiling: float) -> str:
    if result.name in _OF_FORM:
        whose = "the local reference's" if _OF_FORM[result.name] == "api" else "the API's"
        return f"{whose} {ceiling:.3f}"
    return f"what the same model reaches beside itself, {ceiling:.3f}"


def _remedy(undecided: Sequence[CriterionResult], n: int) -> str:
    """Returns the sentence on what would decide all of them, with a space before it."""
    if any(result.ceiling is None for result in undecided):
        return (
            " To decide it, measure that: --noise-size, or in a file to be replayed the columns local_again_response "
            "and local_again_reasoning, or those of api_again."
        )
    ceilings = [result.ceiling for result in undecided if result.ceiling is not None]
    if any(ceiling.n < n and result.name not in _OF_FORM for result, ceiling in zip(undecided, ceilings, strict=True)):
        return f" To decide it, measure it on all examples: --noise-size {n}."
    enough = [_enough(ceiling) for ceiling in ceilings]
    if all(number is not None and number <= _MOST_EXAMPLES for number in enough):
        most = max(number for number in enough if number is not None)
        return f" To decide it, ask about more examples: about {most} would do if they go on like this."
    return " More examples of the same kind would hardly decide it: what the tokens show would."


def _enough(ceiling: Ceiling) -> int | None:
    """Returns about how many examples would show that the criterion lies within the margin, or that it does not."""
    mean = ceiling.mean - ceiling.beside
    room = abs(MARGIN - mean)
    spread = ceiling.fall - mean
    if room <= 0 or spread <= 0:
        return None
    number = ceiling.n * (spread / room) ** 2
    return int(10 * math.ceil(number / 10)) if number < 10 * _MOST_EXAMPLES else None


def _counted(result: CriterionResult) -> str:
    return f" ({result.successes} of {result.n})" if result.successes is not None else f" (n = {result.n})"
