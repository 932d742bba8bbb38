"""What a gpt-oss model needs meets what is documented of the real ones."""

from __future__ import annotations

import pytest

from backends.checkpoints.architecture import KNOWN_ARCHITECTURES, Architecture
from backends.memory.footprint import CUDA_CONTEXT_BYTES, footprint
from backends.models import GPT_OSS_20B, GPT_OSS_120B, GPT_OSS_SAFEGUARD_20B
from tests.backends.memory.architectures import as_config

SMALL = KNOWN_ARCHITECTURES[GPT_OSS_20B]
LARGE = KNOWN_ARCHITECTURES[GPT_OSS_120B]


def test_checkpoints_have_the_size_of_the_files_on_the_hub() -> None:
    # `metadata.total_size` of the repositories' model.safetensors.index.json, in GB: 13.76 and 65.25.
    small = footprint(SMALL, quantised=True, batch_size=1, context_tokens=1)
    large = footprint(LARGE, quantised=True, batch_size=1, context_tokens=1)

    assert small.weights_bytes == pytest.approx(13.76e9, rel=0.001)
    assert large.weights_bytes == pytest.approx(65.25e9, rel=0.001)


@pytest.mark.parametrize(("architecture", "billions"), [(SMALL, 20.91), (LARGE, 116.83)], ids=["20b", "120b"])
def test_parameters_are_those_of_the_model_card(architecture: Architecture, billions: float) -> None:
    assert round(architecture.parameters / 1e9, 2) == billions


def test_20b_run_needs_its_documented_memory() -> None:
    quantised = footprint(SMALL, quantised=True, batch_size=8, context_tokens=1536)
    dequantised = footprint(SMALL, quantised=False, batch_size=1, context_tokens=1536)

    assert 15.5e9 < quantised.total_bytes < 16.5e9
    assert 41.5e9 < dequantised.total_bytes < 43e9


def test_120b_run_fits_a_card_of_80_gigabytes() -> None:
    assert footprint(LARGE, quantised=True, batch_size=16, context_tokens=2048).total_bytes < 80e9


def test_safeguard_model_needs_what_the_20b_model_needs() -> None:
    assert KNOWN_ARCHITECTURES[GPT_OSS_SAFEGUARD_20B] == SMALL


def test_sliding_layers_hold_no_more_than_their_window() -> None:
    short = footprint(SMALL, quantised=True, batch_size=1, context_tokens=SMALL.sliding_window)
    long = footprint(SMALL, quantised=True, batch_size=1, context_tokens=SMALL.sliding_window + 1)

    assert long.cache_bytes - short.cache_bytes == (24 - 12) * 2 * 8 * 64 * 2


def test_cache_and_activations_grow_with_the_batch_and_weights_do_not() -> None:
    one = footprint(SMALL, quantised=True, batch_size=1, context_tokens=1024)
    four = one.otherwise(batch_size=4)

    assert four.weights_bytes == one.weights_bytes
    assert four.cache_bytes == 4 * one.cache_bytes
    assert four.headroom_bytes - CUDA_CONTEXT_BYTES == 4 * (one.headroom_bytes - CUDA_CONTEXT_BYTES)
    assert four.total_bytes == four.weights_bytes + four.cache_bytes + four.headroom_bytes


def test_float32_takes_twice_as_much() -> None:
    half = footprint(SMALL, quantised=False, batch_size=1, context_tokens=1024)
    whole = footprint(SMALL, quantised=False, batch_size=1, context_tokens=1024, value_bytes=4)

    assert whole.weights_bytes == 2 * half.weights_bytes
    assert whole.cache_bytes == 2 * half.cache_bytes


def test_config_of_another_family_is_refused() -> None:
    with pytest.raises(ValueError, match="'llama' model, not of gpt_oss"):
        Architecture.from_config({"model_type": "llama"})


def test_config_without_a_number_is_refused_by_its_name() -> None:
    config = as_config(SMALL)
    del config["head_dim"]

    with pytest.raises(ValueError, match="head_dim"):
        Architecture.from_config(config)


def test_layers_alternate_where_the_config_does_not_list_them() -> None:
    assert Architecture.from_config(as_config(SMALL)) == SMALL


@pytest.mark.parametrize("size", ["batch_size", "context_tokens", "prompt_tokens", "value_bytes"])
def test_size_below_one_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        footprint(SMALL, quantised=True, **{"batch_size": 1, "context_tokens": 8, size: 0})
