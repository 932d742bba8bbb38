"""Loads a model into this process, one at a time."""

from __future__ import annotations

import importlib.util
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backends.attention import SINK_AS_KEY, register_attention
from backends.errors import BackendUnavailable
from backends.libraries import import_transformers
from backends.machine import cuda_device_count
from backends.out_of_memory import release_memory
from backends.secrets import access_token, redact
from backends.versions import installed_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: The first transformers release whose `from_pretrained` calls the number format `dtype`; earlier ones call it
#: `torch_dtype`.
_DTYPE_RENAMED_IN = (4, 56)

#: Models with fewer parameters run faster on one thread. Measured with the miniature, 2 million parameters, on two
#: cores that other processes use too: 4 ms of CPU time a token on one thread, 80 ms on two.
_SMALL_MODEL = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSpec:
    """What to load, and how.

    Attributes:
        model: Hub id or absolute path.
        revision: of the Hub repository; for a path, the digest that stands in cache keys.
        is_path: True where `model` is a folder.
        dtype: a torch dtype's name, or `auto` for the checkpoint's own.
        attention: an attention implementation of transformers, or `SINK_AS_KEY`; None leaves the choice to
            transformers.
        device: `cpu`, `cuda`, `cuda:1`, or `auto`.
        needs_gpu: True where running on a CPU makes no sense.
    """

    model: str
    revision: str = "main"
    is_path: bool = False
    dtype: str = "auto"
    attention: str | None = None
    device: str = "auto"
    needs_gpu: bool = False


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model with its tokenizer, ready to generate.

    Attributes:
        spec: what was asked for.
        model: of transformers.
        tokenizer: of transformers.
        made: how it was loaded, as plain data for the report: what only the loading could tell.
        otherwise: determinants of its answers that turned out otherwise than was asked for.
    """

    spec: LocalSpec
    model: Any
    tokenizer: Any
    made: Mapping[str, Any] = field(default_factory=dict)
    otherwise: Mapping[str, Any] = field(default_factory=dict)

    @property
    def device(self) -> Any:  # noqa: ANN401 - torch is not imported here
        """The torch device that takes the input."""
        return self.model.device

    def made_now(self, *, batch_size: int) -> dict[str, Any]:
        """Returns how an answer was made just now: how the model was loaded, the largest batch, and the GPUs' memory.

        The memory is the most that torch's tensors took at once so far, on the GPU where it was most, in GiB.
        """
        now: dict[str, Any] = dict(self.made) | {"batch_size": batch_size}
        if self.made.get("gpu") is not None:
            torch = sys.modules["torch"]
            peaks = [torch.cuda.max_memory_allocated(index) for index in range(torch.cuda.device_count())]
            now["peak_memory_gib"] = round(max(peaks) / 2**30, 2)
        return now

    @property
    def stop_ids(self) -> frozenset[int]:
        """The ids of the tokens that end a completion."""
        stop = self.model.generation_config.eos_token_id
        return frozenset([stop] if isinstance(stop, int) else stop or ())


class LocalModelCache:
    """Holds one loaded model per process.

    Asking for another one unloads the first. A model in use cannot be unloaded: `use` holds the lock for as long as
    the caller works with it, so threads that ask for different models take turns.

    Attributes:
        loads: how many models were loaded.
        largest_batch: of a model for which memory ran out, the most prompts of a batch ever since.
    """

    def __init__(self, load: Callable[[LocalSpec], LoadedModel] | None = None) -> None:
        self._load = load or load_model
        self._lock = threading.RLock()
        self._held: LoadedModel | None = None
        self.loads = 0
        self.largest_batch: dict[LocalSpec, int] = {}

    @contextmanager
    def use(self, spec: LocalSpec) -> Iterator[LoadedModel]:
        """Yields the model that `spec` names, loading it if it is not the one held.

        Raises:
            BackendUnavailable: it cannot be loaded; the message says why and what to do.
        """
        with self._lock:
            if self._held is None or self._held.spec != spec:
                self.unload()
                self._held = self._load(spec)
                self.loads += 1
            yield self._held

    def unload(self) -> None:
        """Lets the held model go and returns its memory, on the GPU too."""
        with self._lock:
            if self._held is None:
                return
            self._held = None
            release_memory()


def load_model(spec: LocalSpec) -> LoadedModel:
    """Loads `spec` with transformers.

    Raises:
        BackendUnavailable: transformers is missing, or the checkpoint cannot be found or read.
    """
    require_local_libraries()
    transformers = import_transformers()
    if spec.attention == SINK_AS_KEY:
        register_attention()

    where = {} if spec.is_path else {"revision": spec.revision, "token": access_token()}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(spec.model, **where)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            spec.model, **where, **_loading_options(spec, transformers.__version__)
        )
        if spec.device != "auto":
            model = model.to(spec.device)
    except Exception as error:
        raise BackendUnavailable(f"The local model {spec.model} cannot be loaded: {_first_line(error)}") from error
    tokenizer.padding_side = "left"
    _choose_threads(model)
    return LoadedModel(spec, model.eval(), tokenizer)


def require_local_libraries() -> None:
    """Raises BackendUnavailable, saying what to type, unless torch and transformers are installed; imports neither."""
    missing = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    if missing:
        raise BackendUnavailable(
            f"The local reference needs {' and '.join(missing)}: pip install 'harmony-conformance[local]'."
        )


def library_versions() -> dict[str, str | None]:
    """Returns the versions that shape a local answer, without importing anything; None for what is not installed."""
    return {name: installed_version(name) for name in ("transformers", "torch", "tokenizers")}


def _loading_options(spec: LocalSpec, version: str) -> dict[str, Any]:
    release = tuple(int(part) for part in version.split(".")[:2])
    options: dict[str, Any] = {"dtype" if release >= _DTYPE_RENAMED_IN else "torch_dtype": spec.dtype}
    if spec.attention is not None:
        options["attn_implementation"] = spec.attention
    if spec.device == "auto" and cuda_device_count():
        options["device_map"] = "auto"
    return options


def _choose_threads(model: Any) -> None:  # noqa: ANN401 - transformers is not typed
    """Lets a small model on a CPU run on one thread: its matrices are smaller than the cost of sharing them."""
    import torch  # noqa: PLC0415 - as in load_model

    if model.device.type == "cpu" and model.num_parameters() < _SMALL_MODEL:
        torch.set_num_threads(1)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return redact(lines[0] if lines else type(error).__name__)


#: The cache of this process.
LOCAL_MODELS = LocalModelCache()
