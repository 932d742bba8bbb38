"""What a failed criterion is worth where the endpoint renders the prompt in another legitimate form.

The date line and the blank line after the policy may be there or not, the date may be another day's, and a model may
answer otherwise by that alone: of 100 balanced examples the miniature labels 6 otherwise without both lines. So texts
are compared only between two sides that render alike; where they do not, what differs accuses nobody, and the verdict
says how to make the reference render as the endpoint does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.outcome import OutcomeKind
from reports.checks.check_id import CheckId
from reports.verdict.judgement import Judgement, Ruling

if TYPE_CHECKING:
    from backends.renderings import Form
    from reports.findings import Evidence
    from reports.verdict.case import Case

#: Criteria that texts of another prompt can fail; `local_parsed` is the reference's own.
_OF_TEXTS = frozenset({"label_agreement", "response_similarity", "api_parsed"})

#: Outcomes of answers that are whole, whatever they say: a prompt's form breaks no answer.
_WHOLE = frozenset({OutcomeKind.LABEL, OutcomeKind.REFUSED, OutcomeKind.UNREADABLE})


def different_rendering(ruling: Ruling, case: Case) -> Ruling:
    """Returns `no-verdict` where the criteria failed by texts that another legitimate rendering may change."""
    if not ruling.accuses or case.evidence.has_same_lengths or not _by_texts_alone(case):
        return ruling
    form = _form(case.evidence)
    if form is None or not _is_another(form):
        return ruling
    return Ruling(
        Judgement.NO_VERDICT,
        f"The endpoint renders the prompt with {form.name}, which is legitimate and not what the local reference does, "
        f"and that alone may change answers. {ruling.reason} Compare like with like: give {_remedy(form)}.",
    )


def _by_texts_alone(case: Case) -> bool:
    failed = {result.name for result in case.criteria if result.observed < result.threshold}
    return failed <= _OF_TEXTS and all(row.api.outcome in _WHOLE for row in case.evidence.rows)


def _form(evidence: Evidence) -> Form | None:
    """Returns the form of the endpoint's prompts under the policy; None unless all lengths are legitimate."""
    length = CheckId.PROMPT_LENGTH_LEGITIMATE
    if not evidence.kept(length):
        return None
    under_policy = [check for check in evidence.checks if check.check_id is length and check.case == "policy"]
    return next((check.facts.form for check in under_policy), None)


def _is_another(form: Form) -> bool:
    """Returns whether a reference can be told to render a form, and does not render it anyway."""
    return form.is_made_of_choices and (bool(form.otherwise) or form.another_day)


def _remedy(form: Form) -> str:
    rendering = f"--local-rendering {form.words!r}" if form.otherwise else ""
    date = "--prompt-date with the date that it prints" if form.another_day else ""
    return " and ".join(filter(None, (rendering, date)))
