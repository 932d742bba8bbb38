"""The configuration of gpt-oss-20b. Source: `config.json` of `openai/gpt-oss-20b` on the Hub."""

from __future__ import annotations

from typing import Any

from fixtures.miniature.mxfp4 import QUANTIZATION_CONFIG

CONFIG: dict[str, Any] = {
    "architectures": ["GptOssForCausalLM"],
    "model_type": "gpt_oss",
    "torch_dtype": "bfloat16",
    "vocab_size": 201_088,
    "hidden_size": 2880,
    "intermediate_size": 2880,
    "num_hidden_layers": 24,
    "layer_types": ["sliding_attention", "full_attention"] * 12,
    "sliding_window": 128,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "attention_bias": True,
    "attention_dropout": 0.0,
    "num_local_experts": 32,
    "num_experts_per_tok": 4,
    "experts_per_token": 4,
    "router_aux_loss_coef": 0.9,
    "output_router_logits": False,
    "hidden_act": "silu",
    "swiglu_limit": 7.0,
    "rms_norm_eps": 1e-05,
    "initializer_range": 0.02,
    "max_position_embeddings": 131_072,
    "initial_context_length": 4096,
    "rope_theta": 150_000,
    "rope_scaling": {
        "rope_type": "yarn",
        "factor": 32.0,
        "beta_fast": 32.0,
        "beta_slow": 1.0,
        "truncate": False,
        "original_max_position_embeddings": 4096,
    },
    "tie_word_embeddings": False,
    "use_cache": True,
    "eos_token_id": 200_002,
    "pad_token_id": 199_999,
    "quantization_config": QUANTIZATION_CONFIG,
}

#: The same architecture, small: two layers, and widths that the format and the heads allow.
TINY = CONFIG | {
    "vocab_size": 2000,
    "hidden_size": 128,
    "intermediate_size": 192,
    "num_hidden_layers": 2,
    "layer_types": CONFIG["layer_types"][:2],
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "num_local_experts": 4,
    "eos_token_id": 992,
    "pad_token_id": 991,
}
