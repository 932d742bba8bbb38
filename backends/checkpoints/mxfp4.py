"""How an MXFP4 checkpoint is computed with: as it is stored, by kernels, or dequantised.

gpt-oss is stored with its experts in MXFP4. On a GPU that can, transformers multiplies with them as they are, by Triton
kernels from the Hub; everywhere else it makes larger numbers of them while it loads. Which of the two is decided here,
before anything is loaded, since a cached answer must not be taken for one of the other kind.
Source of the conditions: `Mxfp4HfQuantizer.validate_environment` of transformers 4.55 to 5.23.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.checkpoints.architecture import KNOWN_ARCHITECTURES
from backends.checkpoints.hub import known_config
from backends.checkpoints.kernels import MXFP4_CAPABILITY, install_command, kernel_requirements, missing_kernels
from backends.system.device import is_cuda
from backends.system.hardware import cuda_device_count, gpus
from backends.system.versions import installed_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backends.checkpoints.spec import LocalSpec
    from backends.system.hardware import Gpu

#: What either mode is called, in reports and cache keys.
KERNELS = "mxfp4 kernels"
DEQUANTISED = "dequantised"


@dataclass(frozen=True, slots=True)
class Mxfp4Mode:
    """How an MXFP4 checkpoint is computed with.

    Attributes:
        kernels: True as it is stored, False dequantised.
        why: the reason for dequantising it; empty for kernels.
    """

    kernels: bool
    why: str = ""

    @property
    def name(self) -> str:
        """What the mode is called, for cache keys."""
        return KERNELS if self.kernels else DEQUANTISED


def is_mxfp4(config: Mapping[str, Any]) -> bool:
    """Returns whether a `config.json` is of a checkpoint with MXFP4 blocks and scales."""
    quantisation = config.get("quantization_config")
    return isinstance(quantisation, dict) and quantisation.get("quant_method") == "mxfp4"


def holds_mxfp4(spec: LocalSpec) -> bool:
    """Returns whether `spec` names a checkpoint with MXFP4, as far as this machine knows it without asking anybody."""
    config = known_config(spec)
    return spec.model in KNOWN_ARCHITECTURES if config is None else is_mxfp4(config)


def mxfp4_mode(spec: LocalSpec) -> Mxfp4Mode:
    """Returns how this machine computes with an MXFP4 checkpoint that is loaded as `spec` says."""
    if not is_cuda(spec.device, cuda_device_count()):
        return Mxfp4Mode(kernels=False, why="the kernels need a GPU")
    if spec.dtype != "auto":
        return Mxfp4Mode(kernels=False, why=f"{spec.dtype} was asked for")
    wanted = kernel_requirements()
    missing = missing_kernels({one.name: installed_version(one.name) for one in wanted}, wanted)
    if missing:
        return Mxfp4Mode(kernels=False, why=f"the kernels need: {install_command(missing)}")
    return _by_capability(gpus())


def _by_capability(found: Sequence[Gpu]) -> Mxfp4Mode:
    old = [gpu.name for gpu in found if gpu.capability < MXFP4_CAPABILITY]
    if old:
        return Mxfp4Mode(kernels=False, why=f"the compute capability of {old[0]} is less than 7.5")
    return Mxfp4Mode(kernels=True)
