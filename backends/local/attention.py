"""The attention implementations that a local model can run with, and one of this suite's own.

The own one computes gpt-oss's attention in another order of additions.

gpt-oss's heads have sinks: keys that every query sees at a learned score and whose value is nothing. transformers has
no fused kernel on a CPU that knows them. Here the sink is one more key with nothing in it, whose score stands in the
mask that is added to the scores anyway; so torch's own fused attention does all the work.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from backends.near_names import did_you_mean, name_meant

if TYPE_CHECKING:
    from torch import Tensor, nn

#: The name under which transformers knows it, once `register_attention` was called.
SINK_AS_KEY = "sink_as_key"

#: The implementations that can be asked for by name. Source: `AttentionInterface` of transformers 5.23. Which of them
#: gpt-oss can run with depends on the device: its sinks are unknown to `sdpa`.
ATTENTIONS = (
    "eager",
    "sdpa",
    "flex_attention",
    "flash_attention_2",
    "flash_attention_3",
    "flash_attention_4",
    SINK_AS_KEY,
)

#: A kernel of the Hub, such as `kernels-community/vllm-flash-attn3`, as transformers knows one.
_HUB_KERNEL = re.compile(r"[^/:\s]+/[^/:@\s]+(@[^/:\s]+)?(:[^/:\s]+)?")


def read_attention(name: str) -> str:
    """Returns the one of `ATTENTIONS` that is meant, or a kernel of the Hub by its name.

    Raises:
        ValueError: it is neither.
    """
    if _HUB_KERNEL.fullmatch(name):
        return name
    meant = name_meant(name, ATTENTIONS)
    if meant is not None:
        return meant
    raise ValueError(
        f"There is no attention implementation {name!r}: give one of {', '.join(ATTENTIONS)}, "
        f"or a kernel of the Hub such as kernels-community/vllm-flash-attn3.{did_you_mean(name, ATTENTIONS)}"
    )


def register_attention() -> None:
    """Makes `SINK_AS_KEY` known to transformers. Calling it again changes nothing."""
    from transformers import AttentionInterface, AttentionMaskInterface  # noqa: PLC0415 - several seconds
    from transformers.masking_utils import eager_mask  # noqa: PLC0415 - as above

    AttentionInterface.register(SINK_AS_KEY, attend)
    AttentionMaskInterface.register(SINK_AS_KEY, eager_mask)


def attend(
    module: nn.Module,  # noqa: ARG001 - the interface of transformers
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    *,
    scaling: float,
    s_aux: Tensor,
    **__: Any,  # noqa: ANN401 - as above
) -> tuple[Tensor, None]:
    """Attends as transformers asks an implementation to.

    Args:
        module: the layer, of which nothing is needed.
        query: [n, heads, t, d].
        key: [n, shared heads, s, d], those of earlier passes included.
        value: of the keys, in the same shape.
        attention_mask: [n, 1, t, at least s], added to the scores: it hides padding, what comes later, and what is
            outside the window.
        scaling: of the scores.
        s_aux: the sinks' scores, [heads].

    Returns:
        [n, t, heads, d], and no weights, which the fused kernel does not tell.
    """
    from torch import cat  # noqa: PLC0415 - as above
    from torch.nn.functional import pad, scaled_dot_product_attention  # noqa: PLC0415 - as above

    rows, heads, queries, _ = query.shape
    groups = heads // key.size(1)
    key, value = (pad(part.repeat_interleave(groups, dim=1), (0, 0, 1, 0)) for part in (key, value))
    sinks = s_aux.to(query.dtype).reshape(1, heads, 1, 1).expand(rows, -1, queries, -1)
    seen = attention_mask[..., : key.size(2) - 1].expand(rows, heads, queries, -1)
    mask = cat([sinks, seen.to(query.dtype)], dim=-1)
    out = scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scaling)
    return out.transpose(1, 2).contiguous(), None
