"""Whether a model fits on the GPUs of this machine, and what to do where it does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backends.checkpoints.kernels import MXFP4_CAPABILITY, install_command, kernel_requirements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.memory.footprint import Footprint
    from backends.system.hardware import Gpu

#: What to do on a machine that will never do.
USE_ANOTHER_MACHINE = (
    "play back a recording that was made on a GPU machine with --local-from reference.rec, or run on such a machine"
)


def fits(need: Footprint, gpus: Sequence[Gpu]) -> bool:
    """Tells whether the free memory of the GPUs is enough, where `device_map` may spread whole layers over them.

    Every GPU needs the headroom; the first also holds the input embedding, and the last the output embedding.
    """
    usable = [gpu.free_bytes - need.headroom_bytes for gpu in gpus]
    if any(room >= need.weights_bytes + need.cache_bytes for room in usable):
        return True
    usable = [room for room in usable if room > 0]
    if not usable:
        return False
    embedding = need.architecture.embedding_parameters * need.value_bytes
    ends = embedding if need.architecture.tied else 2 * embedding
    usable[0] -= embedding
    usable[-1] -= ends - embedding
    layer = (need.weights_bytes - ends + need.cache_bytes) / need.architecture.layers
    return sum(max(0, int(room / layer)) for room in usable) >= need.architecture.layers


def largest_batch(need: Footprint, gpus: Sequence[Gpu]) -> int:
    """Returns the largest batch size up to the one asked for with which the model fits; 0 where none does."""
    low, high = 0, need.batch_size
    while low < high:
        middle = (low + high + 1) // 2
        if fits(need.otherwise(batch_size=middle), gpus):
            low = middle
        else:
            high = middle - 1
    return low


def what_is_missing(model: str, need: Footprint, gpus: Sequence[Gpu], *, in_mxfp4: bool = True) -> str | None:
    """Returns the sentences that say what the GPUs lack and what to do about it, or None where the model fits.

    Args:
        model: its name, for the message.
        need: its footprint, as it would be loaded.
        gpus: those that it may use.
        in_mxfp4: True where the checkpoint is stored in MXFP4; another one cannot be kept in it.
    """
    if fits(need, gpus):
        return None
    if not gpus:
        return f"{model} needs {_described(need)}, and this machine has no GPU: {USE_ANOTHER_MACHINE}."
    remedy = cheapest_remedy(need, gpus, in_mxfp4=in_mxfp4)
    return f"{model} needs {_described(need)}, and free are {_free(gpus)}: {_described_remedy(remedy, need)}."


def gigabytes(size: int) -> str:
    """Returns a size in decimal gigabytes, as model cards give it."""
    return f"{size / 1e9:.1f} GB"


def _described(need: Footprint) -> str:
    form = "MXFP4" if need.quantised else {2: "16 bits a value", 4: "32 bits a value"}.get(need.value_bytes, "no MXFP4")
    return (
        f"{gigabytes(need.total_bytes)} of GPU memory ({form}, batch size {need.batch_size}: weights "
        f"{gigabytes(need.weights_bytes)}, cache {gigabytes(need.cache_bytes)}, "
        f"headroom {gigabytes(need.headroom_bytes)})"
    )


def _free(gpus: Sequence[Gpu]) -> str:
    return " and ".join(f"{gigabytes(gpu.free_bytes)} on cuda:{gpu.index} ({gpu.name})" for gpu in gpus)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """The cheapest way to make a model fit.

    Attributes:
        kernels: True where its weights must stay in MXFP4.
        emptied: True where other programs on the GPUs must end.
        batch_size: the largest that then fits; 0 where none does, and other GPUs are needed.
        least_bytes: that a single other GPU needs to have free.
    """

    kernels: bool = False
    emptied: bool = False
    batch_size: int = 0
    least_bytes: int = 0


def cheapest_remedy(need: Footprint, gpus: Sequence[Gpu], *, in_mxfp4: bool = True) -> Remedy:
    """Returns the cheapest remedy for a model that does not fit.

    Args:
        need: its footprint, as it would be loaded.
        gpus: those that it may use.
        in_mxfp4: True where the checkpoint is stored in MXFP4.
    """
    emptied = [replace(gpu, free_bytes=gpu.total_bytes) for gpu in gpus]
    kernels = in_mxfp4 and not need.quantised and all(gpu.capability >= MXFP4_CAPABILITY for gpu in gpus)
    stored = need.otherwise(quantised=True) if kernels else need
    if batch := largest_batch(need, gpus):
        return Remedy(batch_size=batch)
    if kernels and (batch := largest_batch(stored, gpus)):
        return Remedy(kernels=True, batch_size=batch)
    if batch := largest_batch(need, emptied):
        return Remedy(emptied=True, batch_size=batch)
    if kernels and (batch := largest_batch(stored, emptied)):
        return Remedy(kernels=True, emptied=True, batch_size=batch)
    return Remedy(kernels=kernels, least_bytes=stored.otherwise(batch_size=1).total_bytes)


def _described_remedy(remedy: Remedy, need: Footprint) -> str:
    steps = []
    if remedy.kernels:
        steps.append(
            f"keep the weights in MXFP4 (leave --local-dtype at auto, {install_command(kernel_requirements())})"
        )
    if remedy.emptied:
        steps.append("end the other programs on the GPU")
    if remedy.batch_size and remedy.batch_size < need.batch_size:
        steps.append(f"use --local-batch-size {remedy.batch_size}")
    if not remedy.batch_size:
        steps.append(f"use a GPU with {gigabytes(remedy.least_bytes)} free, or several that hold it together")
        return f"{' and '.join(steps)}, or {USE_ANOTHER_MACHINE}"
    return " and ".join(steps)
