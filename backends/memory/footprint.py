"""How much memory a gpt-oss model needs, computed from its `config.json` before anything is loaded."""

from __future__ import annotations

import math
from dataclasses import dataclass

from backends.checkpoints.architecture import BLOCK_BYTES, BLOCK_VALUES, Architecture

#: The number of bytes of a bfloat16 value.
BFLOAT16_BYTES = 2

#: What CUDA itself takes on a device as soon as torch uses it: 723 MiB, as reported at
#: discuss.pytorch.org/t/what-is-the-reason-for-pytorchs-gpu-memory-floor/73021; newer drivers take less.
CUDA_CONTEXT_BYTES = 723 * 1024 * 1024

#: A prompt's length in tokens where nobody says better. The default policy is 87 tokens, the template about 70, and of
#: ToxicChat's 1,999 test texts 99% are at most 333 (counted with o200k_harmony).
DEFAULT_PROMPT_TOKENS = 512

#: gpt-oss has no fused attention without extra kernels. Written out, attention holds four tensors of the size of its
#: scores at once: scores, scores with sinks, the same less their maximum, and probabilities. One of them lives on
#: while the experts work. Measured on a CPU by following every tensor's storage; a test repeats it.
_SCORES_AT_ONCE = 4
_SCORES_KEPT = 1

#: Bytes per token, active expert and intermediate value while the experts work in 16 bits. Measured as above with
#: gpt-oss's own widths, transformers 5.23: 22.4 to 22.6.
_EXPERT_BYTES = 23


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What a model needs on one device, in bytes, and for which use.

    Attributes:
        architecture: of the model.
        quantised: True where the experts stay in MXFP4.
        batch_size: prompts generated for together.
        context_tokens: of one prompt with its answer, at most.
        prompt_tokens: of one prompt.
        value_bytes: of a value that is not in MXFP4.
        weights_bytes: of the weights.
        cache_bytes: of the keys and values of the whole batch, sliding layers up to their window.
        headroom_bytes: for activations and CUDA itself. Each device needs it.
    """

    architecture: Architecture
    quantised: bool
    batch_size: int
    context_tokens: int
    prompt_tokens: int
    value_bytes: int
    weights_bytes: int
    cache_bytes: int
    headroom_bytes: int

    @property
    def total_bytes(self) -> int:
        """Weights, cache and headroom on a single device."""
        return self.weights_bytes + self.cache_bytes + self.headroom_bytes

    def otherwise(self, *, quantised: bool | None = None, batch_size: int | None = None) -> Footprint:
        """Returns the footprint of the same model under another use."""
        return footprint(
            self.architecture,
            quantised=self.quantised if quantised is None else quantised,
            batch_size=self.batch_size if batch_size is None else batch_size,
            context_tokens=self.context_tokens,
            prompt_tokens=self.prompt_tokens,
            value_bytes=self.value_bytes,
        )


def footprint(
    architecture: Architecture,
    *,
    quantised: bool,
    batch_size: int,
    context_tokens: int,
    prompt_tokens: int | None = None,
    value_bytes: int = BFLOAT16_BYTES,
) -> Footprint:
    """Computes what a model needs.

    Older releases of transformers take more than is counted here: before 4.56 sliding layers keep the whole context
    too, and before 5.0 weights that are not in MXFP4 let every expert work on every token.

    Args:
        architecture: of the model.
        quantised: True where the experts stay in MXFP4, as the checkpoint stores them; False where all is dequantised.
        batch_size: prompts generated for together.
        context_tokens: of one prompt with its answer, at most.
        prompt_tokens: of one prompt; `DEFAULT_PROMPT_TOKENS`, or the context where that is shorter, if left out.
        value_bytes: of a value that is not in MXFP4: 2 for bfloat16, 4 for float32.

    Raises:
        ValueError: a size is below 1.
    """
    if min(batch_size, context_tokens, value_bytes) < 1 or (prompt_tokens is not None and prompt_tokens < 1):
        raise ValueError("the batch size, the lengths and the bytes of a value must be at least 1")
    prompt = min(DEFAULT_PROMPT_TOKENS if prompt_tokens is None else prompt_tokens, context_tokens)
    return Footprint(
        architecture=architecture,
        quantised=quantised,
        batch_size=batch_size,
        context_tokens=context_tokens,
        prompt_tokens=prompt,
        value_bytes=value_bytes,
        weights_bytes=_weights(architecture, quantised=quantised, value_bytes=value_bytes),
        cache_bytes=_cache(architecture, batch_size, context_tokens, value_bytes),
        headroom_bytes=CUDA_CONTEXT_BYTES + activations(architecture, batch_size, prompt, value_bytes),
    )


def activations(architecture: Architecture, batch_size: int, prompt_tokens: int, value_bytes: int) -> int:
    """Returns the bytes that reading a batch of prompts holds at once beside weights and cache.

    Either attention or the experts need most: the scores grow with the square of the prompt. Writing the answer takes
    one token at a time, and less.
    """
    scores = architecture.heads * prompt_tokens * value_bytes
    experts = architecture.active_experts * architecture.intermediate * _EXPERT_BYTES * value_bytes // BFLOAT16_BYTES
    return batch_size * prompt_tokens * max(_SCORES_AT_ONCE * scores, _SCORES_KEPT * scores + experts)


def _weights(architecture: Architecture, *, quantised: bool, value_bytes: int) -> int:
    if not quantised:
        return architecture.parameters * value_bytes
    in_blocks = architecture.layers * architecture.expert_values
    blocks = math.ceil(in_blocks / BLOCK_VALUES)
    return blocks * BLOCK_BYTES + (architecture.parameters - in_blocks) * value_bytes


def _cache(architecture: Architecture, batch_size: int, context_tokens: int, value_bytes: int) -> int:
    full = (architecture.layers - architecture.sliding_layers) * context_tokens
    sliding = architecture.sliding_layers * min(context_tokens, architecture.sliding_window)
    token = 2 * architecture.kv_heads * architecture.head_dim * value_bytes
    return batch_size * (full + sliding) * token
