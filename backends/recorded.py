"""A backend that plays back answers given earlier: no network, no model, no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.errors import Failure, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from backends.completion import Answer, InferenceBackend
    from backends.prompt import Prompt


@dataclass(frozen=True, slots=True)
class RecordedBackend:
    """Gives the answers it holds.

    Attributes:
        kind: whose answers these are.
        answers: under the digest of a prompt, its answers in the order of recording; a sample may hold the same text
            twice.
        source: where the answers came from, for the report.
    """

    kind: InferenceBackend
    answers: Mapping[str, Sequence[Answer]]
    source: str
    cacheable: bool = False

    def check(self) -> None:
        """Always returns: what was recorded is there."""

    def determinants(self, prompt: Prompt) -> dict[str, Any]:
        """The source and the prompt."""
        return {"backend": str(self.kind), "recorded": self.source, "prompt": prompt.as_dict()}

    def describe(self) -> dict[str, Any]:
        """The source."""
        return {"recorded": self.source}

    def answer_all(
        self, prompts: Sequence[Prompt], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        """Delivers what was recorded, at once."""
        missing = Failure(kind=FailureKind.UNUSABLE, message=f"{self.source} holds no answer to this prompt")
        left = {digest: iter(recorded) for digest, recorded in self.answers.items()}
        for position, prompt in enumerate(prompts):
            if stopped():
                return
            deliver(position, next(left.get(prompt.digest, iter(())), missing))
