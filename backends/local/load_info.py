"""What only the loading of a model can tell: its commit, number formats, attention, and where it lies."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from backends.checkpoints.mxfp4 import DEQUANTISED, KERNELS, Mxfp4Mode, mxfp4_mode
from backends.system.hardware import driver_version

if TYPE_CHECKING:
    from backends.checkpoints.checkpoint import Checkpoint
    from backends.checkpoints.spec import LocalSpec

#: The experts' class where kernels compute with MXFP4 as it is stored.
_KERNEL_EXPERTS = "Mxfp4GptOssExperts"


def describe_loading(
    model: Any,  # noqa: ANN401 - transformers is not typed
    spec: LocalSpec,
    checkpoint: Checkpoint,
    mode: Mxfp4Mode | None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns how the model was loaded, and which cache inputs of its answers turned out otherwise.

    Args:
        model: as loaded.
        spec: as asked for.
        checkpoint: the files.
        mode: how its MXFP4 is computed with; None where it holds none.

    Returns:
        Plain data for the report, without what cannot be told; and what differs from `LocalBackend.cache_inputs`.
    """
    dtype = str(model.dtype).removeprefix("torch.")
    facts = {
        "commit": checkpoint.commit,
        "dtype": dtype,
        "attention": getattr(model.config, "_attn_implementation", None),
        **_quantisation(model, dtype, mode),
        **_placement(model),
    }
    load_info = {name: value for name, value in facts.items() if value is not None}
    fell_back = "weights" in load_info and load_info["weights"] != KERNELS and mxfp4_mode(spec).kernels
    return load_info, {"mxfp4": DEQUANTISED} if fell_back else {}


def _quantisation(model: Any, dtype: str, mode: Mxfp4Mode | None) -> dict[str, str | None]:  # noqa: ANN401 - as above
    """Returns what is said of MXFP4, judged by the loaded model itself."""
    if mode is None:
        return {}
    if any(type(module).__name__ == _KERNEL_EXPERTS for module in model.modules()):
        return {"weights": KERNELS}
    return {"weights": f"dequantised to {dtype}, since {mode.why or 'transformers did so'}"}


def _placement(model: Any) -> dict[str, str | None]:  # noqa: ANN401 - as above
    """Returns where the model lies: on a CPU nothing more than is known anyway."""
    import torch  # noqa: PLC0415 - the model is of torch

    places = Counter(str(parameter.device) for parameter in model.parameters())
    used = sorted({torch.device(place).index or 0 for place in places if place.startswith("cuda")})
    if not used:
        return {}
    told = [f"{place} ({count} tensors)" for place, count in sorted(places.items())]
    return {
        "device": ", ".join(told) if len(told) > 1 else next(iter(places)),
        "gpu": " and ".join(dict.fromkeys(torch.cuda.get_device_name(index) for index in used)),
        "driver": driver_version(),
        "cuda": torch.version.cuda,
    }
