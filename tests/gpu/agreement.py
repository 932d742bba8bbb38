"""How far two ways to compute the miniature agree."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.checkpoints.spec import LocalSpec
from backends.completion import Answer, Completion
from backends.errors import Failure
from backends.local.backend import LocalBackend
from backends.local.model_cache import LocalModelCache
from backends.outcome import read_outcome
from backends.prompt import make_prompt
from fixtures.policies import load_policy
from fixtures.toxicchat import draw_sample, load_examples

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one way: labels, texts, and how they were made."""

    labels: list[bool | None]
    texts: list[str]
    made: dict[str, Any]

    def differing(self, other: Answers) -> tuple[int, int]:
        """Returns how many texts and how many labels differ from the other way's."""
        texts = sum(ours != theirs for ours, theirs in zip(self.texts, other.texts, strict=True))
        labels = sum(ours != theirs for ours, theirs in zip(self.labels, other.labels, strict=True))
        return texts, labels


def answer(folder: Path, *, device: str, dtype: str, size: int, attention: str | None = None) -> Answers:
    """Lets the checkpoint in `folder` judge the first `size` examples of a sample under the default policy.

    Raises:
        AssertionError: an answer failed; the message is what the run would tell.
    """
    policy = load_policy("toxic_simple")
    examples = draw_sample(load_examples("bundled"), size=size).examples
    asked = [make_prompt(example.user_input, policy.instructions) for example in examples]
    models = LocalModelCache()
    spec = LocalSpec(model=str(folder), is_path=True, dtype=dtype, device=device, attention=attention)
    got: dict[int, Answer] = {}
    try:
        LocalBackend(spec, models=models).answer_all(asked, got.__setitem__, lambda: False)
    finally:
        models.unload()
    failed = [one.message for one in got.values() if isinstance(one, Failure)]
    assert not failed, failed[0]
    raws = [json.loads(one.raw) for _, one in sorted(got.items()) if isinstance(one, Completion)]
    labels = [read_outcome(got[position], policy.read).label for position in range(size)]
    return Answers(labels, [raw["text"] for raw in raws], raws[0]["made"])
