"""Whether the memory of this machine suffices for a model, before it is fetched and loaded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backends.checkpoints.architecture import KNOWN_ARCHITECTURES, Architecture
from backends.checkpoints.hub import known_config
from backends.checkpoints.mxfp4 import holds_mxfp4, is_mxfp4, mxfp4_mode
from backends.errors import BackendUnavailable
from backends.memory.fitting import USE_ANOTHER_MACHINE, gigabytes, what_is_missing
from backends.memory.footprint import CUDA_CONTEXT_BYTES, Footprint, footprint
from backends.memory.workload import Workload
from backends.system.device import is_cuda
from backends.system.hardware import Gpu, cuda_device_count, gpus, memory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backends.checkpoints.spec import LocalSpec

#: The least that a model is loaded for: it says whether the machine can hold it at all.
LEAST = Workload(batch_size=1, prompt_tokens=512, new_tokens=64)

#: Bytes of a value, by the name of the number format; all the others have two.
_BYTES = {"float32": 4}


def need_of(
    spec: LocalSpec, config: Mapping[str, Any], workload: Workload, *, kernels: bool | None = None
) -> Footprint | None:
    """Returns what a checkpoint with this `config.json` needs; None where it is not of a gpt-oss model.

    Args:
        spec: how it is loaded.
        config: of the checkpoint.
        workload: what it is loaded for.
        kernels: whether MXFP4 is computed with as it is stored, where that is known better than in advance.
    """
    try:
        architecture = Architecture.from_config(config)
    except ValueError:
        return None
    as_stored = mxfp4_mode(spec).kernels if kernels is None else kernels
    return _need(architecture, workload, quantised=is_mxfp4(config) and as_stored, dtype=dtype_of(spec, config))


def dtype_of(spec: LocalSpec, config: Mapping[str, Any]) -> str:
    """Returns the number format that a checkpoint with this `config.json` is computed in."""
    return spec.dtype if spec.dtype != "auto" else str(config.get("dtype") or config.get("torch_dtype"))


def least_need_of(spec: LocalSpec) -> Footprint | None:
    """Returns what a model needs at least, as far as this machine knows it without asking anybody."""
    config = known_config(spec)
    if config is not None:
        return need_of(spec, config, LEAST)
    architecture = KNOWN_ARCHITECTURES.get(spec.model)
    if architecture is None:
        return None
    return _need(architecture, LEAST, quantised=mxfp4_mode(spec).kernels, dtype=spec.dtype)


def _need(architecture: Architecture, workload: Workload, *, quantised: bool, dtype: str) -> Footprint:
    return footprint(
        architecture,
        quantised=quantised,
        batch_size=workload.batch_size,
        context_tokens=workload.prompt_tokens + workload.new_tokens,
        prompt_tokens=workload.prompt_tokens,
        value_bytes=_BYTES.get(dtype, 2),
    )


def require_free_memory(spec: LocalSpec, need: Footprint | None) -> None:
    """Looks whether what is free now suffices: on the GPUs that the model may use, or in the machine's memory.

    Raises:
        BackendUnavailable: it does not; the message names a remedy.
    """
    if need is None:
        return
    if is_cuda(spec.device, cuda_device_count()):
        found = chosen(spec.device, gpus() or _gpus_of_torch())
        lacking = what_is_missing(spec.model, need, found, in_mxfp4=holds_mxfp4(spec)) if found else None
    else:
        lacking = _lacking_in_main_memory(spec, need)
    if lacking is not None:
        raise BackendUnavailable(lacking)


def require_total_memory(spec: LocalSpec, need: Footprint | None) -> None:
    """Looks whether the GPUs could hold the model if nothing else used them; asks nothing that takes a second.

    Raises:
        BackendUnavailable: they could not; the message names a remedy.
    """
    if need is None or not is_cuda(spec.device, cuda_device_count()):
        return
    empty = [replace(gpu, free_bytes=gpu.total_bytes) for gpu in chosen(spec.device, gpus())]
    lacking = what_is_missing(spec.model, need, empty, in_mxfp4=holds_mxfp4(spec)) if empty else None
    if lacking is not None:
        raise BackendUnavailable(lacking)


def chosen(device: str, found: Sequence[Gpu]) -> list[Gpu]:
    """Returns the GPUs that a model may use on `device`: with `auto` it is spread over all of them."""
    if device == "auto":
        return list(found)
    index = int(device.partition(":")[2] or 0)
    return [gpu for gpu in found if gpu.index == index]


def _gpus_of_torch() -> list[Gpu]:
    """Returns the GPUs as torch sees them: where NVIDIA's management library is missing, it is about to be loaded."""
    import torch  # noqa: PLC0415 - heavy

    found = []
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        capability = torch.cuda.get_device_capability(index)
        name = torch.cuda.get_device_name(index)
        found.append(Gpu(index=index, name=name, total_bytes=total, free_bytes=free, capability=capability))
    return found


def _lacking_in_main_memory(spec: LocalSpec, need: Footprint) -> str | None:
    there = memory()
    if there is None or _on_a_cpu(need) <= there.available_bytes:
        return None
    return (
        f"{spec.model} needs {gigabytes(_on_a_cpu(need))} of memory on a CPU ({8 * need.value_bytes} bits a value, "
        f"batch size {need.batch_size}), and {gigabytes(there.available_bytes)} are available: "
        f"{_remedy(spec, need, there.available_bytes)}."
    )


def _remedy(spec: LocalSpec, need: Footprint, available: int) -> str:
    """Returns the cheapest remedy on a CPU, as text."""
    for size in (need.batch_size // 2, need.batch_size // 4, 1):
        if size and _on_a_cpu(need.otherwise(batch_size=size)) <= available:
            return f"use --local-batch-size {size}"
    if spec.dtype == "float32" and _on_a_cpu(need) // 2 <= available:
        return "use --local-dtype bfloat16"
    return f"end other programs, or {USE_ANOTHER_MACHINE}"


def _on_a_cpu(need: Footprint) -> int:
    return need.total_bytes - CUDA_CONTEXT_BYTES
