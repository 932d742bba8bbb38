"""Each model's need is held against the GPU, the cache and the disk."""

from __future__ import annotations

from typing import Any

import pytest

from backends.doctor.cached import CacheEntry, Stored
from backends.doctor.check_result import Status
from backends.doctor.models import Place, judge_model, short_name
from backends.models import GPT_OSS_20B, GPT_OSS_120B, GPT_OSS_SAFEGUARD_20B
from backends.system.hardware import Gpu

HERE, PART, NOWHERE = (
    CacheEntry(Stored.WHOLE),
    CacheEntry(Stored.PART, "1 of 3 weight files"),
    CacheEntry(Stored.NOTHING),
)


def _place(
    free: float | None, *, kernels: bool = True, entry: CacheEntry = HERE, disk: int | None = 10**12, minor: int = 5
) -> Place:
    size = int((free or 0) * 1e9)
    gpu = Gpu(index=0, name="NVIDIA Example", total_bytes=size, free_bytes=size, capability=(7, minor))
    return Place(gpus=[] if free is None else [gpu], kernels=kernels, entry=entry, disk=disk)


def test_model_that_fits_and_is_here_is_good() -> None:
    line = judge_model(GPT_OSS_20B, _place(24))

    assert (line.topic, line.status) == ("gpt-oss-20b", Status.OK)
    assert line.text == "fits: 17.9 GB MXFP4 (45.9 GB bfloat16); in the cache"


@pytest.mark.parametrize("change", [{"kernels": False}, {"minor": 0}])
def test_model_is_held_against_its_dequantised_need_without_kernels(change: dict[str, Any]) -> None:
    assert judge_model(GPT_OSS_20B, _place(24, **change)).status is Status.ERROR
    assert judge_model(GPT_OSS_20B, _place(48, **change)).text.startswith("fits: 45.9 GB bfloat16 (17.9 GB MXFP4)")


def test_model_that_fits_with_fewer_prompts_at_once_names_their_number() -> None:
    line = judge_model(GPT_OSS_20B, _place(16.5))

    assert line.status is Status.OK
    assert line.text.startswith("fits with --local-batch-size 9: 17.9 GB MXFP4 (")


def test_model_that_does_not_fit_comes_with_the_way_out() -> None:
    line = judge_model(GPT_OSS_120B, _place(24))

    assert line.status is Status.ERROR
    assert "too much" in line.text
    assert line.remedy == "--local-from FILE, or GPUs with 66.2 GB"


def test_model_that_fits_with_kernels_alone_points_at_them() -> None:
    line = judge_model(GPT_OSS_20B, _place(24, kernels=False))

    assert (line.status, line.remedy) == (Status.ERROR, "see MXFP4")


def test_model_that_other_programs_keep_out_says_so() -> None:
    busy = Gpu(index=0, name="NVIDIA Example", total_bytes=80 * 10**9, free_bytes=10**9, capability=(9, 0))
    line = judge_model(GPT_OSS_20B, Place(gpus=[busy], kernels=True, entry=HERE, disk=None))

    assert (line.status, line.remedy) == (Status.ERROR, "end other programs on the GPU")


def test_model_without_a_gpu_is_played_back() -> None:
    line = judge_model(GPT_OSS_120B, _place(None, entry=NOWHERE))

    assert line.status is Status.ERROR
    assert line.text == "69.7 GB MXFP4, 238.1 GB bfloat16; not in the cache; no GPU"
    assert "--local-from" in line.remedy


@pytest.mark.parametrize("entry", [PART, NOWHERE])
def test_model_that_is_not_whole_in_the_cache_is_to_be_fetched(entry: CacheEntry) -> None:
    line = judge_model(GPT_OSS_20B, _place(24, entry=entry))

    assert line.status is Status.NOTE
    assert str(entry) in line.text
    assert "hf download openai/gpt-oss-20b" in line.remedy
    assert "13.8 GB" in line.remedy


def test_interrupted_download_is_called_incomplete() -> None:
    assert str(PART) == "incomplete cache (1 of 3 weight files)"


def test_full_disk_is_told_before_the_download() -> None:
    line = judge_model(GPT_OSS_20B, _place(24, entry=NOWHERE, disk=13 * 10**9))

    assert line.status is Status.ERROR
    assert "make room" in line.remedy
    assert judge_model(GPT_OSS_20B, _place(24, entry=NOWHERE, disk=None)).status is Status.NOTE


def test_short_names_tell_the_models_apart() -> None:
    assert len({short_name(model) for model in (GPT_OSS_20B, GPT_OSS_120B, GPT_OSS_SAFEGUARD_20B)}) == 3
