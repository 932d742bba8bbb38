"""How an MXFP4 checkpoint is computed with is decided before loading, from what this machine has."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.requirements import Requirement

from backends.checkpoints import mxfp4
from backends.checkpoints.mxfp4 import Mxfp4Mode, is_mxfp4, mxfp4_mode
from backends.checkpoints.spec import LocalSpec
from backends.system.hardware import Gpu

H100 = Gpu(index=0, name="NVIDIA H100", total_bytes=80, free_bytes=80, capability=(9, 0))
P100 = replace(H100, index=1, name="Tesla P100", capability=(6, 0))
SPEC = LocalSpec(model="openai/gpt-oss-20b")


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a GPU that can, and all that the kernels take."""
    monkeypatch.setattr(mxfp4, "cuda_device_count", lambda: 1)
    monkeypatch.setattr(mxfp4, "gpus", lambda: (H100,))
    monkeypatch.setattr(mxfp4, "kernel_requirements", lambda: tuple(map(Requirement, ("triton>=3.4", "kernels>=0.18"))))
    monkeypatch.setattr(mxfp4, "installed_version", {"triton": "3.4.0", "kernels": "0.18.2"}.get)


@pytest.mark.usefixtures("able")
def test_machine_that_can_computes_with_the_blocks_as_they_are() -> None:
    assert mxfp4_mode(SPEC) == Mxfp4Mode(kernels=True)
    assert mxfp4_mode(SPEC).name == "mxfp4 kernels"
    assert mxfp4_mode(replace(SPEC, device="cuda:0")).kernels


@pytest.mark.usefixtures("able")
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_number_format_that_was_asked_for_dequantises(dtype: str) -> None:
    assert mxfp4_mode(replace(SPEC, dtype=dtype)) == Mxfp4Mode(kernels=False, why=f"{dtype} was asked for")


@pytest.mark.usefixtures("able")
def test_cpu_dequantises() -> None:
    assert mxfp4_mode(replace(SPEC, device="cpu")) == Mxfp4Mode(kernels=False, why="the kernels need a GPU")


@pytest.mark.usefixtures("able")
def test_one_old_gpu_among_several_dequantises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mxfp4, "gpus", lambda: (H100, P100))
    assert mxfp4_mode(SPEC).why == "the compute capability of Tesla P100 is less than 7.5"


@pytest.mark.usefixtures("able")
@pytest.mark.parametrize(
    ("installed", "missing"),
    [
        ({"triton": "3.3.1", "kernels": "0.18.2"}, "'triton>=3.4'"),
        ({"triton": "3.4.0"}, "'kernels>=0.18'"),
        ({}, "'triton>=3.4' 'kernels>=0.18'"),
    ],
)
def test_libraries_that_the_kernels_lack_are_named(
    monkeypatch: pytest.MonkeyPatch, installed: dict[str, str], missing: str
) -> None:
    monkeypatch.setattr(mxfp4, "installed_version", installed.get)
    assert mxfp4_mode(SPEC).why == f"the kernels need: pip install {missing}"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"quantization_config": {"quant_method": "mxfp4"}}, True),
        ({"quantization_config": {"quant_method": "fp8"}}, False),
        ({"quantization_config": None}, False),
        ({}, False),
    ],
)
def test_checkpoint_tells_whether_it_holds_mxfp4(config: dict[str, object], *, expected: bool) -> None:
    assert is_mxfp4(config) is expected
