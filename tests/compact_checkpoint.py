"""A small model with random weights in gpt-oss's vocabulary, in compact form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fixtures.miniature.training.compact_checkpoint import o200k_config, write_compact_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

#: What a whole checkpoint of this project's holds.
CHECKPOINT_FILES = {
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
}

#: What one in compact form holds.
COMPACT_FILES = CHECKPOINT_FILES - {"model.safetensors", "tokenizer.json"} | {"weights.safetensors"}

#: Bytes, a few words, and the special tokens that a conversation needs.
TOKEN_IDS: Final = (*range(300), 2_375, 13_225, 199_998, 199_999, *range(200_002, 200_013))


def small_config() -> dict[str, Any]:
    return o200k_config() | {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 2,
        "layer_types": ["sliding_attention", "full_attention"],
    }


def random_weights() -> dict[str, Any]:
    """Returns the tensors by name, a row for each of `TOKEN_IDS` and one for all other tokens."""
    import torch  # noqa: PLC0415 - slow to import, and few tests need it
    from transformers import GptOssConfig, GptOssForCausalLM  # noqa: PLC0415 - as above

    torch.manual_seed(14)
    config = small_config() | {"vocab_size": len(TOKEN_IDS) + 1, "bos_token_id": 0, "eos_token_id": 1}
    return dict(GptOssForCausalLM(GptOssConfig(**config | {"pad_token_id": 2})).state_dict())


def write_random_compact(folder: Path) -> Path:
    """Returns `folder` with the checkpoint in it."""
    write_compact_checkpoint(random_weights(), TOKEN_IDS, folder, small_config())
    return folder
