"""What does not fit is said before loading, with a remedy that works."""

from __future__ import annotations

import re

import pytest

from backends.checkpoints.architecture import KNOWN_ARCHITECTURES
from backends.memory.fitting import fits, largest_batch, what_is_missing
from backends.memory.footprint import Footprint, footprint
from backends.models import GPT_OSS_20B, GPT_OSS_120B
from backends.system.hardware import Gpu


def _gpu(free: float, *, total: float | None = None, index: int = 0, capability: tuple[int, int] = (9, 0)) -> Gpu:
    return Gpu(
        index=index,
        name="NVIDIA Example",
        total_bytes=int((total or free) * 1e9),
        free_bytes=int(free * 1e9),
        capability=capability,
    )


def _need(model: str = GPT_OSS_20B, *, quantised: bool = True, batch_size: int = 16) -> Footprint:
    return footprint(KNOWN_ARCHITECTURES[model], quantised=quantised, batch_size=batch_size, context_tokens=1536)


def test_model_fits_where_its_total_is_free_and_not_a_byte_below() -> None:
    need = _need()

    assert fits(need, [_gpu(need.total_bytes / 1e9 + 1e-9)])
    assert not fits(need, [_gpu(need.total_bytes / 1e9 - 1e-9)])
    assert what_is_missing(GPT_OSS_20B, need, [_gpu(80)]) is None


def test_no_gpu_is_told_with_the_way_to_do_without() -> None:
    said = what_is_missing(GPT_OSS_20B, _need(), [])

    assert said is not None
    assert "openai/gpt-oss-20b needs 17.9 GB of GPU memory (MXFP4, batch size 16: weights 13.8 GB" in said
    assert "this machine has no GPU" in said
    assert "--local-from reference.rec" in said


def test_smaller_batch_is_named_that_does_fit_and_is_the_largest() -> None:
    gpu = _gpu(16.5)
    said = what_is_missing(GPT_OSS_20B, _need(), [gpu])
    batch = int(re.search(r"use --local-batch-size (\d+)\.$", said or "")[1])  # type: ignore[index]

    assert 1 <= batch < 16
    assert fits(_need(batch_size=batch), [gpu])
    assert not fits(_need(batch_size=batch + 1), [gpu])
    assert "16.5 GB on cuda:0 (NVIDIA Example)" in (said or "")


def test_largest_batch_is_the_one_asked_for_at_most_and_none_where_none_fits() -> None:
    assert largest_batch(_need(), [_gpu(1000)]) == 16
    assert largest_batch(_need(), [_gpu(14)]) == 0
    assert largest_batch(_need(), []) == 0


def test_kernels_are_the_remedy_where_only_dequantised_weights_are_too_much() -> None:
    said = what_is_missing(GPT_OSS_20B, _need(quantised=False), [_gpu(24)])

    assert said is not None
    assert "needs 45.9 GB of GPU memory (16 bits a value, batch size 16" in said
    assert "keep the weights in MXFP4 (leave --local-dtype at auto, pip install 'triton>=3.4' 'kernels" in said
    assert said.endswith("'accelerate').")


def test_kernels_and_a_smaller_batch_are_the_remedy_where_both_are_needed() -> None:
    said = what_is_missing(GPT_OSS_20B, _need(quantised=False), [_gpu(16)])

    assert re.search(r"'accelerate'\) and use --local-batch-size \d\.$", said or "")


def test_kernels_are_no_remedy_on_a_gpu_that_cannot_run_them() -> None:
    said = what_is_missing(GPT_OSS_20B, _need(quantised=False), [_gpu(24, capability=(7, 0))])

    assert said is not None
    assert "kernels" not in said
    assert "use a GPU with 42.8 GB free, or several that hold it together" in said
    assert "--local-from reference.rec" in said


def test_checkpoint_that_is_not_stored_in_mxfp4_is_not_told_to_stay_in_it() -> None:
    said = what_is_missing("someone/finetune", _need(quantised=False), [_gpu(24)], in_mxfp4=False)

    assert said is not None
    assert "MXFP4" not in said
    assert "use a GPU with 42.8 GB free" in said


def test_smallest_sufficient_gpu_is_named_for_the_weights_as_they_are_stored() -> None:
    said = what_is_missing(GPT_OSS_120B, _need(GPT_OSS_120B, quantised=False), [_gpu(24)])

    assert "keep the weights in MXFP4" in (said or "")
    assert "and use a GPU with 66.2 GB free" in (said or "")


def test_kernels_on_an_emptied_gpu_are_the_remedy_where_neither_is_enough() -> None:
    said = what_is_missing(GPT_OSS_20B, _need(quantised=False), [_gpu(3, total=24)])

    assert "'accelerate') and end the other programs on the GPU." in (said or "")


def test_other_programs_on_the_gpu_are_named_where_they_are_in_the_way() -> None:
    said = what_is_missing(GPT_OSS_20B, _need(), [_gpu(3, total=80)])

    assert (said or "").endswith("end the other programs on the GPU.")


def test_several_gpus_hold_together_what_none_holds_alone() -> None:
    need = _need(GPT_OSS_120B)
    pair = [_gpu(40, index=0), _gpu(40, index=1)]

    assert not fits(need, pair[:1])
    assert fits(need, pair)


def test_headroom_is_needed_on_every_gpu() -> None:
    # 2 x 35.5 GB is more than the total of 69.7 GB, but each gives 3.5 GB to headroom, and layers are not cut.
    need = _need(GPT_OSS_120B)

    assert need.total_bytes < 71e9
    assert not fits(need, [_gpu(35.5, index=0), _gpu(35.5, index=1)])


def test_gpu_without_room_for_the_headroom_counts_for_nothing() -> None:
    assert not fits(_need(), [_gpu(1.0, index=0), _gpu(1.0, index=1)])
    assert fits(_need(), [_gpu(1.0, index=0), _gpu(24, index=1)])


@pytest.mark.parametrize("model", [GPT_OSS_20B, GPT_OSS_120B])
def test_message_is_one_line(model: str) -> None:
    for gpus in ([], [_gpu(10)], [_gpu(10, index=0), _gpu(10, index=1)]):
        said = what_is_missing(model, _need(model), gpus)

        assert said is not None
        assert "\n" not in said
