"""A backend that answers from a function, remembers what it was asked, and never leaves this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backends.completion import Answer, Completion, InferenceBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backends.errors import BackendError
    from backends.prompt import Prompt


def text_of(prompt: Prompt) -> str:
    return str(prompt.messages[-1].content)


def repeat(prompt: Prompt) -> Answer:
    return Completion(content=text_of(prompt))


@dataclass(slots=True)
class ScriptedBackend:
    """Answers one prompt after the other.

    Attributes:
        kind: which side it plays.
        reply: makes an answer; what it raises ends `answer_all`.
        problem: what `check` raises.
        key: part of the cache_inputs.
        asked: texts in the order in which they were asked.
    """

    kind: InferenceBackend = InferenceBackend.API
    reply: Callable[[Prompt], Answer] = repeat
    problem: BackendError | None = None
    cacheable: bool = True
    resumable: bool = True
    key: str = "scripted"
    asked: list[str] = field(default_factory=list)

    def check(self) -> None:
        if self.problem is not None:
            raise self.problem

    def cache_inputs(self, prompt: Prompt) -> dict[str, Any]:
        return {"backend": str(self.kind), "key": self.key, "prompt": prompt.as_dict()}

    def describe(self) -> dict[str, Any]:
        return {}

    def answer_all(
        self, prompts: Sequence[Prompt], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        for position, prompt in enumerate(prompts):
            if stopped():
                return
            self.asked.append(text_of(prompt))
            deliver(position, self.reply(prompt))
