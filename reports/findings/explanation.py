"""Which prompt explains the API's answers: behind it, the local model writes what the API wrote.

At temperature 0 the prompt that was answered leaves no margins but near-ties, and any other one leaves many. So what
lengths cannot tell apart tokens can, and whatever lengths are reported.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.renderings import Mistake
from reports.findings.decisive import NONSENSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backends.score import Likelihood, Score

#: A prompt explains answers where it leaves less than this share of the margins that the best right one leaves.
_SHARE = 0.5

#: Two mistakes explain alike where their margins are no further apart than this, in nats: e times as likely a token.
_AS_WELL = 1.0

#: So many answers must be explained better: one is an accident.
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The prompt that explains the API's answers clearly better than the one that the reference is fed.

    Attributes:
        mistakes: in it, the best first, and those that explain as well; none where it is a legitimate form.
        examples: ids of those whose answers were read.
        says: a sentence without a full stop.
    """

    mistakes: tuple[Mistake, ...]
    examples: tuple[str, ...]
    says: str


def explanation_of(scores: Mapping[str, Score]) -> Explanation | None:
    """Returns the prompt that explains the answers; None where none does so clearly better than the reference's own.

    Args:
        scores: of a few answers behind every rendering of their prompts, by the id of the example.
    """
    read = {name: score for name, score in scores.items() if score.likelihoods}
    told = [_best_of_each(score) for score in read.values()]
    common = set.intersection(*map(set, told)) if told else set()
    order = sorted(common, key=lambda key: (sum(one[key].margin_sum for one in told), key))
    wrong = [key for key in order if key.startswith(_WRONG)]
    right = next((key for key in order if not key.startswith(_WRONG)), None)
    if right is None:
        return None
    mistakes = _explaining([[one[key] for one in told] for key in wrong], [one[right] for one in told], wrong)
    if mistakes:
        by_wrong, by_right = ([one[key] for one in told] for key in (wrong[0], right))
        ratio = _sum(by_wrong, "log_probability") - _sum(by_right, "log_probability")
        says = (
            f"a prompt in which {mistakes[0].sentence} explains {len(read)} answers that were read behind every known "
            f"rendering: margins of {_sum(by_wrong, 'margin_sum'):.1f} nats together where the best right prompt "
            f"leaves {_sum(by_right, 'margin_sum'):.1f}, log-likelihood ratio {ratio:.1f}"
        )
        return Explanation(mistakes=mistakes, examples=tuple(read), says=says)
    fed, best = sum(score.margin_sum for score in read.values()), _sum([one[right] for one in told], "margin_sum")
    if not _is_clearly_less(best, fed):
        return None
    says = (
        f"another legitimate form of the prompt leaves margins of {best:.1f} nats where the local reference's leaves "
        f"{fed:.1f}"
    )
    return Explanation(mistakes=(), examples=tuple(read), says=says)


def _explaining(
    wrong: Sequence[Sequence[Likelihood]], right: Sequence[Likelihood], names: Sequence[str]
) -> tuple[Mistake, ...]:
    """Returns the mistakes that explain the answers, the best first and those that do so as well behind it."""
    if not wrong:
        return ()
    best = _sum(wrong[0], "margin_sum")
    better = sum(ours.margin_sum < theirs.margin_sum for ours, theirs in zip(wrong[0], right, strict=True))
    if better < _FEWEST or not _is_clearly_less(best, _sum(right, "margin_sum")):
        return ()
    alike = [name for name, found in zip(names, wrong, strict=True) if _sum(found, "margin_sum") - best < _AS_WELL]
    return tuple(Mistake(name.removeprefix(_WRONG)) for name in alike)


def _sum(found: Sequence[Likelihood], name: str) -> float:
    return float(sum(getattr(one, name) for one in found))


#: How the key of a mistake begins, beside those of legitimate forms.
_WRONG = "mistake "


def _is_clearly_less(own: float, other: float) -> bool:
    return other - own > NONSENSE and own < _SHARE * other


def _best_of_each(score: Score) -> dict[str, Likelihood]:
    """Returns the best reading of an answer behind each mistake, and behind each legitimate form."""
    found: dict[str, Likelihood] = {}
    for one in score.likelihoods:
        key = f"{_WRONG}{one.mistake}" if one.mistake is not None else json.dumps(one.form, sort_keys=True)
        if key not in found or one.margin_sum < found[key].margin_sum:
            found[key] = one
    return found
