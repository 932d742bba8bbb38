"""The API's answers, read by the local model: what an audit looks at in the place of the local side's own answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.example_assertions import assert_likely

if TYPE_CHECKING:
    from reports.rows.row import Row

pytestmark = pytest.mark.audit


def test_answer_is_what_the_local_model_holds_for_likely(audited: Row) -> None:
    """The local model, reading the API's answer, holds no other token for a thousand times likelier than one in it."""
    assert_likely(got=audited.api_scoring, example_id=audited.example_id)
