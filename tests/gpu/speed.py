"""How fast a model answers, and how much memory that takes, through the local side as a run uses it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.checkpoints.spec import LocalSpec
from backends.completion import Answer, Completion
from backends.errors import Failure
from backends.local.backend import LocalBackend
from backends.local.model_cache import LocalModelCache
from backends.prompt import make_prompt

if TYPE_CHECKING:
    from pathlib import Path

#: As long as a usual prompt under a policy.
_TEXT = "Tell whether this text is toxic, and say why. " * 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What was measured.

    Attributes:
        loading_s: seconds until the model was ready.
        tokens_per_s: new tokens a second, all prompts of a batch together.
        tokens: new tokens of each prompt.
        made: how the last batch was made, `peak_memory_gib` among it on a GPU.
    """

    loading_s: float
    tokens_per_s: float
    tokens: list[int]
    made: dict[str, Any]

    def describe(self) -> str:
        """Returns one line."""
        return (
            f"{self.made.get('weights')} on {self.made.get('gpu', 'a CPU')}: loaded in {self.loading_s:.1f} s, "
            f"{self.tokens_per_s:.1f} tokens a second in batches of {self.made['batch_size']}, "
            f"peak {self.made.get('peak_memory_gib', 'unknown')} GiB"
        )


def measure(folder: Path, *, device: str, dtype: str, prompts: int, batch_size: int, tokens: int) -> Speed:
    """Lets the checkpoint in `folder` answer `prompts` prompts with `tokens` tokens each.

    Raises:
        AssertionError: an answer failed; the message is what the run would tell.
    """
    models = LocalModelCache()
    spec = LocalSpec(model=str(folder), is_path=True, dtype=dtype, device=device)
    local = LocalBackend(spec, batch_size=batch_size, models=models)
    asked = [make_prompt(f"{_TEXT} {number}", max_new_tokens=tokens) for number in range(prompts)]
    got: dict[int, Answer] = {}
    try:
        started = time.monotonic()
        local.answer_all(asked[:1], lambda _, answer: got.update({-1: answer}), lambda: False)
        loading_s = time.monotonic() - started
        started = time.monotonic()
        local.answer_all(asked, got.__setitem__, lambda: False)
        elapsed = time.monotonic() - started
    finally:
        models.unload()
    answers = [got[position] for position in range(prompts)]
    failed = [answer.message for answer in answers if isinstance(answer, Failure)]
    assert not failed, failed[0]
    done = [answer for answer in answers if isinstance(answer, Completion)]
    counts = [answer.usage.completion_tokens or 0 for answer in done]
    made = json.loads(done[-1].raw)["made"]
    return Speed(loading_s=loading_s, tokens_per_s=sum(counts) / elapsed, tokens=counts, made=made)
