"""Each side agrees with itself under changes that alter nothing it should answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.completion import text_or_none
from reports.rows.similarity import similarity
from reports.rows.variant_scores import VariantScores
from reports.session.statuses import NOISE_PROPERTY, SCORES_PROPERTY, UNSTABLE, ExampleMismatch
from reports.statistics.noise import NoiseMeasurement

if TYPE_CHECKING:
    from backends.outcome import Outcome
    from fixtures.session.run import Run
    from fixtures.subjects.subject import Subject
    from fixtures.subjects.variants import Variant

pytestmark = pytest.mark.noise


def test_same_side_repeats_its_labels(
    subject: Subject, variant: Variant, answers: Run, request: pytest.FixtureRequest
) -> None:
    """A side gives the labels that it gave before, under a change that alters nothing it should answer."""
    pairs = {
        example.example_id: (
            answers.outcome(subject, variant.kind, example),
            answers.varied_outcome(subject, variant, example),
        )
        for example in answers.noise_part(subject)
    }
    measured = _measure(subject, variant, pairs)
    scored = _scores(subject, variant, answers)
    if scored.scorings:
        request.node.user_properties.append((SCORES_PROPERTY, scored.as_json()))
    if not measured.n:
        pytest.skip(f"{variant.change}: no two answers could be had")
    request.node.user_properties.append((NOISE_PROPERTY, measured.as_json()))

    if 1 - measured.labels_differ / measured.n < request.config.getoption("--min-agreement"):
        raise ExampleMismatch(
            UNSTABLE, f"{measured.labels_differ} of {measured.n} labels changed. {measured.describe()}."
        )


def _measure(subject: Subject, variant: Variant, pairs: dict[str, tuple[Outcome, Outcome]]) -> NoiseMeasurement:
    """Returns how far the answers agree; where one of two failed, there is nothing to compare."""
    both = {name: pair for name, pair in pairs.items() if all(one.completion is not None for one in pair)}
    texts = {name: (_texts(before), _texts(after)) for name, (before, after) in both.items()}
    differing = tuple(name for name, (before, after) in texts.items() if before != after)
    alike = [similarity(before[1], after[1]) for before, after in texts.values()]
    return NoiseMeasurement(
        subject=subject.id,
        side=str(variant.kind),
        change=variant.change,
        n=len(both),
        texts_differ=len(differing),
        answers_differ=sum(before[1] != after[1] for before, after in texts.values()),
        labels_differ=sum(before.label != after.label for before, after in both.values()),
        examples=tuple(both),
        differing=differing,
        similarity=sum(alike) / len(alike) if alike else 0.0,
    )


def _scores(subject: Subject, variant: Variant, answers: Run) -> VariantScores:
    """Returns what the local reference says of the changed side's answers."""
    asked = {one.example_id: answers.varied_scoring(subject, variant, one) for one in answers.noise_part(subject)}
    return VariantScores(
        subject=subject.id,
        side=str(variant.kind),
        change=variant.change,
        scorings={name: scoring for name, scoring in asked.items() if scoring is not None},
    )


def _texts(outcome: Outcome) -> tuple[str | None, str | None]:
    completion = outcome.completion
    return (
        (None, None) if completion is None else (text_or_none(completion.reasoning), text_or_none(completion.content))
    )
