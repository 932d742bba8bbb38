"""Where a local model runs: `auto`, `cpu`, `cuda`, or one of several GPUs."""

from __future__ import annotations

import re

from backends.errors import BackendUnavailable
from backends.near_names import did_you_mean

_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


def read_device(name: str) -> str:
    """Returns the device that `name` is the name of, in any case.

    Raises:
        ValueError: it is not.
    """
    meant = name.strip().lower()
    if _DEVICE.fullmatch(meant):
        return meant
    hint = did_you_mean(name, ("auto", "cpu", "cuda"))
    raise ValueError(f"There is no device {name!r}: give auto, cpu, cuda, or cuda:N for one of several GPUs.{hint}")


def is_cuda(device: str, count: int) -> bool:
    """Returns whether a model runs on CUDA on a machine with `count` CUDA devices."""
    return device.startswith("cuda") or (device == "auto" and count > 0)


def require_device(device: str, count: int) -> None:
    """Looks for the device on a machine with `count` CUDA devices.

    Raises:
        BackendUnavailable: the machine does not have it.
    """
    if not device.startswith("cuda"):
        return
    wanted = int(device.partition(":")[2] or 0)
    if wanted >= count:
        there = "none" if count == 0 else f"cuda:0 to cuda:{count - 1}" if count > 1 else "cuda:0 alone"
        raise BackendUnavailable(
            f"The local model was to run on {device}, and this machine's CUDA devices are {there}: "
            "give another device, or auto for what is there."
        )
