"""A Comparison: two Outcomes for one Example, field by field, and the row that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from backends.completion import text_or_none
from backends.errors import Failure
from backends.evidence import read_local_evidence
from backends.outcome import Outcome, OutcomeKind
from backends.renderings import prompt_drift
from backends.secrets import redact
from reports.rows.similarity import similarity

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    """

    example: ExampleLike
    api: Outcome
    local: Outcome

    @property
    def both_labelled(self) -> bool:
        """True where both sides have a label."""
        return self.api.label is not None and self.local.label is not None

    @property
    def labels_agree(self) -> bool:
        """True where both sides have a label and the labels are equal. Two missing labels are not an agreement."""
        return self.both_labelled and self.api.label == self.local.label

    @property
    def response_similarity(self) -> float:
        """How alike the final answers are; a missing one counts 0."""
        return similarity(_content(self.api), _content(self.local))

    @property
    def reasoning_similarity(self) -> float:
        """How alike the reasonings are; a missing one counts 0."""
        return similarity(_reasoning(self.api), _reasoning(self.local))

    def as_row(self, context: Mapping[str, str]) -> dict[str, Any]:
        """Returns the row of the results, JSON plain data. `context` holds `subject`, `model` and `policy`."""
        sides = _side("api", self.api) | _side("local", self.local)
        row: dict[str, Any] = {
            "text": self.example.user_input,
            "ground_truth": self.example.toxicity,
            "binary_match": self.labels_agree,
            "fine_grain_match": self.labels_agree,
            "response_similarity": self.response_similarity,
            "reasoning_similarity": self.reasoning_similarity,
            "both_parsed": self.api.kind is OutcomeKind.LABEL and self.local.kind is OutcomeKind.LABEL,
            "conv_id": self.example.conv_id,
            "example_id": self.example.example_id,
            # No columns of the results: only the findings ask for these.
            "local_prompt_drift": _prompt_drift(self.local),
            "local_greedy": self.local.prompt is not None and self.local.prompt.sampling.temperature == 0,
        }
        return row | sides | dict(context)


def _prompt_drift(local: Outcome) -> list[str]:
    """Returns the lines in which the prompt that the local model saw is no legitimate rendering."""
    kept = None if local.completion is None else read_local_evidence(local.completion.raw)
    if kept is None or local.prompt is None:
        return []
    return [redact(line) for line in prompt_drift(local.prompt, kept.prompt)]


def _content(outcome: Outcome) -> str | None:
    return None if outcome.completion is None else text_or_none(outcome.completion.content)


def _reasoning(outcome: Outcome) -> str | None:
    return None if outcome.completion is None else text_or_none(outcome.completion.reasoning)


def _side(name: str, outcome: Outcome) -> dict[str, Any]:
    """Returns one side's columns."""
    content, reasoning = _content(outcome), _reasoning(outcome)
    answer = outcome.answer
    failure = answer if isinstance(answer, Failure) else None
    columns: dict[str, Any] = {
        "binary_label": outcome.label,
        "fine_grain_label": None if outcome.label is None else str(int(outcome.label)),
        "parsed_successfully": outcome.kind is OutcomeKind.LABEL,
        "response": content,
        "reasoning": reasoning,
        "response_length": len(content or ""),
        "reasoning_length": len(reasoning or ""),
        "outcome": str(outcome.kind),
        "error": None if failure is None else redact(failure.message),
        "failure": None if failure is None else str(failure.kind),
        "latency_s": answer.latency_s,
        "attempts": answer.attempts,
        "raw": redact(answer.raw) if answer.raw else None,
    }
    completion = outcome.completion
    columns |= {
        "finish_reason": None if completion is None else str(completion.finish_reason),
        "prompt_tokens": None if completion is None else completion.usage.prompt_tokens,
        "completion_tokens": None if completion is None else completion.usage.completion_tokens,
        "cached": completion is not None and completion.cached,
    }
    if name == "api":
        columns["provider"] = None if completion is None else completion.provider
    return {f"{name}_{column}": value for column, value in columns.items()}
