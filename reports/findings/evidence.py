"""Evidence: what a run has seen of one subject, and the questions that the rules ask of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from backends.no_completion import NoCompletion, why_error
from backends.outcome import ANSWERS
from backends.statuses import NOT_THE_ENDPOINTS, meant_by
from reports.checks.check import CheckOutcome
from reports.checks.check_id import CheckId
from reports.checks.facts import ANY_FACTS, Facts, Unserved
from reports.findings import symptoms
from reports.findings.explanation import Explanation, explanation_of
from reports.statistics.asymmetries import LEAST_SHARE, asymmetries_of
from reports.statistics.token_evidence import TokenStanding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from backends.renderings import Form
    from backends.score import Score
    from reports.checks.check import Check
    from reports.rows.row import Row
    from reports.statistics.asymmetries import Asymmetry
    from reports.statistics.noise import NoiseMeasurement
    from reports.statistics.token_evidence import TokenEvidence
    from reports.subject_info import SubjectInfo

#: A local reference of whose answers fewer than this are well-formed shows nothing about texts.
LEAST_REFERENCE = 0.90

#: So many examples must show a symptom that no wire check confirms: a single odd answer accuses nobody.
FEWEST_ROWS = 2


def no_counter() -> None:
    """Returns None: nobody but the tokenizer's file counts tokens."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a run has seen of one subject.

    Attributes:
        subject: what is under test.
        rows: one an example, in the order of the sample.
        checks: what came of the wire checks.
        noise: how far each side agrees with itself.
        accused: True where the criteria alone make the verdict `differs`.
        shaken: True where the local reference turns its own labels round: what it does unlike shows nothing.
        tokens: what the API's tokens show under the local model; None where nobody looked.
        counter: brings what counts the tokens of a text; None leaves it to the tokenizer's file.
        explanations: a few answers behind every rendering of their prompts, by the id of the example.
        wire_alone: True where no example was asked, so that nothing but checks can show a fault.
    """

    subject: SubjectInfo
    rows: Sequence[Row]
    checks: Sequence[Check]
    noise: Sequence[NoiseMeasurement] = ()
    accused: bool = False
    shaken: bool = False
    tokens: TokenEvidence | None = None
    explanations: Mapping[str, Score] = field(default_factory=dict)
    counter: Callable[[], Callable[[str], int | None] | None] = no_counter
    wire_alone: bool = False

    def broken(self, check_id: CheckId, *, facts: Facts = ANY_FACTS) -> list[Check]:
        """Returns the broken checks of this id whose facts include these.

        A request that was refused, or answered with no completion, shows nothing of what is claimed of answers.
        """
        return [
            check
            for check in self.checks
            if check.outcome is CheckOutcome.BROKEN
            and check.check_id is check_id
            and check.facts.status is None
            and check.facts.unusable is None
            and check.facts.include(facts)
        ]

    def unserved(self, *causes: NoCompletion) -> list[tuple[Check, Unserved]]:
        """Returns the requests of broken checks that got no chat completion for one of these causes, with the check."""
        broken = [check for check in self.checks if check.outcome is CheckOutcome.BROKEN and not _has_own_name(check)]
        told = [(check, one) for check in broken for one in _unserved_of(check)]
        # Where nothing was ever answered, nobody was heard who could be accused but a guard, which says so itself.
        heard = self.rows or any(check.outcome is CheckOutcome.KEPT for check in self.checks)
        return [(check, one) for check, one in told if one.why in causes and (heard or one.why is NoCompletion.GUARD)]

    def kept(self, check_id: CheckId, case: str | None = None) -> bool:
        """True where at least one check of this id was kept, and none was broken."""
        of_id = [check for check in self.checks if check.check_id is check_id and case in (None, check.case)]
        outcomes = [check.outcome for check in of_id]
        return CheckOutcome.KEPT in outcomes and CheckOutcome.BROKEN not in outcomes

    def rows_with(self, symptom: Callable[[Row], bool]) -> list[Row]:
        """Returns the rows that show a symptom."""
        return [row for row in self.rows if symptom(row)]

    def rows_holding(self, symptom: Callable[[str], bool]) -> list[Row]:
        """Returns the rows of which the API's answer shows a symptom, and the local one does not.

        None in an audit: nobody knows then whether the model itself writes so.
        """
        if self.subject.audit:
            return []
        return [
            row
            for row in self.rows
            if row.api.response and symptom(row.api.response) and not symptom(row.local.response or "")
        ]

    @cached_property
    def has_reference(self) -> bool:
        """True where nearly all answers of the local reference are well-formed: else its texts say nothing."""
        whole = sum(1 for row in self.rows if row.local.is_well_formed)
        return bool(self.rows) and whole >= LEAST_REFERENCE * len(self.rows)

    @cached_property
    def asymmetries(self) -> tuple[Asymmetry, ...]:
        """What the sides do unlike beyond chance, where both are asked the same; else nothing.

        A legitimate form of the prompt, or another date in it, is not the same: it may change answers one way. So may
        a number format, which rounds ties towards one of their words: where the tokens are those of the same model,
        what texts are like accuses nobody.
        """
        alike = self.has_same_prompts and not self.shaken
        found = asymmetries_of(self.rows, self.noise) if alike else ()
        return tuple(one for one in found if not (one.of_text and self.has_read_texts))

    @cached_property
    def has_read_texts(self) -> bool:
        """True where the same model wrote all of the API's answers but too few to make an asymmetry."""
        unread = sum(1 for row in self.rows if row.api_score is None and row.api.outcome in ANSWERS)
        same = self.tokens is not None and self.tokens.shows_the_same_model
        return same and unread < LEAST_SHARE * len(self.rows)

    @cached_property
    def compared(self) -> list[Row]:
        """Rows in which both sides gave a text."""
        return self.rows_with(symptoms.can_be_compared)

    @cached_property
    def with_other_text(self) -> list[Row]:
        """Rows in which both sides gave a text, another one each."""
        return self.rows_with(symptoms.has_other_text)

    @property
    def share_of_other_texts(self) -> float:
        """The share of compared rows whose texts differ, 0 to 1; 0 where none was compared."""
        return len(self.with_other_text) / len(self.compared) if self.compared else 0.0

    @cached_property
    def with_other_length(self) -> list[Row]:
        """Rows whose prompt has another length than the reference's, legitimately or not."""
        counted = [row for row in self.rows if row.api.prompt_tokens and row.local.prompt_tokens]
        return [row for row in counted if row.api.prompt_tokens != row.local.prompt_tokens]

    @property
    def has_same_prompts(self) -> bool:
        """True unless most prompts are rendered otherwise than the reference's: then texts may differ by that alone.

        Another date is another prompt too, unless it was measured how many texts that alters. So is one of the same
        length, where the lengths leave open whether it has the reference's form.
        """
        if self.subject.prompt_days is not None and all(measured.change != "day" for measured in self.noise):
            return False
        return self.has_same_lengths and not self.other_forms

    @property
    def has_same_lengths(self) -> bool:
        """True unless most prompts have another length than the reference's."""
        return 2 * len(self.with_other_length) <= len(self.rows)

    @cached_property
    def possible_forms(self) -> tuple[Form, ...]:
        """The forms in which the endpoint may render the prompts about examples; none unless all lengths are right."""
        length = CheckId.PROMPT_LENGTH_LEGITIMATE
        if not self.kept(length):
            return ()
        under_policy = [check for check in self.checks if check.check_id is length and check.case == "policy"]
        return next((check.facts.forms or () for check in under_policy), ())

    @cached_property
    def other_forms(self) -> tuple[Form, ...]:
        """Those of the possible forms that a reference can be told to render, and that this one does not."""
        return tuple(form for form in self.possible_forms if form.is_made_of_choices and not self._is_fed(form))

    def _is_fed(self, form: Form) -> bool:
        return not form.another_day and form.takes_choices_of(self.subject.local.otherwise)

    @property
    def has_tokens(self) -> bool:
        """True where the API's tokens decide: what texts say letter by letter then counts no more."""
        return self.tokens is not None and self.tokens.standing is not TokenStanding.UNDECIDED

    @property
    def has_other_tokens(self) -> bool:
        """True where no legitimate computation of the same model behind the same prompt writes the API's tokens."""
        beyond = self.tokens is not None and self.tokens.is_beyond
        # Where a few answers were read behind every form, no other one is open any more.
        settled = bool(self.explanations) or not self.other_forms
        return beyond and settled and not self.is_of_another_form

    @cached_property
    def explanation(self) -> Explanation | None:
        """Which prompt explains the API's answers; None where nobody asked, or none does so clearly better."""
        return explanation_of(self.explanations)

    @property
    def is_of_another_form(self) -> bool:
        """True where another legitimate form than the reference's explains the answers."""
        return self.explanation is not None and self.explanation.mistakes == ()

    @cached_property
    def with_decisive_token(self) -> list[Row]:
        """Rows whose API answer holds a token beyond the floor's greatest margin, the widest first."""
        found = {} if self.tokens is None else self.tokens.decisive
        rows = [row for row in self.rows if row.example_id in found and row.api_score is not None]
        return sorted(rows, key=lambda row: -(row.api_score.greatest_margin if row.api_score else 0.0))

    @property
    def providers(self) -> frozenset[str]:
        """Who answered."""
        return frozenset(row.api.provider for row in self.rows if row.api.provider)


def _has_own_name(check: Check) -> bool:
    """Returns whether what a check got in the place of an answer is told under a name of its own."""
    return check.facts.refused_form is not None or check.check_id is CheckId.UNKNOWN_EFFORT_SURVIVED


def _unserved_of(check: Check) -> tuple[Unserved, ...]:
    """Returns the requests of a check that got no chat completion: those it lists, or the one that was not taken."""
    facts = check.facts
    if facts.unserved is not None:
        return facts.unserved
    name = next(iter(check.evidence), "")
    if facts.status is not None and meant_by(facts.status) not in NOT_THE_ENDPOINTS:
        said = facts.said or ""
        return (Unserved(exchange=name, why=why_error(facts.status, said), status=facts.status, said=said),)
    return ()
