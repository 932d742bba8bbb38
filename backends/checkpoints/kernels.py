"""What transformers must find to run MXFP4 weights on a GPU as they are stored; without it, it dequantises them.

Source: `Mxfp4HfQuantizer.validate_environment` in `transformers/quantizers/quantizer_mxfp4.py`, the same from 4.55 to
5.23 but for the range of `kernels`. That is taken from the distribution's metadata, which is never wider than what the
code looks for: 4.55 to 4.57 look for any version, 5.0 and 5.10 for the lower end, 5.20 and 5.23 for the whole range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

from backends.system.versions import requirements_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The least CUDA compute capability: Turing, such as a T4.
MXFP4_CAPABILITY = (7, 5)

_TRITON = Requirement("triton>=3.4")
_ACCELERATE = Requirement("accelerate")
_KERNELS = "kernels"


def kernel_requirements() -> tuple[Requirement, ...]:
    """Returns what has to be installed beside torch and transformers, in the ranges that transformers accepts."""
    return (_TRITON, _kernels_range(requirements_of("transformers")), _ACCELERATE)


def missing_kernels(
    installed: Mapping[str, str | None], requirements: Sequence[Requirement] | None = None
) -> tuple[Requirement, ...]:
    """Returns the requirements that are not met.

    Args:
        installed: the version of each distribution; None, or no entry, where it is not installed.
        requirements: those of the installed transformers, if left out.
    """
    wanted = kernel_requirements() if requirements is None else requirements
    return tuple(requirement for requirement in wanted if not is_met(requirement, installed.get(requirement.name)))


def is_met(requirement: Requirement, version: str | None) -> bool:
    """Tells whether an installed version is one that the requirement names; pre-releases count too."""
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def install_command(requirements: Sequence[Requirement]) -> str:
    """Returns what to type to meet the requirements."""
    return "pip install " + " ".join(f"'{one.name}{one.specifier}'" for one in requirements)


def _kernels_range(stated: Sequence[str]) -> Requirement:
    """Returns the range of `kernels` among a distribution's requirements; any version where it states none."""
    for text in stated:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.name == _KERNELS:
            return Requirement(f"{_KERNELS}{requirement.specifier}")
    return Requirement(_KERNELS)
