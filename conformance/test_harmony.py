"""Each side's answers are Harmony, read without a remainder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.example_assertions import assert_well_formed

if TYPE_CHECKING:
    from backends.completion import InferenceBackend
    from backends.outcome import Outcome
    from fixtures.toxicchat import Example


def test_answer_is_well_formed(outcome: Outcome, backend: InferenceBackend, example: Example) -> None:
    """The answer holds a final channel without markup, and ends by itself."""
    assert_well_formed(got=outcome, example_id=example.example_id, side=str(backend))
