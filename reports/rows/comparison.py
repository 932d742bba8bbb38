"""A Comparison: two Outcomes for one Example, field by field, and the row that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from backends.completion import Usage, text_or_none
from backends.errors import Failure
from backends.evidence import read_local_evidence
from backends.renderings import prompt_drift
from backends.secrets import redact
from reports.rows.row import NO_ANSWER, Row, RowSide, same_outcome
from reports.rows.similarity import similarity

if TYPE_CHECKING:
    from backends.outcome import Outcome
    from backends.score import Scoring


class ExampleLike(Protocol):
    """What a comparison needs of an example."""

    @property
    def example_id(self) -> str:
        """Stable ASCII id."""

    @property
    def conv_id(self) -> str:
        """The data set's id of the conversation."""

    @property
    def user_input(self) -> str:
        """The text."""

    @property
    def toxicity(self) -> int:
        """1 for toxic, 0 for not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two outcomes for one example.

    Attributes:
        example: what was asked about.
        api: the API side's outcome.
        local: the local reference's outcome.
        api_scoring: what the local reference says of the API's answer; None where it was not asked.
    """

    example: ExampleLike
    api: Outcome
    local: Outcome
    api_scoring: Scoring | None = None

    @property
    def both_labelled(self) -> bool:
        """True where both sides have a label."""
        return self.api.label is not None and self.local.label is not None

    @property
    def labels_agree(self) -> bool:
        """True where both sides have a label and the labels are equal. Two missing labels are not an agreement."""
        return self.both_labelled and self.api.label == self.local.label

    @property
    def outcomes_match(self) -> bool:
        """True where both sides come to the same: see `reports.rows.row.same_outcome`."""
        return same_outcome(_side(self.api), _side(self.local))

    @property
    def response_similarity(self) -> float:
        """How alike the final answers are; a missing one counts 0."""
        return similarity(_content(self.api), _content(self.local))

    @property
    def reasoning_similarity(self) -> float:
        """How alike the reasonings are; a missing one counts 0."""
        return similarity(_reasoning(self.api), _reasoning(self.local))

    def as_row(self, *, subject: str, model: str, policy: str) -> Row:
        """Returns the row of the results: of the subject with this id, its model and its policy."""
        return Row(
            subject=subject,
            model=model,
            policy=policy,
            example_id=self.example.example_id,
            conv_id=self.example.conv_id,
            text=self.example.user_input,
            ground_truth=self.example.toxicity,
            api=_side(self.api),
            local=_side(self.local),
            response_similarity=self.response_similarity,
            reasoning_similarity=self.reasoning_similarity,
            local_prompt_drift=_prompt_drift(self.local),
            api_scoring=self.api_scoring,
            local_greedy=self.local.prompt is not None and self.local.prompt.sampling.temperature == 0,
        )


def audited_row(
    example: ExampleLike, api: Outcome, scoring: Scoring | None, *, subject: str, model: str, policy: str
) -> Row:
    """Returns the row of an audit: of an example, what the API made of it, and what the local model says of that."""
    return Row(
        subject=subject,
        model=model,
        policy=policy,
        example_id=example.example_id,
        conv_id=example.conv_id,
        text=example.user_input,
        ground_truth=example.toxicity,
        api=_side(api),
        local=NO_ANSWER,
        response_similarity=0.0,
        reasoning_similarity=0.0,
        api_scoring=scoring,
        audited=True,
    )


def _prompt_drift(local: Outcome) -> tuple[str, ...]:
    """Returns the lines in which the prompt that the local model saw is no legitimate rendering."""
    kept = None if local.completion is None else read_local_evidence(local.completion.raw)
    if kept is None or local.prompt is None:
        return ()
    return tuple(redact(line) for line in prompt_drift(local.prompt, kept.prompt))


def _content(outcome: Outcome) -> str | None:
    return None if outcome.completion is None else text_or_none(outcome.completion.content)


def _reasoning(outcome: Outcome) -> str | None:
    return None if outcome.completion is None else text_or_none(outcome.completion.reasoning)


def _side(outcome: Outcome) -> RowSide:
    """Returns one side of the row, cleared of credentials."""
    answer, completion = outcome.answer, outcome.completion
    failure = answer if isinstance(answer, Failure) else None
    usage = Usage() if completion is None else completion.usage
    return RowSide(
        outcome=outcome.kind,
        label=outcome.label,
        response=_content(outcome),
        reasoning=_reasoning(outcome),
        error=None if failure is None else redact(failure.message),
        failure=None if failure is None else failure.kind,
        finish_reason=None if completion is None else completion.finish_reason,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        latency_s=answer.latency_s,
        attempts=answer.attempts,
        cached=completion is not None and completion.cached,
        provider=None if completion is None else completion.provider,
        raw=redact(answer.raw) if answer.raw else None,
    )
