"""A Reader: passages are read with a loaded model, in batches that memory suffices for; what fails is told."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backends.local.halving import OutOfMemory, work_in_halves
from backends.local.reading import (
    NOTHING_SHARED,
    Passage,
    SharedBeginning,
    TokenReading,
    batches_of,
    read,
    read_beginning,
)
from backends.score import NothingToScore, Unscored
from backends.secrets import redact
from backends.system.out_of_memory import is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backends.local.loaded_model import LoadedModel


@dataclass(slots=True)
class Reader:
    """Reads passages with a loaded model, in batches that memory suffices for.

    Attributes:
        loaded: the model.
        size: the most passages of a batch; it falls where memory runs out.
        stopped: once it is true, nothing more is read.
        beginning: what all prompts begin with.
    """

    loaded: LoadedModel
    size: int
    stopped: Callable[[], bool]
    beginning: SharedBeginning = NOTHING_SHARED

    def share(self, passages: Sequence[Passage], known: SharedBeginning = NOTHING_SHARED) -> Reader:
        """Returns a reader of these passages, whose prompts' common beginning it has read.

        Args:
            passages: to be read.
            known: what is read already of this beginning.
        """
        try:
            return replace(self, beginning=read_beginning(self.loaded, passages, known))
        except Exception as error:
            if is_out_of_memory(error):
                return replace(self, beginning=known)
            raise

    def read(self, passages: Sequence[Passage]) -> list[list[TokenReading] | Unscored | None]:
        """Returns what the model held of each passage's tokens, or why not; None where it was stopped before."""
        got: list[list[TokenReading] | Unscored | None] = [None] * len(passages)

        def work(positions: Sequence[int], _: int) -> None:
            for position, readings in zip(positions, self._read([passages[one] for one in positions]), strict=True):
                got[position] = readings

        def give_up(position: int, said: str) -> None:
            got[position] = Unscored(kind=NothingToScore.NO_MEMORY, why=f"The memory does not suffice: {said}")

        self.size = work_in_halves(batches_of(self.loaded, passages, self.size), self.size, work, give_up, self.stopped)
        return got

    def _read(self, passages: Sequence[Passage]) -> list[list[TokenReading] | Unscored]:
        try:
            return [_finite(readings) for readings in read(self.loaded, passages, self.beginning)]
        except Exception as error:  # noqa: BLE001 - torch and transformers raise without a common base
            told = redact(f"{type(error).__name__}: {error}").partition("\n")[0]
            if is_out_of_memory(error):
                raise OutOfMemory(told) from None
        return [Unscored(kind=NothingToScore.MODEL_FAILED, why=f"The local model failed: {told}")] * len(passages)


def _finite(readings: list[TokenReading]) -> list[TokenReading] | Unscored:
    if all(math.isfinite(one.log_probability) and math.isfinite(one.margin) for one in readings):
        return readings
    return Unscored(kind=NothingToScore.MODEL_FAILED, why="The local model gives numbers that are not finite.")
