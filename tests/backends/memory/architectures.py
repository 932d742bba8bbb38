"""Architectures as the `config.json` that they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backends.checkpoints.architecture import Architecture


def as_config(architecture: Architecture) -> dict[str, object]:
    return {
        "model_type": "gpt_oss",
        "num_hidden_layers": architecture.layers,
        "sliding_window": architecture.sliding_window,
        "hidden_size": architecture.hidden,
        "intermediate_size": architecture.intermediate,
        "num_local_experts": architecture.experts,
        "num_experts_per_tok": architecture.active_experts,
        "num_attention_heads": architecture.heads,
        "num_key_value_heads": architecture.kv_heads,
        "head_dim": architecture.head_dim,
        "vocab_size": architecture.vocabulary,
    }
