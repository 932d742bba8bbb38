"""The parser against the reference. `HARMONY_DIFFERENTIAL_EXAMPLES=100000` makes the generated run longer."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from backends.harmony import Role
from tests.backends.harmony.cases import IDS, TEXTS
from tests.backends.harmony.reference import read_ours, read_reference
from tests.backends.harmony.strategies import hostile_texts, roles
from tests.backends.harmony.vocabulary import load_encoding

EXAMPLES = int(os.environ.get("HARMONY_DIFFERENTIAL_EXAMPLES", "2500"))


@pytest.fixture(autouse=True)
def _vocabulary() -> None:
    load_encoding()


@pytest.mark.parametrize(("text", "role"), TEXTS, ids=IDS)
def test_hand_written_text_is_read_as_the_reference_reads_it(text: str, role: Role | None) -> None:
    assert read_ours(text, role) == read_reference(text, role)


@pytest.mark.slow
@pytest.mark.timeout(0)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=hostile_texts(surrogates=False), role=roles)
def test_generated_text_is_read_as_the_reference_reads_it(text: str, role: Role | None) -> None:
    assert read_ours(text, role) == read_reference(text, role)


def test_long_text_is_read_as_the_reference_reads_it() -> None:
    prose = "The quick brown fox \u65e5\u672c\u8a9e \U0001f98a <b> " * 1000
    text = f"<|channel|>analysis<|message|>{prose}<|end|><|start|>assistant<|channel|>final<|message|>{prose}<|return|>"

    assert read_ours(text, Role.ASSISTANT) == read_reference(text, Role.ASSISTANT)
