"""The formulas give what transformers itself builds, fills and holds."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from safetensors import safe_open  # noqa: E402 - comes with transformers

from backends.checkpoints.architecture import KNOWN_ARCHITECTURES, Architecture  # noqa: E402
from backends.memory.footprint import activations, footprint  # noqa: E402
from backends.models import GPT_OSS_20B, GPT_OSS_120B, MINIATURE  # noqa: E402
from tests.backends.memory.architectures import as_config  # noqa: E402
from tests.backends.memory.live_tensors import LiveTensors  # noqa: E402

pytestmark = pytest.mark.embedded

VERSION = tuple(int(part) for part in transformers.__version__.split(".")[:2])

#: Whether the cache of sliding layers ends at their window; before, it holds the whole context.
WINDOWED = VERSION >= (4, 56)

SMALL, LARGE = KNOWN_ARCHITECTURES[GPT_OSS_20B], KNOWN_ARCHITECTURES[GPT_OSS_120B]


def _miniature_config() -> dict[str, object]:
    return json.loads((Path(MINIATURE) / "config.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("which", ["20b", "120b", "miniature"])
def test_parameters_are_those_of_the_model_that_transformers_builds(which: str, *, tied: bool) -> None:
    config = {"20b": as_config(SMALL), "120b": as_config(LARGE), "miniature": _miniature_config()}[which]
    config["tie_word_embeddings"] = tied
    with torch.device("meta"):
        model = transformers.GptOssForCausalLM(transformers.GptOssConfig(**config))

    assert Architecture.from_config(config).parameters == model.num_parameters()


def test_weights_of_the_miniature_are_the_bytes_of_its_file() -> None:
    with safe_open(Path(MINIATURE) / "model.safetensors", "np") as file:
        values = sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118 - no mapping

    assert Architecture.from_config(_miniature_config()).parameters == values


def test_cache_is_as_large_as_the_one_that_transformers_fills() -> None:
    config = transformers.GptOssConfig(**_miniature_config())
    model = transformers.GptOssForCausalLM(config).eval()
    tokens, batch = 96, 3
    with torch.inference_mode():
        cache = model(torch.zeros(batch, tokens, dtype=torch.long), use_cache=True).past_key_values
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)

    architecture = Architecture.from_config(_miniature_config())
    need = footprint(
        architecture if WINDOWED else replace(architecture, sliding_layers=0),
        quantised=False,
        batch_size=batch,
        context_tokens=tokens,
        value_bytes=4,
    )

    # transformers keeps one token less than the window, since the next one takes its place.
    assert held <= need.cache_bytes < held * 1.05


@pytest.mark.parametrize(
    ("intermediate", "tokens"),
    [
        pytest.param(16, 256, id="attention-needs-most"),
        pytest.param(
            512,
            32,
            id="experts-need-most",
            marks=pytest.mark.skipif(VERSION < (5, 0), reason="before 5.0 every expert works on every token"),
        ),
    ],
)
def test_activations_cover_what_a_forward_pass_holds_at_once(intermediate: int, tokens: int) -> None:
    numbers = _miniature_config() | {"hidden_size": 32, "intermediate_size": intermediate, "num_hidden_layers": 2}
    numbers |= {"layer_types": None, "num_attention_heads": 16, "num_key_value_heads": 2, "head_dim": 4}
    architecture = Architecture.from_config(numbers)
    model = transformers.GptOssForCausalLM(transformers.GptOssConfig(**numbers)).to(torch.bfloat16).eval()
    model.set_attn_implementation("eager")
    ids = torch.arange(8 * tokens).reshape(8, tokens) % 100
    with torch.inference_mode(), LiveTensors([*model.parameters(), *model.buffers()]) as live:
        model(ids, use_cache=True, logits_to_keep=1)

    counted = activations(architecture, 8, tokens, 2)
    cache = footprint(architecture, quantised=False, batch_size=8, context_tokens=tokens).cache_bytes

    assert 0.8 * counted < live.peak < 1.25 * (counted + cache)
