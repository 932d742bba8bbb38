"""Whether a model fits on the GPUs of this machine, and what to do where it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.footprint import Footprint
    from backends.machine import Gpu

#: The compute capability from which transformers runs MXFP4 on a GPU; below it dequantises.
#: Source: `transformers/quantizers/quantizer_mxfp4.py`, 4.55 to 5.23.
MXFP4_CAPABILITY = (7, 5)

#: How to get what transformers needs to run MXFP4 on a GPU.
MXFP4_KERNELS = "pip install 'triton>=3.4' kernels"

#: What to do on a machine that will never do.
ELSEWHERE = (
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


def what_is_missing(model: str, need: Footprint, gpus: Sequence[Gpu]) -> str | None:
    """Returns the sentences that say what the GPUs lack and what to do about it, or None where the model fits.

    Args:
        model: its name, for the message.
        need: its footprint, as it would be loaded.
        gpus: those that it may use.
    """
    if fits(need, gpus):
        return None
    if not gpus:
        return f"{model} needs {_described(need)}, and this machine has no GPU: {ELSEWHERE}."
    return f"{model} needs {_described(need)}, and free are {_free(gpus)}: {_remedy(need, gpus)}."


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


def _remedy(need: Footprint, gpus: Sequence[Gpu]) -> str:
    """Returns the cheapest way out."""
    batch = largest_batch(need, gpus)
    if batch:
        return f"use --local-batch-size {batch}"
    if not need.quantised and all(gpu.capability >= MXFP4_CAPABILITY for gpu in gpus):
        batch = largest_batch(need.otherwise(quantised=True), gpus)
        if batch:
            smaller = "" if batch == need.batch_size else f" and use --local-batch-size {batch}"
            return f"keep the weights in MXFP4 (leave --local-dtype at auto, {MXFP4_KERNELS}){smaller}"
    emptied = [replace(gpu, free_bytes=gpu.total_bytes) for gpu in gpus]
    batch = largest_batch(need, emptied)
    if batch:
        smaller = "" if batch == need.batch_size else f" and use --local-batch-size {batch}"
        return f"end the other programs on the GPU{smaller}"
    least = gigabytes(need.otherwise(batch_size=1).total_bytes)
    return f"use a GPU with {least} free, or several that hold it together, or {ELSEWHERE}"
