"""Both sides, asked the same, answer the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.example_assertions import assert_same_outcome, assert_similar

if TYPE_CHECKING:
    from reports.rows.comparison import Comparison


@pytest.mark.both_sides
def test_final_answer_matches_local(comparison: Comparison, pytestconfig: pytest.Config) -> None:
    """The API's final answer comes to what the local reference's does, in nearly the same words."""
    assert_same_outcome(got=comparison)
    assert_similar(got=comparison, least=pytestconfig.getoption("--min-similarity"))
