"""The LOCAL side: the same model in transformers, in this process.

Token ids come from the chat template, decoding is greedy at temperature 0, and the text is decoded with its special
tokens and read by `backends.harmony`: nothing between the model and the answer belongs to a server.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from backends.checkpoints.mxfp4 import mxfp4_mode
from backends.clock import today
from backends.completion import Answer, InferenceBackend
from backends.errors import BackendUnavailable, Failure, FailureKind
from backends.local.batching import answer_in_batches
from backends.local.loading import library_versions, require_local_libraries
from backends.local.long_prompts import apart, no_room_for
from backends.local.model_cache import LOCAL_MODELS, LocalModelCache
from backends.memory.requirement import least_need_of, require_total_memory
from backends.memory.workload import Workload, characters_of
from backends.renderings import FixedDateTokenizer
from backends.system.device import is_cuda, require_device
from backends.system.hardware import cuda_device_count, gpus
from backends.system.versions import installed_version

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from backends.checkpoints.spec import LocalSpec
    from backends.local.loaded_model import LoadedModel
    from backends.prompt import Prompt

#: Prompts that are generated for together. Larger batches wait longer for their longest answer.
DEFAULT_BATCH_SIZE = 16


class FollowedForm(Protocol):
    """The form of somebody else's prompts, which may not be known yet."""

    @property
    def known(self) -> tuple[str, ...]:
        """What is done otherwise than the chat template does it, as far as it is known by now."""

    def settle(self) -> tuple[str, ...]:
        """Returns the same once it is known, waiting for it, and the same ever after."""


@dataclass(slots=True)
class LocalBackend:
    """Answers with a model in this process.

    Attributes:
        spec: what to load.
        batch_size: prompts generated for together.
        models: where the loaded model is held.
        day: the day that the chat template prints; None for today. Answers to be compared with recorded ones need
            the recorded prompt.
        follows: whose form the prompts are fed in; None for that of `spec`.
    """

    spec: LocalSpec
    batch_size: int = DEFAULT_BATCH_SIZE
    models: LocalModelCache = field(default_factory=lambda: LOCAL_MODELS)
    day: dt.date | None = None
    follows: FollowedForm | None = field(default=None, repr=False, compare=False)
    kind: InferenceBackend = InferenceBackend.LOCAL
    cacheable: bool = True
    resumable: bool = True
    _lasting: dict[str, Any] | None = field(default=None, init=False, repr=False, compare=False)

    def check(self) -> None:
        """Looks for the libraries and, where the model goes to a GPU, for one that could hold it."""
        count = cuda_device_count()
        require_local_libraries(cuda=is_cuda(self.spec.device, count))
        if self.spec.needs_gpu and count == 0:
            raise BackendUnavailable(
                f"{self.spec.model} needs a CUDA device and this machine has none: "
                "run on a GPU machine, or leave it out with -m 'not gpu'."
            )
        if self.spec.needs_gpu and not is_cuda(self.spec.device, count):
            raise BackendUnavailable(f"{self.spec.model} needs a CUDA device: name it with --model to run it on a CPU.")
        require_device(self.spec.device, count)
        if is_cuda(self.spec.device, count):
            require_total_memory(self.spec, least_need_of(self.spec))

    def cache_inputs(self, prompt: Prompt) -> dict[str, Any]:
        """The model and how it is loaded and fed, the GPUs, the libraries' versions, the prompt, and the day.

        The batch rounds otherwise than one prompt alone, and templates print the day.
        """
        if self._lasting is None:  # asking the driver takes milliseconds, and there are many prompts
            self._lasting = {
                "backend": str(self.kind),
                "spec": asdict(self.spec) | {"device": self._device, "form": self._settled_form},
                "batch_size": self.batch_size,
                "mxfp4": mxfp4_mode(self.spec).name,
                "gpu": self._gpu_names,
                "versions": library_versions() | self._gpu_versions,
            }
        return self._lasting | {"day": (self.day or today()).isoformat(), "prompt": prompt.as_dict()}

    @property
    def _settled_form(self) -> tuple[str, ...]:
        return self.spec.form if self.follows is None else self.follows.settle()

    @property
    def _device(self) -> str:
        """Where the model runs: `auto` means another thing on another machine, and a cache may be shared."""
        if self.spec.device != "auto":
            return self.spec.device
        return "cuda" if is_cuda("auto", cuda_device_count()) else "cpu"

    @property
    def _gpu_names(self) -> list[str]:
        """The GPUs that the model may run on: another one rounds otherwise."""
        if not self._device.startswith("cuda"):
            return []
        own = None if self.spec.device == "auto" else int(self._device.partition(":")[2] or 0)
        return [gpu.name for gpu in gpus() if own in (None, gpu.index)]

    @property
    def _gpu_versions(self) -> dict[str, str | None]:
        if not self._device.startswith("cuda"):
            return {}
        return {name: installed_version(name) for name in ("kernels", "triton")}

    def describe(self) -> dict[str, Any]:
        """The model as it was asked for, and the libraries' versions; what only its loading tells is in the answers."""
        dated = {} if self.day is None else {"day": self.day.isoformat()}
        form = self.spec.form if self.follows is None else self.follows.known
        return {
            "model": self.spec.model,
            "revision": self.spec.revision,
            "dtype": self.spec.dtype,
            "attention": self.spec.attention,
            "device": self._device,
            "batch_size": self.batch_size,
            **({"rendering": ", ".join(form)} if form else {}),
            **dated,
            **library_versions(),
            "accelerate": installed_version("accelerate"),
            **self._gpu_versions,
        }

    def answer_all(
        self, prompts: Sequence[Prompt], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        """Generates batch by batch, prompts of similar length together; where memory runs out, in smaller ones.

        Prompts that are far longer than the others come last, each alone.
        """
        if not prompts:
            return
        ordinary, long = apart([characters_of(prompt) for prompt in prompts])
        usual = [prompts[position] for position in ordinary]
        try:
            size = min(self.batch_size, self.models.largest_batch.get(self.spec, self.batch_size))
            with self.models.use(self.spec, Workload.of(usual, size, self.spec)) as loaded:
                fed = self.feed(loaded)
                limit = answer_in_batches(
                    fed, usual, size, lambda at, one: deliver(ordinary[at], one), stopped, asked=self.batch_size
                )
                if limit < size:
                    self.models.largest_batch[self.spec] = limit
                for position in long:
                    self._answer_long(fed, prompts[position], partial(deliver, position), stopped)
        except BackendUnavailable as error:
            for position in range(len(prompts)):
                deliver(position, Failure(kind=FailureKind.UNAVAILABLE, message=str(error)))

    def _answer_long(
        self, fed: LoadedModel, prompt: Prompt, deliver: Callable[[Answer], None], stopped: Callable[[], bool]
    ) -> None:
        if stopped():
            return
        lacking = no_room_for(self.spec, Workload.of([prompt], 1, self.spec))
        if lacking is not None:
            deliver(lacking)
        else:
            answer_in_batches(fed, [prompt], 1, lambda _, one: deliver(one), stopped)

    def feed(self, loaded: LoadedModel) -> LoadedModel:
        """Returns the loaded model as it is fed: in the form and on the day of this reference's prompts."""
        return _fed(_dated(loaded, self.day), self._settled_form)


def _dated(loaded: LoadedModel, day: dt.date | None) -> LoadedModel:
    return loaded if day is None else replace(loaded, tokenizer=FixedDateTokenizer(loaded.tokenizer, day))


def _fed(loaded: LoadedModel, form: tuple[str, ...]) -> LoadedModel:
    """Returns the same model, fed in another form: it need not be loaded anew."""
    return loaded if loaded.spec.form == form else replace(loaded, spec=replace(loaded.spec, form=form))
