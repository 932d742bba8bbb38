"""Each side agrees with itself under changes that alter nothing it should answer.

In an audit the local reference answers nothing: changed, it reads what the API answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.errors import Failure, FailureKind
from reports.rows.comparison import Comparison
from reports.rows.variant_scores import VariantScores
from reports.session.statuses import NOISE_PROPERTY, SCORES_PROPERTY, UNSTABLE, ExampleMismatch
from reports.statistics.noise import NoiseMeasurement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.session.run import Run
    from fixtures.subjects.subject import Subject
    from fixtures.subjects.variants import Variant

pytestmark = pytest.mark.noise


def test_same_side_repeats_its_outcomes(
    subject: Subject, variant: Variant, answers: Run, request: pytest.FixtureRequest
) -> None:
    """A side comes to what it came to before, under a change that alters nothing it should answer."""
    seen = [
        Comparison(
            example=example,
            api=answers.outcome(subject, variant.kind, example),
            local=answers.varied_outcome(subject, variant, example),
        )
        for example in answers.noise_examples(subject, variant)
    ]
    # Where one of two failed, there is nothing to compare.
    there = [one for one in seen if one.api.completion is not None and one.local.completion is not None]
    rows = [one.as_row(subject=subject.id, model=subject.model, policy=subject.policy) for one in there]
    measured = NoiseMeasurement.of(subject.id, str(variant.kind), variant.change, rows, _failures(seen))
    scored = _scores(subject, variant, answers)
    if scored.scorings or scored.readings:
        request.node.user_properties.append((SCORES_PROPERTY, scored.as_json()))
    if not measured.n:
        pytest.skip(f"{variant.change}: no two answers could be had")
    request.node.user_properties.append((NOISE_PROPERTY, measured.as_json()))

    alike = sum(measured.values["label_agreement"])
    if alike / measured.n < request.config.getoption("--min-agreement"):
        odd = measured.n - round(alike)
        raise ExampleMismatch(UNSTABLE, f"{odd} of {measured.n} outcomes changed. {measured.describe()}.")


def test_changed_reference_reads_the_apis_answers(
    subject: Subject, reader: Variant, answers: Run, request: pytest.FixtureRequest
) -> None:
    """The local reference, changed in a way that alters nothing it should answer, reads the API's answers."""
    scored = _scores(subject, reader, answers)
    if not scored.read:
        pytest.skip(f"{reader.change}: no answer could be read")
    request.node.user_properties.append((SCORES_PROPERTY, scored.as_json()))


def _failures(seen: Sequence[Comparison]) -> dict[str, int]:
    """Returns how often of two times the side itself failed, by the ids of the examples on which it did."""
    counts = {one.example.example_id: _times_failed(one) for one in seen}
    return {name: count for name, count in counts.items() if count}


def _times_failed(one: Comparison) -> int:
    answers = (one.api.answer, one.local.answer)
    return sum(isinstance(answer, Failure) and answer.kind is FailureKind.SERVER for answer in answers)


def _scores(subject: Subject, variant: Variant, answers: Run) -> VariantScores:
    """Returns what the reference says of the changed side's answers, and the changed reference of the API's."""
    asked = {one.example_id: answers.varied_scoring(subject, variant, one) for one in answers.noise_part(subject)}
    read = {one.example_id: answers.varied_reading(subject, variant, one) for one in subject.sample.examples}
    return VariantScores(
        subject=subject.id,
        side=str(variant.kind),
        change=variant.change,
        scorings={name: scoring for name, scoring in asked.items() if scoring is not None},
        readings={name: scoring for name, scoring in read.items() if scoring is not None},
        explained=answers.explanations(subject) if any(read.values()) else {},
    )
