"""The architecture of a gpt-oss model, as its `config.json` describes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from backends.models import GPT_OSS_20B, GPT_OSS_120B, GPT_OSS_SAFEGUARD_20B

if TYPE_CHECKING:
    from collections.abc import Mapping


#: MXFP4: a block of 32 values of 4 bits shares one scale of 8 bits (OCP Microscaling Formats, version 1.0).
BLOCK_VALUES = 32


BLOCK_BYTES = 32 // 2 + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """The numbers of a `config.json` that decide how much memory the model takes.

    Attributes:
        layers: of the decoder.
        sliding_layers: those of them that look back no further than `sliding_window` tokens.
        sliding_window: in tokens.
        hidden: width of the residual stream.
        intermediate: width inside one expert.
        experts: per layer.
        active_experts: per token.
        heads: of attention.
        kv_heads: heads that keys and values have.
        head_dim: width of one head.
        vocabulary: number of tokens.
        tied: True where input and output embeddings are one matrix.
        attention_bias: True where the projections of attention have biases.
    """

    layers: int
    sliding_layers: int
    sliding_window: int
    hidden: int
    intermediate: int
    experts: int
    active_experts: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied: bool = False
    attention_bias: bool = True

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Architecture:
        """Reads a `config.json`.

        Raises:
            ValueError: it is not the configuration of a gpt-oss model.
        """
        if config.get("model_type") != "gpt_oss":
            raise ValueError(f"the configuration is of a {config.get('model_type')!r} model, not of gpt_oss")
        try:
            layers = int(config["num_hidden_layers"])
            # Without `layer_types` transformers alternates, a sliding layer first.
            kinds = config.get("layer_types") or ["sliding_attention", "full_attention"] * layers
            return cls(
                layers=layers,
                sliding_layers=sum(kind == "sliding_attention" for kind in kinds[:layers]),
                sliding_window=int(config.get("sliding_window") or 0),
                hidden=int(config["hidden_size"]),
                intermediate=int(config["intermediate_size"]),
                experts=int(config["num_local_experts"]),
                active_experts=int(config["num_experts_per_tok"]),
                heads=int(config["num_attention_heads"]),
                kv_heads=int(config["num_key_value_heads"]),
                head_dim=int(config["head_dim"]),
                vocabulary=int(config["vocab_size"]),
                tied=bool(config.get("tie_word_embeddings", False)),
                attention_bias=bool(config.get("attention_bias", True)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the configuration of the model lacks a number: {error}") from error

    @property
    def expert_values(self) -> int:
        """The values of a layer's expert matrices: those that MXFP4 stores in blocks."""
        return self.experts * 3 * self.hidden * self.intermediate

    @property
    def layer_parameters(self) -> int:
        """All values of one decoder layer."""
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        attention = 2 * self.hidden * (queries + keys) + self.heads
        if self.attention_bias:
            attention += queries + 2 * keys + self.hidden
        router = self.experts * (self.hidden + 1)
        expert_biases = self.experts * (2 * self.intermediate + self.hidden)
        return attention + router + self.expert_values + expert_biases + 2 * self.hidden

    @property
    def embedding_parameters(self) -> int:
        """The values of one embedding matrix."""
        return self.vocabulary * self.hidden

    @property
    def parameters(self) -> int:
        """All values of the model."""
        embeddings = self.embedding_parameters * (1 if self.tied else 2)
        return self.layers * self.layer_parameters + embeddings + self.hidden


_GPT_OSS_120B = Architecture(
    layers=36,
    sliding_layers=18,
    sliding_window=128,
    hidden=2880,
    intermediate=2880,
    experts=128,
    active_experts=4,
    heads=64,
    kv_heads=8,
    head_dim=64,
    vocabulary=201_088,
)


_GPT_OSS_20B = replace(_GPT_OSS_120B, layers=24, sliding_layers=12, experts=32)


#: Hub id to architecture. Source: the `config.json` of each repository; the safeguard model is a finetune of the 20b
#: model (its model card). The parameter counts are those of the model card, arXiv 2508.10925, table 1.
KNOWN_ARCHITECTURES: dict[str, Architecture] = {
    GPT_OSS_20B: _GPT_OSS_20B,
    GPT_OSS_120B: _GPT_OSS_120B,
    GPT_OSS_SAFEGUARD_20B: _GPT_OSS_20B,
}
