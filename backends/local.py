"""The LOCAL side: the same model in transformers, in this process.

Token ids come from the chat template, decoding is greedy at temperature 0, and the text is decoded with its special
tokens and read by `backends.harmony`: nothing between the model and the answer belongs to a server.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from backends.batches import answer_in_batches
from backends.completion import Answer, InferenceBackend
from backends.device import is_cuda, require_device
from backends.errors import BackendUnavailable, Failure, FailureKind
from backends.local_model import (
    LOCAL_MODELS,
    LocalModelCache,
    LocalSpec,
    library_versions,
    require_local_libraries,
)
from backends.machine import cuda_device_count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backends.prompt import Prompt

#: Prompts that are generated for together. Larger batches wait longer for their longest answer.
DEFAULT_BATCH_SIZE = 16


@dataclass(slots=True)
class LocalBackend:
    """Answers with a model in this process.

    Attributes:
        spec: what to load.
        batch_size: prompts generated for together.
        models: where the loaded model is held.
    """

    spec: LocalSpec
    batch_size: int = DEFAULT_BATCH_SIZE
    models: LocalModelCache = field(default_factory=lambda: LOCAL_MODELS)
    kind: InferenceBackend = InferenceBackend.LOCAL
    cacheable: bool = True

    def check(self) -> None:
        """Looks for the libraries and, where the model needs one, for a CUDA device."""
        require_local_libraries()
        count = cuda_device_count()
        if self.spec.needs_gpu and count == 0:
            raise BackendUnavailable(
                f"{self.spec.model} needs a CUDA device and this machine has none: "
                "run on a GPU machine, or leave it out with -m 'not gpu'."
            )
        if self.spec.needs_gpu and not is_cuda(self.spec.device, count):
            raise BackendUnavailable(f"{self.spec.model} needs a CUDA device: name it with --model to run it on a CPU.")
        require_device(self.spec.device, count)

    def determinants(self, prompt: Prompt) -> dict[str, Any]:
        """The model and how it is loaded and fed, the libraries' versions, the prompt, and the day.

        The batch rounds otherwise than one prompt alone, and templates print the day.
        """
        return {
            "backend": str(self.kind),
            "spec": asdict(self.spec) | {"device": self._device},
            "batch_size": self.batch_size,
            "versions": library_versions(),
            "day": dt.datetime.now().astimezone().date().isoformat(),
            "prompt": prompt.as_dict(),
        }

    @property
    def _device(self) -> str:
        """Where the model runs: `auto` means another thing on another machine, and a cache may be shared."""
        if self.spec.device != "auto":
            return self.spec.device
        return "cuda" if is_cuda("auto", cuda_device_count()) else "cpu"

    def describe(self) -> dict[str, Any]:
        """The model, how it is loaded, and the libraries' versions."""
        return {
            "model": self.spec.model,
            "revision": self.spec.revision,
            "dtype": self.spec.dtype,
            "attention": self.spec.attention,
            "device": self._device,
            "batch_size": self.batch_size,
        } | library_versions()

    def answer_all(
        self, prompts: Sequence[Prompt], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        """Generates batch by batch, prompts of similar length together; where memory runs out, in smaller ones."""
        try:
            with self.models.use(self.spec) as loaded:
                size = min(self.batch_size, self.models.largest_batch.get(self.spec, self.batch_size))
                limit = answer_in_batches(loaded, prompts, size, deliver, stopped, asked=self.batch_size)
                if limit < size:
                    self.models.largest_batch[self.spec] = limit
        except BackendUnavailable as error:
            for position in range(len(prompts)):
                deliver(position, Failure(kind=FailureKind.UNAVAILABLE, message=str(error)))
