"""Changed copies of the miniature's checkpoint: each is what a careless server might load in its place."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

_TEMPLATE = "chat_template.jinja"


def round_weights(source: Path, target: Path, *, bits: int) -> None:
    """Rounds all matrices to `bits` bits, symmetrically about zero by each row's greatest value."""
    _edit_weights(source, target, lambda _, weight: _rounded(weight, bits) if weight.ndim > 1 else weight)


def perturb_weights(source: Path, target: Path, *, share: float, seed: int) -> None:
    """Adds noise to all matrices, `share` of each one's own standard deviation."""
    import torch  # noqa: PLC0415 - only where a checkpoint is made

    draw = torch.Generator().manual_seed(seed)

    def perturbed(_: str, weight: Tensor) -> Tensor:
        noise = torch.randn(weight.shape, generator=draw)
        return weight + share * weight.float().std() * noise if weight.ndim > 1 else weight

    _edit_weights(source, target, perturbed)


def scramble_experts(source: Path, target: Path, *, experts: int, seed: int) -> None:
    """Shuffles the weights of the first so many experts in every layer."""
    import torch  # noqa: PLC0415 - only where a checkpoint is made

    draw = torch.Generator().manual_seed(seed)

    def scrambled(name: str, weight: Tensor) -> Tensor:
        if ".experts." in name and weight.ndim > 1:
            for expert in range(experts):
                flat = weight[expert].flatten()
                weight[expert] = flat[torch.randperm(flat.numel(), generator=draw)].view_as(weight[expert])
        return weight

    _edit_weights(source, target, scrambled)


def edit_json(source: Path, target: Path, *, file: str, edit: Callable[[dict[str, object]], object]) -> None:
    """Edits one JSON file of the checkpoint."""
    shutil.copytree(source, target)
    value = json.loads((target / file).read_text(encoding="utf-8"))
    edit(value)
    (target / file).write_text(json.dumps(value, indent=2), encoding="utf-8")


def edit_template(source: Path, target: Path, *, edit: Callable[[str], str]) -> None:
    """Edits the chat template.

    Raises:
        ValueError: the edit changed nothing.
    """
    before = (source / _TEMPLATE).read_text(encoding="utf-8")
    after = edit(before)
    if after == before:
        message = "The edit leaves the chat template as it is: look at what it should find there."
        raise ValueError(message)
    shutil.copytree(source, target)
    (target / _TEMPLATE).write_text(after, encoding="utf-8")


def replace_in_template(source: Path, target: Path, *pairs: tuple[str, str]) -> None:
    """Replaces texts of the chat template, each of which must be there.

    Raises:
        ValueError: one is not.
    """
    template = (source / _TEMPLATE).read_text(encoding="utf-8")
    for old, new in pairs:
        if old not in template:
            raise ValueError(f"The chat template holds no {old!r}: look at what should be replaced.")
        template = template.replace(old, new)
    edit_template(source, target, edit=lambda _: template)


def print_day(source: Path, target: Path, *, day: str) -> None:
    """Makes the chat template print `day`, whatever a clock shows."""
    replace_in_template(source, target, ('strftime_now("%Y-%m-%d")', f'"{day}"'))


def drift(source: Path, target: Path) -> None:
    """Gives the template another line of the effort, and none of the channels."""
    replace_in_template(
        source,
        target,
        ("Reasoning: ", "Reasoning effort: "),
        ("# Valid channels: analysis, commentary, final. Channel must be included for every message.", ""),
    )


def keep_reasoning(source: Path, target: Path) -> None:
    """Makes the template keep an earlier turn's reasoning, which it finds under `tool_call_id`."""
    answer = '{{- envelope("assistant<|channel|>final", turn.content) }}'
    kept = '{{- envelope("assistant<|channel|>analysis", turn.tool_call_id) if turn.tool_call_id }}'
    replace_in_template(source, target, (answer, kept + answer))


def join_plainly(source: Path, target: Path) -> None:
    """Puts a template in the place that joins roles and contents by line."""
    lines = "{% for m in messages if m.content %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:"
    edit_template(source, target, edit=lambda _: lines)


def set_end_tokens(source: Path, target: Path, *, tokens: tuple[int, ...]) -> None:
    """Sets the tokens at which generation ends."""
    edit_json(source, target, file="generation_config.json", edit=lambda c: c.update(eos_token_id=list(tokens)))


def drop_response_template(source: Path, target: Path) -> None:
    """Leaves the tokenizer without the template that splits a text into channels."""
    edit_json(source, target, file="tokenizer_config.json", edit=lambda c: c.pop("response_template"))


def _rounded(weight: Tensor, bits: int) -> Tensor:
    step = weight.float().abs().amax(dim=-1, keepdim=True).clamp(min=1e-12) / (2 ** (bits - 1) - 1)
    return (weight / step).round() * step


def _edit_weights(source: Path, target: Path, edit: Callable[[str, Tensor], Tensor]) -> None:
    from safetensors.torch import load_file, save_file  # noqa: PLC0415 - only where a checkpoint is made

    weights = load_file(source / "model.safetensors")
    changed = {name: edit(name, weight.clone()).to(weight.dtype).contiguous() for name, weight in weights.items()}
    shutil.copytree(source, target)
    save_file(changed, target / "model.safetensors", metadata={"format": "pt"})
