"""What a loaded model will be asked to hold at once: the batch, and the longest prompt with its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.renderings.token_counter import token_counter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.checkpoints.spec import LocalSpec
    from backends.prompt import Prompt

#: What gpt-oss's template writes around the messages: about 70 tokens, more where there are tools.
_TEMPLATE_TOKENS = 100

#: English has four or five characters a token; where the tokenizer is not on this machine yet, fewer are assumed.
_FEWEST_CHARACTERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The most that is held at once.

    Attributes:
        batch_size: prompts generated for together.
        prompt_tokens: of the longest prompt.
        new_tokens: of the longest answer that is allowed.
    """

    batch_size: int
    prompt_tokens: int
    new_tokens: int

    @classmethod
    def of(cls, prompts: Sequence[Prompt], batch_size: int, spec: LocalSpec) -> Workload:
        """Returns what answering `prompts` takes."""
        longest = max(prompts, key=characters_of)
        count = token_counter(spec.model, None if spec.is_path else spec.revision) or _estimate
        texts = [message.content or "" for message in longest.messages] + [longest.tools or ""]
        return cls(
            batch_size=min(batch_size, len(prompts)),
            prompt_tokens=sum(map(count, texts)) + _TEMPLATE_TOKENS,
            new_tokens=max(prompt.max_new_tokens for prompt in prompts),
        )

    @classmethod
    def of_reading(cls, prompts: Sequence[Prompt], answers: Sequence[str], spec: LocalSpec) -> Workload:
        """Returns what reading `answers` behind `prompts` takes: all tokens at once, of one answer after the other."""
        asked = cls.of(prompts, 1, spec)
        longest = max(map(_estimate, answers), default=0)
        return cls(batch_size=1, prompt_tokens=asked.prompt_tokens + longest, new_tokens=1)


def characters_of(prompt: Prompt) -> int:
    """Returns how long a prompt is, template apart."""
    return sum(len(message.content or "") for message in prompt.messages) + len(prompt.tools or "")


def _estimate(text: str) -> int:
    return len(text) // _FEWEST_CHARACTERS + 1
