"""Memory, disk and GPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.checkpoints.kernels import MXFP4_CAPABILITY, install_command, kernel_requirements, missing_kernels
from backends.doctor.check_result import Line, State
from backends.memory.fitting import gigabytes
from backends.system.hardware import cuda_device_count, driver_version, free_disk_bytes, gpus, memory
from backends.system.versions import installed_version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from packaging.requirements import Requirement

    from backends.system.hardware import Gpu, Memory

#: What else can be done where there is no GPU.
PLAY_BACK = "--local-from reference.rec plays back a recording made on a GPU machine"

#: Main memory below which torch and two servers of the miniature get in each other's way: each process takes about
#: 0.7 GB, and an embedded run has two.
_LEAST_MEMORY = 2_000_000_000


def judge_memory(found: Memory | None, disk: int | None) -> Line:
    """Says how much main memory and disk there is."""
    text = "disk unknown" if disk is None else f"{gigabytes(disk)} of disk free for the Hub cache"
    if found is None:
        return Line(topic="memory", state=State.NOTE, text=f"unknown; {text}", remedy="pip install psutil")
    text = f"{gigabytes(found.available_bytes)} of {gigabytes(found.total_bytes)} available; {text}"
    if found.available_bytes < _LEAST_MEMORY:
        return Line(topic="memory", state=State.NOTE, text=text, remedy="end other programs before a run")
    return Line(topic="memory", state=State.OK, text=text)


def judge_gpus(found: Sequence[Gpu], *, offered: int, driver: str | None, torch: str | None) -> Line:
    """Says which GPUs there are.

    Args:
        found: what the management library told.
        offered: CUDA devices that the driver offers.
        driver: its version.
        torch: version of the installed torch.
    """
    if not found and not offered:
        return Line(topic="GPU", state=State.NO, text="none", remedy=PLAY_BACK)
    if not found:
        text = f"the driver offers {offered} CUDA device{'s' if offered > 1 else ''}, whose memory is unknown"
        return Line(topic="GPU", state=State.NOTE, text=text, remedy="pip install nvidia-ml-py")
    text = ", ".join(f"{one.name} {gigabytes(one.free_bytes)} of {gigabytes(one.total_bytes)} free" for one in found)
    text += f"; driver {driver or 'unknown'}"
    if not offered:
        return Line(
            topic="GPU", state=State.NO, text=f"{text}, but CUDA offers none", remedy="repair the driver, or restart"
        )
    if torch is not None and torch.endswith("+cpu"):
        return Line(
            topic="GPU", state=State.NO, text=f"{text}, but torch {torch} has no CUDA", remedy="install torch for CUDA"
        )
    return Line(topic="GPU", state=State.OK, text=text)


def judge_kernels(found: Sequence[Gpu], missing: Sequence[Requirement]) -> Line:
    """Says whether MXFP4 runs as it is stored, or is dequantised."""
    command = install_command(missing)
    if not found:
        there = f"there, {command}" if missing else "run on a GPU machine"
        return Line(topic="MXFP4", state=State.NOTE, text="needs a GPU", remedy=there)
    old = [gpu for gpu in found if gpu.capability < MXFP4_CAPABILITY]
    if old:
        capability = ".".join(str(part) for part in old[0].capability)
        return Line(
            topic="MXFP4",
            state=State.NOTE,
            text=f"dequantised: {old[0].name} has compute capability {capability}, kernels need 7.5",
            remedy="hide it with CUDA_VISIBLE_DEVICES, or use a newer GPU",
        )
    if missing:
        return Line(topic="MXFP4", state=State.NOTE, text=f"dequantised: missing {_names(missing)}", remedy=command)
    return Line(topic="MXFP4", state=State.OK, text="runs as it is stored, by kernels that the Hub provides")


def _names(requirements: Sequence[Requirement]) -> str:
    return ", ".join(str(one) for one in requirements)


def examine_memory(cache: Path) -> Line:
    """Looks at main memory, and at the disk that holds the Hub cache."""
    return judge_memory(memory(), free_disk_bytes(cache))


def examine_gpus() -> Line:
    """Looks at the GPUs."""
    return judge_gpus(gpus(), offered=cuda_device_count(), driver=driver_version(), torch=installed_version("torch"))


def examine_kernels() -> Line:
    """Looks at what MXFP4 needs."""
    return judge_kernels(gpus(), lacking())


def lacking() -> tuple[Requirement, ...]:
    """Returns the requirements of MXFP4 on a GPU that this installation does not meet."""
    wanted = kernel_requirements()
    return missing_kernels({one.name: installed_version(one.name) for one in wanted}, wanted)
