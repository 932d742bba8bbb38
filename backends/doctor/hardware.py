"""Memory, disk and GPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.checkpoints.kernels import MXFP4_CAPABILITY, install_command, kernel_requirements, missing_kernels
from backends.doctor.check_result import CheckResult, Status
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


def judge_memory(found: Memory | None, disk: int | None) -> CheckResult:
    """Says how much main memory and disk there is."""
    text = "disk unknown" if disk is None else f"{gigabytes(disk)} of disk free for the Hub cache"
    if found is None:
        return CheckResult(topic="memory", status=Status.NOTE, text=f"unknown; {text}", remedy="pip install psutil")
    text = f"{gigabytes(found.available_bytes)} of {gigabytes(found.total_bytes)} available; {text}"
    if found.available_bytes < _LEAST_MEMORY:
        return CheckResult(topic="memory", status=Status.NOTE, text=text, remedy="end other programs before a run")
    return CheckResult(topic="memory", status=Status.OK, text=text)


def judge_gpus(found: Sequence[Gpu], *, offered: int, driver: str | None, torch: str | None) -> CheckResult:
    """Says which GPUs there are.

    Args:
        found: what the management library told.
        offered: CUDA devices that the driver offers.
        driver: its version.
        torch: version of the installed torch.
    """
    if not found and not offered:
        return CheckResult(topic="GPU", status=Status.ERROR, text="none", remedy=PLAY_BACK)
    if not found:
        text = f"the driver offers {offered} CUDA device{'s' if offered > 1 else ''}, whose memory is unknown"
        return CheckResult(topic="GPU", status=Status.NOTE, text=text, remedy="pip install nvidia-ml-py")
    text = ", ".join(f"{one.name} {gigabytes(one.free_bytes)} of {gigabytes(one.total_bytes)} free" for one in found)
    text += f"; driver {driver or 'unknown'}"
    if not offered:
        return CheckResult(
            topic="GPU",
            status=Status.ERROR,
            text=f"{text}, but CUDA offers none",
            remedy="repair the driver, or restart",
        )
    if torch is not None and torch.endswith("+cpu"):
        return CheckResult(
            topic="GPU",
            status=Status.ERROR,
            text=f"{text}, but torch {torch} has no CUDA",
            remedy="install torch for CUDA",
        )
    return CheckResult(topic="GPU", status=Status.OK, text=text)


def judge_kernels(found: Sequence[Gpu], missing: Sequence[Requirement]) -> CheckResult:
    """Says whether MXFP4 runs as it is stored, or is dequantised."""
    command = install_command(missing)
    if not found:
        there = f"there, {command}" if missing else "run on a GPU machine"
        return CheckResult(topic="MXFP4", status=Status.NOTE, text="needs a GPU", remedy=there)
    old = [gpu for gpu in found if gpu.capability < MXFP4_CAPABILITY]
    if old:
        capability = ".".join(str(part) for part in old[0].capability)
        return CheckResult(
            topic="MXFP4",
            status=Status.NOTE,
            text=f"dequantised: {old[0].name} has compute capability {capability}, kernels need 7.5",
            remedy="hide it with CUDA_VISIBLE_DEVICES, or use a newer GPU",
        )
    if missing:
        return CheckResult(
            topic="MXFP4", status=Status.NOTE, text=f"dequantised: missing {_names(missing)}", remedy=command
        )
    return CheckResult(topic="MXFP4", status=Status.OK, text="runs as it is stored, by kernels that the Hub provides")


def _names(requirements: Sequence[Requirement]) -> str:
    return ", ".join(str(one) for one in requirements)


def check_memory(cache: Path) -> CheckResult:
    """Looks at main memory, and at the disk that holds the Hub cache."""
    return judge_memory(memory(), free_disk_bytes(cache))


def check_gpus() -> CheckResult:
    """Looks at the GPUs."""
    return judge_gpus(gpus(), offered=cuda_device_count(), driver=driver_version(), torch=installed_version("torch"))


def check_kernels() -> CheckResult:
    """Looks at what MXFP4 needs."""
    return judge_kernels(gpus(), lacking())


def lacking() -> tuple[Requirement, ...]:
    """Returns the requirements of MXFP4 on a GPU that this installation does not meet."""
    wanted = kernel_requirements()
    return missing_kernels({one.name: installed_version(one.name) for one in wanted}, wanted)
