"""The miniature in MXFP4 is stored as gpt-oss is, and computes what its twin in bfloat16 computes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file

from backends.checkpoint import Checkpoint
from backends.generation import encode_prompt
from backends.loading import load_model
from backends.local_model import LocalSpec
from backends.mxfp4 import is_mxfp4
from backends.prompt import make_prompt
from fixtures.miniature import CHECKPOINT
from fixtures.miniature.mxfp4 import GROUP, MAGNITUDES, dequantise, quantise, write_dequantised, write_quantised

if TYPE_CHECKING:
    from pathlib import Path

LAYERS, EXPERTS, HIDDEN, INTERMEDIATE = 4, 8, 128, 128


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The quantised miniature and its twin."""
    place = tmp_path_factory.mktemp("checkpoints")
    return write_quantised(place / "mxfp4"), write_dequantised(place / "twin")


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for file in Checkpoint(folder).weight_files() for name, tensor in load_file(file).items()}


def groups(*rows: list[float]) -> torch.Tensor:
    """Returns one expert's matrix, each row made whole with zeros."""
    return torch.tensor([[row + [0.0] * (GROUP - len(row)) for row in rows]])


# The format


def test_every_value_of_the_format_is_kept_exactly() -> None:
    values = [sign * value for value in MAGNITUDES for sign in (1, -1)]
    for power in (-20, -1, 0, 3):
        weights = groups(values) * 2.0**power
        assert torch.equal(dequantise(*quantise(weights)).float(), weights)


def test_layout_is_one_scale_a_group_and_two_codes_a_byte_the_earlier_one_in_the_lower_half() -> None:
    blocks, scales = quantise(groups([6.0, -1.5, 0.5]))

    assert (blocks.shape, blocks.dtype) == ((1, 1, 1, 16), torch.uint8)
    assert (scales.shape, scales.dtype) == ((1, 1, 1), torch.uint8)
    assert blocks[0, 0, 0, :2].tolist() == [0b1011_0111, 0b0000_0001]
    assert scales.item() == 127


@pytest.mark.parametrize(
    ("value", "nearest"),
    [(0.24, 0.0), (0.25, 0.0), (0.26, 0.5), (0.75, 1.0), (1.25, 1.0), (2.5, 2.0), (2.6, 3.0), (3.5, 4.0), (5.0, 4.0)],
)
def test_value_between_two_goes_to_the_nearer_and_in_the_middle_to_the_even_code(value: float, nearest: float) -> None:
    got = dequantise(*quantise(groups([6.0, value, -value])))
    assert got[0, 0, :3].tolist() == [6.0, nearest, -nearest]


def test_largest_value_of_a_group_is_never_lost_and_nothing_becomes_infinite() -> None:
    torch.manual_seed(0)
    weights = torch.randn(3, 8, 4 * GROUP)
    got = dequantise(*quantise(weights)).float()
    largest = weights.unflatten(-1, (-1, GROUP)).abs().amax(-1, keepdim=True)

    # A step is at most a third of the value, and what is above 6 of a scale (less than 8) becomes 6.
    assert ((got - weights).unflatten(-1, (-1, GROUP)).abs() <= largest / 4 + 1e-6).all()
    assert torch.isfinite(dequantise(*quantise(torch.zeros(1, 1, GROUP)))).all()


def test_transformers_reads_the_same_values() -> None:
    from transformers.integrations.mxfp4 import convert_moe_packed_tensors  # noqa: PLC0415 - heavy

    torch.manual_seed(0)
    blocks, scales = quantise(torch.randn(4, 64, 3 * GROUP))

    assert torch.equal(convert_moe_packed_tensors(blocks, scales), dequantise(blocks, scales).transpose(1, 2))


# The checkpoint


def test_files_names_shapes_and_formats_are_those_of_gpt_oss(folders: tuple[Path, Path]) -> None:
    quantised, _ = folders
    stored = tensors(quantised)
    config = json.loads((quantised / "config.json").read_text(encoding="utf-8"))

    assert is_mxfp4(config)
    assert len(Checkpoint(quantised).weight_files()) > 1
    for layer in range(LAYERS):
        base = f"model.layers.{layer}.mlp.experts."
        for matrix, rows, columns in (("gate_up_proj", 2 * INTERMEDIATE, HIDDEN), ("down_proj", HIDDEN, INTERMEDIATE)):
            assert stored[f"{base}{matrix}_blocks"].shape == (EXPERTS, rows, columns // GROUP, 16)
            assert stored[f"{base}{matrix}_scales"].shape == (EXPERTS, rows, columns // GROUP)
            assert f"{base}{matrix}" not in stored
    assert {str(tensor.dtype) for tensor in stored.values()} == {"torch.uint8", "torch.bfloat16"}
    others = load_file(CHECKPOINT / "model.safetensors")
    assert all(torch.equal(tensor, others[name]) for name, tensor in stored.items() if name in others)


def test_twin_differs_from_the_original_in_the_experts_matrices_alone(folders: tuple[Path, Path]) -> None:
    original, twin = load_file(CHECKPOINT / "model.safetensors"), tensors(folders[1])

    assert set(twin) == set(original)
    changed = {name.rpartition(".")[2] for name in twin if not torch.equal(twin[name], original[name])}
    assert changed == {"gate_up_proj", "down_proj"}


# Loaded


@pytest.mark.embedded
@pytest.mark.parametrize("dtype", ["auto", "float32", "bfloat16"])
def test_dequantised_model_and_its_twin_have_the_same_logits(folders: tuple[Path, Path], dtype: str) -> None:
    quantised, twin = (
        load_model(LocalSpec(model=str(folder), is_path=True, dtype=dtype, device="cpu")) for folder in folders
    )
    ids = torch.tensor([encode_prompt(twin, make_prompt("How do I keep basil alive?"))])

    with torch.inference_mode():
        ours, theirs = (loaded.model(input_ids=ids).logits for loaded in (quantised, twin))

    assert torch.equal(ours, theirs)
    number_format = "bfloat16" if dtype == "auto" else dtype
    assert quantised.made["weights"] == f"dequantised to {number_format}, since the kernels need a GPU"
    assert "weights" not in twin.made
    assert quantised.otherwise == twin.otherwise == {}


@pytest.mark.embedded
def test_quantisation_moves_the_logits_of_the_original(folders: tuple[Path, Path]) -> None:
    """Were it not so, nothing would have been quantised."""
    quantised, original = (
        load_model(LocalSpec(model=str(folder), is_path=True, dtype="float32", device="cpu"))
        for folder in (folders[0], CHECKPOINT)
    )
    ids = torch.tensor([encode_prompt(original, make_prompt("How do I keep basil alive?"))])

    with torch.inference_mode():
        ours, theirs = (loaded.model(input_ids=ids).logits for loaded in (quantised, original))

    assert not torch.allclose(ours, theirs, atol=0.01)
    assert torch.nn.functional.cosine_similarity(ours.flatten(), theirs.flatten(), dim=0) > 0.9


@pytest.mark.embedded
def test_missing_shard_is_told_when_the_model_is_loaded(folders: tuple[Path, Path], tmp_path: Path) -> None:
    import shutil  # noqa: PLC0415 - for this alone

    from backends.errors import BackendUnavailable  # noqa: PLC0415 - as above

    folder = tmp_path / "incomplete"
    shutil.copytree(folders[0], folder)
    Checkpoint(folder).weight_files()[-1].unlink()

    with pytest.raises(BackendUnavailable, match=r"lacks model-00003-of-00003\.safetensors, which its index names"):
        load_model(LocalSpec(model=str(folder), is_path=True, device="cpu"))
