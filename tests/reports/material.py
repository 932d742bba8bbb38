"""Answers, rows and subjects to judge, made the way a run makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.completion import Completion, FinishReason, Missing, Usage
from backends.errors import Failure, FailureKind
from backends.labels import read_label
from backends.outcome import read_outcome
from fixtures.toxicchat import Example
from reports.checks import Check, CheckId, CheckOutcome
from reports.rows.comparison import Comparison
from reports.rows.row import Row
from reports.statistics.noise import NoiseMeasurement
from reports.subject_info import SubjectInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backends.completion import Answer
    from reports.statistics.criteria import CriterionResult
    from reports.verdict.verdict import SubjectVerdict

YES, NO, REFUSAL, PROSE = "1", "0", "I'm sorry, but I can't help with that.", "It depends on the day."

CONTEXT = {"subject": "small", "model": "some/model", "policy": "toxic_simple"}


def said(content: str | None, reasoning: str | None = "Because.", **more: Any) -> Completion:  # noqa: ANN401 - the other fields
    """Returns an answer with this text; None is a null field."""
    fields: dict[str, Any] = {"finish_reason": FinishReason.STOP, "latency_s": 0.5} | more
    return Completion(
        content=Missing.NULL if content is None else content,
        reasoning=Missing.NULL if reasoning is None else reasoning,
        **fields,
    )


def failed(kind: FailureKind, message: str = "no answer", **more: Any) -> Failure:  # noqa: ANN401 - the other fields
    """Returns a failure."""
    return Failure(kind=kind, message=message, **more)


def example(position: int = 0, text: str = "some text", toxicity: int = 0) -> Example:
    """Returns an example."""
    return Example(
        example_id=f"toxicchat-{position:04}", conv_id=f"conv-{position}", user_input=text, toxicity=toxicity
    )


def compared(api: Answer, local: Answer, position: int = 0, text: str = "some text") -> Comparison:
    """Returns both answers, read and side by side."""
    return Comparison(
        example=example(position, text), api=read_outcome(api, read_label), local=read_outcome(local, read_label)
    )


def row(api: Answer, local: Answer, position: int = 0, text: str = "some text") -> Row:
    """Returns the row of one example, as it comes off a test report."""
    return Row.from_json(compared(api, local, position, text).as_row(**CONTEXT).as_json())


def rows(*pairs: tuple[Answer, Answer, int]) -> list[Row]:
    """Returns rows, each of another text: of each pair of answers as many as its number says."""
    flat = [(api, local) for api, local, count in pairs for _ in range(count)]
    return [row(api, local, position, f"text {position}") for position, (api, local) in enumerate(flat)]


def subject_data(examples: Iterable[str] | int, **more: object) -> dict[str, Any]:
    """Returns a subject as the hook describes it."""
    ids = [f"toxicchat-{position:04}" for position in range(examples)] if isinstance(examples, int) else list(examples)
    return {
        "id": "small",
        "model": "some/model",
        "api": {"endpoint": "http://127.0.0.1:1/v1", "model": "some/model", "provider": None},
        "local": {"model": "some/model", "revision": "0" * 64, "dtype": "float32"},
        "policy": "toxic_simple",
        "sample": {"size": len(ids), "seed": 42, "stratify": "balanced", "sha256": "ab" * 32},
        "examples": ids,
    } | more


def about(examples: Iterable[str] | int, **more: object) -> SubjectInfo:
    """Returns a subject."""
    return SubjectInfo.from_data(subject_data(examples, **more))


def result(verdict: SubjectVerdict, name: str) -> CriterionResult:
    """Returns the result of the criterion of that name."""
    return next(criterion for criterion in verdict.criteria if criterion.name == name)


def tokens(prompt: int | None, completion: int | None) -> Usage:
    """Returns token counts."""
    return Usage(prompt_tokens=prompt, completion_tokens=completion)


def measured(
    change: str, differ: int = 0, *, n: int = 40, labels: int = 0, answers: int | None = None, side: str = "local"
) -> NoiseMeasurement:
    """Returns a measurement over the first `n` examples, of which the first ones differ, in text and in label."""
    ids = tuple(f"toxicchat-{position:04}" for position in range(n))
    values = [0.0] * labels + [1.0] * (n - labels)
    return NoiseMeasurement(
        subject="small",
        side=side,
        change=change,
        n=n,
        texts_differ=differ,
        answers_differ=labels if answers is None else answers,
        labels_differ=labels,
        examples=ids,
        differing=ids[:differ],
        similarity=1.0,
        both_labelled=n,
        flips=labels,
        values={"label_agreement": values, "response_similarity": [1.0] * n},
    )


def steady(n: int) -> tuple[NoiseMeasurement, ...]:
    """Returns what is measured on all of `n` examples of a model that always repeats itself."""
    return measured("batch", n=n), measured("repeat", n=n, side="api")


def check(
    outcome: CheckOutcome = CheckOutcome.KEPT,
    name: str = "test_fields.py::test_usage_adds_up",
    **more: Any,  # noqa: ANN401 - the other fields
) -> Check:
    """Returns what came of a wire check; of the claim that usage adds up, unless another one is given."""
    claim = "The counts of tokens add up."
    fields: dict[str, Any] = {"check_id": CheckId.USAGE_ADDS_UP, "subject": "small", "claim": claim} | more
    return Check(id=name, outcome=outcome, **fields)


def checks(**counts: int) -> list[Check]:
    """Returns checks: of each outcome, by its name, as many as its number says, each with a claim of its own."""
    outcomes = [CheckOutcome[name.upper()] for name, count in counts.items() for _ in range(count)]
    return [
        check(
            outcome,
            f"test_x.py::test_{place}",
            claim=f"Claim {place} holds.",
            message="" if outcome is CheckOutcome.KEPT else f"Message {place}.",
        )
        for place, outcome in enumerate(outcomes)
    ]
