"""What a failed criterion is worth where the endpoint renders the prompt in another legitimate form.

The date line and the blank line after the policy may be there or not, the date may be another day's, and a model may
answer otherwise by that alone: of 100 balanced examples the miniature labels 6 otherwise without both lines. So texts
are compared only between two sides that render alike; where they do not, what differs accuses nobody, and the verdict
says how to make the reference render as the endpoint does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.outcome import OutcomeKind
from backends.renderings import ANOTHER_DAY, read_form
from reports.findings.prompt_rules import LENGTH
from reports.verdict.judgement import Judgement, Ruling

if TYPE_CHECKING:
    from reports.findings import Evidence
    from reports.verdict.case import Case

#: Criteria that texts of another prompt can fail; `local_parsed` is the reference's own.
_OF_TEXTS = frozenset({"label_agreement", "response_similarity", "api_parsed"})

#: Outcomes of answers that are whole, whatever they say: a prompt's form breaks no answer.
_WHOLE = frozenset({OutcomeKind.LABEL, OutcomeKind.REFUSED, OutcomeKind.UNREADABLE})

#: How the note of a check begins that knows the form of the endpoint's prompts.
FORM = "the prompt is rendered with "


def different_rendering(ruling: Ruling, case: Case) -> Ruling:
    """Returns `no-verdict` where the criteria failed by texts that another legitimate rendering may change."""
    if not ruling.accuses or case.evidence.has_same_lengths or not _by_texts_alone(case):
        return ruling
    form = _form(case.evidence)
    if not _is_another(form):
        return ruling
    return Ruling(
        Judgement.NO_VERDICT,
        f"The endpoint renders the prompt with {form}, which is legitimate and not what the local reference does, and "
        f"that alone may change answers. {ruling.reason} Compare like with like: give {_remedy(form)}.",
    )


def _by_texts_alone(case: Case) -> bool:
    failed = {result.name for result in case.criteria if result.observed < result.threshold}
    return failed <= _OF_TEXTS and all(row.api.outcome in _WHOLE for row in case.evidence.rows)


def _form(evidence: Evidence) -> str:
    """Returns the form of the endpoint's prompts under the policy; empty unless all lengths are legitimate."""
    if not evidence.kept(LENGTH):
        return ""
    kept = [check for check in evidence.checks if check.test == LENGTH and check.case == "policy"]
    return next((check.message.partition(FORM)[2] for check in kept), "")


def _is_another(form: str) -> bool:
    """Returns whether a form is known by name and does anything otherwise than Harmony's template."""
    words, other_day = _parts(form)
    try:
        return bool(form) and (bool(read_form(words)) or other_day)
    except ValueError:  # such as a form that only the reference's own template has
        return False


def _remedy(form: str) -> str:
    words, other_day = _parts(form)
    rendering = f"--local-rendering {words!r}" if read_form(words) else ""
    date = "--prompt-date with the date that it prints" if other_day else ""
    return " and ".join(filter(None, (rendering, date)))


def _parts(form: str) -> tuple[str, bool]:
    """Returns the words of a form that are choices, and whether the endpoint prints another day's date."""
    words = form.removesuffix(f", {ANOTHER_DAY}")
    return words, words != form
