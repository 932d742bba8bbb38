"""Memory and GPUs are told as they are, with what would help."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from backends.doctor.check_result import Status
from backends.doctor.hardware import judge_gpus, judge_kernels, judge_memory
from backends.system.hardware import Gpu, Memory

GPU = Gpu(index=0, name="NVIDIA H100", total_bytes=85 * 10**9, free_bytes=80 * 10**9, capability=(9, 0))
OLD = Gpu(index=1, name="Tesla V100", total_bytes=16 * 10**9, free_bytes=16 * 10**9, capability=(7, 0))
MISSING = (Requirement("triton>=3.4"), Requirement("kernels>=0.18.2,<0.19"))


def test_memory_is_told_with_the_disk() -> None:
    line = judge_memory(Memory(total_bytes=32 * 10**9, available_bytes=20 * 10**9), 50 * 10**9)

    assert line.status is Status.OK
    assert line.text == "20.0 GB of 32.0 GB available; 50.0 GB of disk free for the Hub cache"


@pytest.mark.parametrize(("available", "state"), [(1_999_999_999, Status.NOTE), (2_000_000_000, Status.OK)])
def test_little_memory_is_noted(available: int, state: Status) -> None:
    assert judge_memory(Memory(total_bytes=32 * 10**9, available_bytes=available), 1).status is state


def test_unknown_memory_and_disk_are_no_guess() -> None:
    line = judge_memory(None, None)

    assert (line.status, line.text, line.remedy) == (Status.NOTE, "unknown; disk unknown", "pip install psutil")


def test_gpu_is_told_with_its_free_memory_and_driver() -> None:
    line = judge_gpus([GPU], offered=1, driver="580.65", torch="2.13.0+cu130")

    assert (line.status, line.text) == (Status.OK, "NVIDIA H100 80.0 GB of 85.0 GB free; driver 580.65")


def test_machine_without_a_gpu_is_sent_to_a_recording() -> None:
    line = judge_gpus([], offered=0, driver=None, torch="2.13.0+cpu")

    assert line.status is Status.ERROR
    assert "--local-from reference.rec" in line.remedy


def test_gpu_of_unknown_memory_needs_the_library_that_tells() -> None:
    line = judge_gpus([], offered=2, driver=None, torch=None)

    assert (line.status, line.remedy) == (Status.NOTE, "pip install nvidia-ml-py")
    assert "2 CUDA devices" in line.text


def test_gpu_that_cuda_does_not_offer_is_no_gpu() -> None:
    line = judge_gpus([GPU], offered=0, driver="580.65", torch=None)

    assert line.status is Status.ERROR
    assert "CUDA offers none" in line.text


def test_torch_without_cuda_is_named() -> None:
    line = judge_gpus([GPU], offered=1, driver="580.65", torch="2.13.0+cpu")

    assert (line.status, line.remedy) == (Status.ERROR, "install torch for CUDA")
    assert "torch 2.13.0+cpu has no CUDA" in line.text


def test_kernels_are_good_where_gpu_and_libraries_are() -> None:
    assert judge_kernels([GPU], ()).status is Status.OK


def test_missing_kernels_mean_dequantised_and_are_named_with_the_command() -> None:
    line = judge_kernels([GPU], MISSING)

    assert (line.status, line.text) == (Status.NOTE, "dequantised: missing triton>=3.4, kernels<0.19,>=0.18.2")
    assert line.remedy == "pip install 'triton>=3.4' 'kernels<0.19,>=0.18.2'"


def test_old_gpu_means_dequantised() -> None:
    line = judge_kernels([GPU, OLD], ())

    assert line.status is Status.NOTE
    assert line.text == "dequantised: Tesla V100 has compute capability 7.0, kernels need 7.5"


@pytest.mark.parametrize("missing", [(), MISSING])
def test_kernels_without_a_gpu_are_of_no_use_here(missing: tuple[Requirement, ...]) -> None:
    line = judge_kernels([], missing)

    assert (line.status, line.text) == (Status.NOTE, "needs a GPU")
    assert ("kernels" in line.remedy) is bool(missing)
