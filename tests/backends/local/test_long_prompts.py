"""A prompt that is far longer than the others costs none of them its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.checkpoints.spec import LocalSpec
from backends.errors import FailureKind
from backends.local.long_prompts import apart, no_room_for
from backends.memory.workload import Workload
from backends.models import MINIATURE
from backends.prompt import make_prompt

if TYPE_CHECKING:
    from collections.abc import Sequence

SPEC = LocalSpec(model=str(MINIATURE), is_path=True, dtype="float32", device="cpu")


@pytest.mark.parametrize(
    ("lengths", "long"),
    [
        ((), []),
        ((100_000,), []),
        ((100, 200, 100_000, 300), [2]),
        ((100, 200, 9_000), []),
        ((50_000, 60_000, 100_000), []),
    ],
)
def test_prompt_is_long_beside_the_others_alone(lengths: Sequence[int], long: list[int]) -> None:
    ordinary = [position for position in range(len(lengths)) if position not in long]
    assert apart(lengths) == (ordinary, long)


def test_prompt_that_memory_does_not_suffice_for_fails_alone() -> None:
    there = no_room_for(SPEC, Workload(batch_size=1, prompt_tokens=400, new_tokens=64))
    lacking = no_room_for(SPEC, Workload(batch_size=1, prompt_tokens=1_000_000, new_tokens=64))

    assert there is None
    assert lacking is not None
    assert lacking.kind is FailureKind.GENERATION
    assert "1000000 tokens" in lacking.message


def test_long_prompt_does_not_count_for_what_the_others_are_loaded_for() -> None:
    prompts = [make_prompt("hello")] * 4
    assert Workload.of(prompts, 16, SPEC).prompt_tokens < 1000
