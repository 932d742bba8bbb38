"""Each side's answers are Harmony, read without a remainder, and do what the policy asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.example_assertions import assert_labelled

if TYPE_CHECKING:
    from backends.completion import InferenceBackend
    from backends.outcome import Outcome
    from fixtures.toxicchat import Example


def test_answer_is_well_formed_and_labelled(outcome: Outcome, backend: InferenceBackend, example: Example) -> None:
    """The answer holds a final channel without markup, and in it the label that the policy asks for."""
    assert_labelled(got=outcome, example_id=example.example_id, side=str(backend))
