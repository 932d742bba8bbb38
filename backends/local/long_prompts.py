"""Prompts that are far longer than the others: nobody loads, batches or gives up the others for their sake."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from backends.checkpoints.hub import known_config
from backends.errors import BackendUnavailable, Failure, FailureKind
from backends.memory.requirement import need_of, require_free_memory
from backends.system.device import is_cuda
from backends.system.hardware import cuda_device_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.checkpoints.spec import LocalSpec
    from backends.memory.workload import Workload

#: A prompt is long that has more characters than this, and so many times those of the middle one: attention takes
#: memory with the square, so a batch of 16 such prompts would take a thousand times that of ordinary ones.
_LONG, _TIMES = 10_000, 8


def apart(lengths: Sequence[int]) -> tuple[list[int], list[int]]:
    """Returns the positions of ordinary prompts and those of long ones; half of all at least are ordinary.

    Args:
        lengths: of the prompts, in characters.
    """
    bound = max(_LONG, _TIMES * median(lengths)) if lengths else _LONG
    long = [position for position, length in enumerate(lengths) if length > bound]
    return [position for position, length in enumerate(lengths) if length <= bound], long


def no_room_for(spec: LocalSpec, workload: Workload) -> Failure | None:
    """Returns why one long prompt cannot be worked on beside the loaded model; None where it can be tried.

    A GPU says itself when its memory is out. On a CPU the system ends the process instead.
    """
    config = known_config(spec)
    if config is None or is_cuda(spec.device, cuda_device_count()):
        return None
    need = need_of(spec, config, workload)
    try:
        require_free_memory(spec, None if need is None else replace(need, weights_bytes=0))
    except BackendUnavailable as error:
        told = f"the memory does not suffice for this long prompt ({workload.prompt_tokens} tokens): {error}"
        return Failure(kind=FailureKind.GENERATION, message=told)
    return None
