"""What this machine has: GPUs, driver, memory and disk, asked without torch, which takes seconds to import.

NVIDIA's management library tells of GPUs (nvidia-ml-py), psutil of memory; both come with the extra `local`. Where a
library, a driver or a device is missing the answer is empty, never an error: these are questions.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """A GPU that CUDA programs of this process may use.

    Attributes:
        index: the N of `cuda:N` in this process.
        name: as the driver gives it.
        total_bytes: of its memory.
        free_bytes: of its memory, now, other processes' use taken off.
        capability: CUDA compute capability, major and minor.
    """

    index: int
    name: str
    total_bytes: int
    free_bytes: int
    capability: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The machine's main memory; `available_bytes` is what programs can get without swapping."""

    total_bytes: int
    available_bytes: int


def gpus() -> tuple[Gpu, ...]:
    """Returns the GPUs that CUDA would show this process, in its order; none where there is no driver or library.

    `CUDA_VISIBLE_DEVICES` is respected. Indices are those of the management library, which counts by bus: on a machine
    with GPUs of several kinds CUDA counts alike only with `CUDA_DEVICE_ORDER=PCI_BUS_ID`.
    """
    with _management() as nvml:
        if nvml is None:
            return ()
        try:
            return tuple(
                gpu
                for index, handle in enumerate(_visible_handles(nvml))
                if (gpu := _read_gpu(nvml, index, handle)) is not None
            )
        except (nvml.NVMLError, OSError):
            return ()


def driver_version() -> str | None:
    """Returns the version of the NVIDIA driver, or None where there is none."""
    with _management() as nvml:
        if nvml is None:
            return None
        try:
            return str(nvml.nvmlSystemGetDriverVersion())
        except nvml.NVMLError:
            return None


def cuda_device_count() -> int:
    """Returns how many CUDA devices the driver offers, asking the driver itself.

    Unlike `gpus` it needs no library, so that an installation for the API side alone can ask too.
    """
    for name in ("libcuda.so.1", "nvcuda.dll"):
        try:
            driver = ctypes.CDLL(name)
        except OSError:
            continue
        count = ctypes.c_int(0)
        if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
            return count.value
    return 0


def memory() -> Memory | None:
    """Returns the main memory, or None where psutil is not installed."""
    try:
        psutil = importlib.import_module("psutil")
        found = psutil.virtual_memory()
    except (ImportError, OSError, RuntimeError):
        return None
    return Memory(total_bytes=int(found.total), available_bytes=int(found.available))


def free_disk_bytes(folder: Path) -> int | None:
    """Returns how many bytes can still be written in `folder`, which need not exist yet; None where nobody knows."""
    for place in (folder.absolute(), *folder.absolute().parents):
        try:
            return shutil.disk_usage(place).free
        except OSError:
            continue
    return None


def visible_devices(value: str | None, uuids: Sequence[str]) -> tuple[str, ...]:
    """Returns the UUIDs of the devices that `CUDA_VISIBLE_DEVICES` shows, in the order that it gives.

    The law is CUDA's (CUDA programming guide, "CUDA environment variables"): entries are indices or the beginnings of
    UUIDs; the first entry that names no device, or more than one, ends the list; an empty text shows none. A device
    named twice shows none, as the driver has it. MIG instances are passed on by name, since only the driver knows them.

    Args:
        value: of the variable; None where it is unset.
        uuids: of all GPUs, in the driver's order.
    """
    if value is None:
        return tuple(uuids)
    shown: list[str] = []
    for entry in (part.strip() for part in value.split(",")):
        uuid = _named(entry, uuids)
        if uuid is None:
            break
        if uuid in shown:
            return ()
        shown.append(uuid)
    return tuple(shown)


def _named(entry: str, uuids: Sequence[str]) -> str | None:
    if entry.isdecimal():
        return uuids[int(entry)] if int(entry) < len(uuids) else None
    if entry.startswith("MIG-"):
        return entry
    matches = [uuid for uuid in uuids if entry.startswith("GPU-") and uuid.startswith(entry)]
    return matches[0] if len(matches) == 1 else None


@contextmanager
def _management() -> Iterator[Any]:
    """Yields NVIDIA's management library, initialised, or None where it cannot be had."""
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        yield None
        return
    try:
        nvml.nvmlInit()
    except (nvml.NVMLError, OSError):
        yield None
        return
    try:
        yield nvml
    finally:
        nvml.nvmlShutdown()


def _visible_handles(nvml: Any) -> Iterator[Any]:  # noqa: ANN401 - pynvml is not typed
    every = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
    handles = {nvml.nvmlDeviceGetUUID(handle): handle for handle in every}
    for uuid in visible_devices(os.environ.get("CUDA_VISIBLE_DEVICES"), tuple(handles)):
        yield handles[uuid] if uuid in handles else nvml.nvmlDeviceGetHandleByUUID(uuid)


def _read_gpu(nvml: Any, index: int, handle: Any) -> Gpu | None:  # noqa: ANN401 - as above
    """Returns the facts of one GPU, or None where it does not answer: one that fell off the bus hides no other."""
    try:
        found = nvml.nvmlDeviceGetMemoryInfo(handle)
        major, minor = nvml.nvmlDeviceGetCudaComputeCapability(handle)
        name = str(nvml.nvmlDeviceGetName(handle))
    except nvml.NVMLError:
        return None
    return Gpu(
        index=index,
        name=name,
        total_bytes=int(found.total),
        free_bytes=int(found.free),
        capability=(int(major), int(minor)),
    )
