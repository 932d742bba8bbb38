"""What a local model is asked to be, and what it is once it is loaded."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.checkpoints.spec import LocalSpec


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model with its tokenizer, ready to generate.

    Attributes:
        spec: what was asked for.
        model: of transformers.
        tokenizer: of transformers.
        load_info: how it was loaded, as plain data for the report: what only the loading could tell.
        effective_overrides: cache inputs of its answers that turned out otherwise than was asked for.
    """

    spec: LocalSpec
    model: Any
    tokenizer: Any
    load_info: Mapping[str, Any] = field(default_factory=dict)
    effective_overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def device(self) -> Any:  # noqa: ANN401 - torch is not imported here
        """The torch device that takes the input."""
        return self.model.device

    def runtime_info(self, *, batch_size: int) -> dict[str, Any]:
        """Returns how an answer was made just now: how the model was loaded, the largest batch, and the GPUs' memory.

        The memory is the most that torch's tensors took at once so far, on the GPU where it was most, in GiB.
        """
        now: dict[str, Any] = dict(self.load_info) | {"batch_size": batch_size}
        if self.load_info.get("gpu") is not None:
            torch = sys.modules["torch"]
            peaks = [torch.cuda.max_memory_allocated(index) for index in range(torch.cuda.device_count())]
            now["peak_memory_gib"] = round(max(peaks) / 2**30, 2)
        return now

    @property
    def stop_ids(self) -> frozenset[int]:
        """The ids of the tokens that end a completion."""
        stop = self.model.generation_config.eos_token_id
        return frozenset([stop] if isinstance(stop, int) else stop or ())
