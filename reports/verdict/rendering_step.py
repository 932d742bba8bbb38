"""What a failed criterion is worth where the endpoint renders the prompt in another legitimate form.

The date line and the blank line after the policy may be there or not, the date may be another day's, and a model may
answer otherwise by that alone: of 100 balanced examples the miniature labels 6 otherwise without both lines. So texts
are compared only between two sides that render alike; where they do not, what differs accuses nobody, and the verdict
says how to make the reference render as the endpoint does. Where the lengths leave several forms open, the reference
may be fed another one than the endpoint's, and the same holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.outcome import ANSWERS
from reports.verdict.judgement import Ground, Judgement, Ruling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.renderings import Form
    from reports.findings import Evidence
    from reports.subject_info import SideInfo
    from reports.verdict.case import Case

#: Criteria that texts of another prompt can fail; `local_parsed` is the reference's own.
_OF_TEXTS = frozenset({"label_agreement", "response_similarity", "api_parsed"})


def different_rendering(ruling: Ruling, case: Case) -> Ruling:
    """Returns `no-verdict` where the criteria failed by texts that another legitimate rendering may change."""
    others = case.evidence.other_forms
    missed = ruling.accuses or Ground.UNDECIDED in ruling.grounds
    if not missed or not others or not _by_texts_alone(case):
        return ruling
    remedy = _remedy(others, case.evidence.subject.local)
    return Ruling(
        Judgement.NO_VERDICT,
        f"{_told(case.evidence)} {ruling.reason} Compare like with like: {remedy}.",
        (Ground.DIFFERENT_RENDERING, *ruling.grounds),
    )


def _by_texts_alone(case: Case) -> bool:
    failed = {result.name for result in case.criteria if not result.is_reached}
    # A prompt's form breaks no answer.
    return failed <= _OF_TEXTS and all(row.api.outcome in ANSWERS for row in case.evidence.rows)


def _told(evidence: Evidence) -> str:
    """Returns a sentence about the form of the endpoint's prompts, as far as it is known."""
    names = ", or with ".join(form.name for form in evidence.possible_forms)
    if len(evidence.possible_forms) == 1:
        return (
            f"The endpoint renders the prompt with {names}, which is legitimate and not what the local reference does, "
            "and that alone may change answers."
        )
    return (
        f"The endpoint renders the prompt with {names}: all of them are legitimate and equally long, the local "
        "reference is fed another one than some of them, and that alone may change answers."
    )


def _remedy(others: Sequence[Form], local: SideInfo) -> str:
    """Returns how to make the reference render as the endpoint does."""
    fed = local.otherwise
    options = [f"--local-rendering {form.words!r}" for form in others if not form.takes_choices_of(fed)]
    rendering = ", or ".join(dict.fromkeys(options))
    dated = any(form.another_day for form in others)
    date = "--prompt-date with the date that it prints" if dated else ""
    given = " and ".join(filter(None, (rendering, date)))
    return f"record the reference again with {given}" if local.is_recorded else f"give {given}"
