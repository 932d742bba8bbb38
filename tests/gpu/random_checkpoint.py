"""Writes a checkpoint of gpt-oss's architecture with random weights, its experts in MXFP4, layer by layer."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file

from fixtures.miniature import CHECKPOINT
from fixtures.miniature.mxfp4 import GROUP, MATRICES

if TYPE_CHECKING:
    from pathlib import Path

#: Scales of 2 to the power of -8 to -5: so the weights are about as large as trained ones.
_SCALES = (119, 123)

#: The miniature's tokenizer writes the prompts; it knows fewer tokens than the model, whose other tokens are no text.
_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json")


def write_random(folder: Path, config: dict[str, Any], device: str = "cpu") -> Path:
    """Writes the checkpoint to `folder`, a file a layer, and returns it.

    Args:
        folder: where to; made where it is not there.
        config: `config.json`.
        device: where the numbers are drawn; a GPU draws thirteen gigabytes in seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copyfile(CHECKPOINT / name, folder / name)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    shapes = _shapes(config)
    parts = sorted({_part(name) for name in shapes})
    index: dict[str, str] = {}
    for position, part in enumerate(parts, start=1):
        file = f"model-{position:05}-of-{len(parts):05}.safetensors"
        generator = torch.Generator(device).manual_seed(position)
        stored: dict[str, torch.Tensor] = {}
        for name, shape in shapes.items():
            if _part(name) == part:
                stored |= _draw(name, shape, generator)
        save_file({name: tensor.cpu() for name, tensor in stored.items()}, folder / file, metadata={"format": "pt"})
        index |= dict.fromkeys(stored, file)
    described = {"metadata": {}, "weight_map": index}
    (folder / "model.safetensors.index.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def _shapes(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Returns the shape of each parameter as transformers has it, without making one."""
    from transformers import AutoModelForCausalLM, GptOssConfig  # noqa: PLC0415 - heavy

    plain = {name: value for name, value in config.items() if name != "quantization_config"}
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(GptOssConfig(**plain))
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}


def _part(name: str) -> str:
    """Returns what a parameter is stored with: those of its layer, or all others."""
    return ".".join(name.split(".")[:3]) if name.startswith("model.layers.") else "rest"


def _draw(name: str, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, torch.Tensor]:
    device = generator.device
    if name.rpartition(".")[2] in MATRICES:
        experts, columns, rows = shape
        groups = (experts, rows, columns // GROUP)
        blocks = torch.randint(0, 256, (*groups, GROUP // 2), dtype=torch.uint8, device=device, generator=generator)
        scales = torch.randint(*_SCALES, groups, dtype=torch.uint8, device=device, generator=generator)
        return {f"{name}_blocks": blocks, f"{name}_scales": scales}
    if "norm" in name:
        return {name: torch.ones(shape, dtype=torch.bfloat16)}
    drawn = torch.randn(shape, device=device, generator=generator) * 0.02
    return {name: drawn.bfloat16()}
