"""Loads a model with transformers: its files are found, looked at and fetched first, and what came of it is told."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from backends.checkpoints.fetch_errors import explain
from backends.checkpoints.hub import find_checkpoint, find_config
from backends.checkpoints.mxfp4 import Mxfp4Mode, is_mxfp4, mxfp4_mode
from backends.errors import BackendUnavailable
from backends.installation import install_command
from backends.local.attention import SINK_AS_KEY, register_attention
from backends.local.load_info import describe_loading
from backends.local.loaded_model import LoadedModel
from backends.memory.requirement import LEAST, need_of, require_free_memory
from backends.system.device import is_cuda
from backends.system.hardware import cuda_device_count
from backends.system.lazy_import import import_transformers
from backends.system.out_of_memory import is_out_of_memory, release_memory
from backends.system.versions import installed_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.checkpoints.checkpoint import Checkpoint
    from backends.checkpoints.spec import LocalSpec
    from backends.memory.workload import Workload

#: The first transformers release whose `from_pretrained` calls the number format `dtype`; earlier ones call it
#: `torch_dtype`.
_DTYPE_RENAMED_IN = (4, 56)

#: Models with fewer parameters run faster on one thread. Measured with the miniature, 2 million parameters, on two
#: cores that other processes use too: 4 ms of CPU time a token on one thread, 80 ms on two.
_SMALL_MODEL = 50_000_000


def load_model(spec: LocalSpec, workload: Workload | None = None) -> LoadedModel:
    """Loads `spec` with transformers; from the Hub, where its files are not in the local cache.

    Args:
        spec: what to load.
        workload: what the model will be asked to hold; memory for the least use is looked for if it is left out.

    Raises:
        BackendUnavailable: a library is missing, the checkpoint cannot be found, fetched or read, or it does not fit;
            the message says what to do.
    """
    require_local_libraries(cuda=is_cuda(spec.device, cuda_device_count()))
    transformers = import_transformers()
    if spec.attention == SINK_AS_KEY:
        register_attention()
    _require_memory(spec, find_config(spec), workload)
    checkpoint = find_checkpoint(spec)
    checkpoint.require_whole()
    mode = _mode_of(spec, checkpoint)
    _forget_peaks()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint.folder)
        model, mode = _load_with_fallback(spec, checkpoint, mode, workload, transformers)
    except Exception as error:
        raise explain(error, spec.model, spec.revision) from error
    tokenizer.padding_side = "left"
    _choose_threads(model)
    load_info, effective_overrides = describe_loading(model, spec, checkpoint, mode)
    return LoadedModel(spec, model.eval(), tokenizer, load_info, effective_overrides)


def require_local_libraries(*, cuda: bool = False) -> None:
    """Raises BackendUnavailable, saying what to type, unless the libraries are installed; imports none of them.

    Args:
        cuda: True where the model goes to a GPU, which takes accelerate.
    """
    names = ("torch", "transformers", "accelerate") if cuda else ("torch", "transformers")
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise BackendUnavailable(f"The local reference needs {' and '.join(missing)}: {install_command('local')}.")


def library_versions() -> dict[str, str | None]:
    """Returns the versions that shape a local answer, without importing anything; None for what is not installed."""
    return {name: installed_version(name) for name in ("transformers", "torch", "tokenizers")}


def _require_memory(
    spec: LocalSpec, config: Mapping[str, Any], workload: Workload | None, *, kernels: bool | None = None
) -> None:
    require_free_memory(spec, need_of(spec, config, workload or LEAST, kernels=kernels))


def _mode_of(spec: LocalSpec, checkpoint: Checkpoint) -> Mxfp4Mode | None:
    """Returns how the checkpoint's MXFP4 is computed with, as transformers itself decides; None where it holds none."""
    if not is_mxfp4(checkpoint.config):
        return None
    mode = mxfp4_mode(spec)
    if not mode.kernels:
        return mode
    from transformers import Mxfp4Config  # noqa: PLC0415 - heavy
    from transformers.quantizers import AutoHfQuantizer  # noqa: PLC0415 - as above

    try:
        quantizer = AutoHfQuantizer.from_config(Mxfp4Config(), pre_quantized=True)
        quantizer.validate_environment(device_map="auto")
    except ImportError as error:
        return Mxfp4Mode(kernels=False, why=str(error))
    if quantizer.quantization_config.dequantize:
        return Mxfp4Mode(kernels=False, why="transformers does not take this GPU, triton or kernels version")
    return mode


def _load_with_fallback(
    spec: LocalSpec,
    checkpoint: Checkpoint,
    mode: Mxfp4Mode | None,
    workload: Workload | None,
    transformers: Any,  # noqa: ANN401 - not typed
) -> tuple[Any, Mxfp4Mode | None]:
    """Returns the model, and how it is computed with: kernels that cannot be had make it a dequantised one."""
    said = ""
    if mode is not None and mode.kernels:
        try:
            return _load(spec, checkpoint, mode, transformers), mode
        except Exception as error:  # the kernels come from the Hub, and raise whatever hinders them
            if is_out_of_memory(error):
                raise
            said = str(explain(error, spec.model, spec.revision))
        release_memory()
        mode = Mxfp4Mode(kernels=False, why=f"the kernels cannot be had: {said}")
    if mode is not None and not mode.kernels and mxfp4_mode(spec).kernels:
        _require_memory(spec, checkpoint.config, workload, kernels=False)
    return _load(spec, checkpoint, mode, transformers), mode


def _load(spec: LocalSpec, checkpoint: Checkpoint, mode: Mxfp4Mode | None, transformers: Any) -> Any:  # noqa: ANN401 - not typed
    options = _loading_options(spec, transformers.__version__)
    if mode is not None and not mode.kernels:
        skipped = checkpoint.config["quantization_config"].get("modules_to_not_convert")
        options["quantization_config"] = transformers.Mxfp4Config(dequantize=True, modules_to_not_convert=skipped)
    model = transformers.AutoModelForCausalLM.from_pretrained(checkpoint.folder, **options)
    if mode is not None and not mode.kernels and model.dtype != _expert_dtype(model):
        model = model.to(model.dtype)  # before 5.1 transformers dequantises to bfloat16, whatever the rest is
    return model.to(spec.device) if "device_map" not in options and spec.device != "auto" else model


def _forget_peaks() -> None:
    """Lets the GPUs' largest use of memory be counted from here on: an earlier model's is not this one's."""
    import torch  # noqa: PLC0415 - heavy

    for index in range(torch.cuda.device_count()):
        torch.cuda.reset_peak_memory_stats(index)


def _expert_dtype(model: Any) -> Any:  # noqa: ANN401 - as above
    return model.model.layers[0].mlp.experts.down_proj.dtype


def _loading_options(spec: LocalSpec, version: str) -> dict[str, Any]:
    release = tuple(int(part) for part in version.split(".")[:2])
    options: dict[str, Any] = {"dtype" if release >= _DTYPE_RENAMED_IN else "torch_dtype": spec.dtype}
    if spec.attention is not None:
        options["attn_implementation"] = spec.attention
    if is_cuda(spec.device, cuda_device_count()):
        # Straight to the GPU: kernels lay the weights out for the device on which they are loaded.
        options["device_map"] = "auto" if spec.device == "auto" else {"": spec.device}
    return options


def _choose_threads(model: Any) -> None:  # noqa: ANN401 - transformers is not typed
    """Lets a small model on a CPU run on one thread: its matrices are smaller than the cost of sharing them."""
    import torch  # noqa: PLC0415 - as in load_model

    if model.device.type == "cpu" and model.num_parameters() < _SMALL_MODEL:
        torch.set_num_threads(1)
