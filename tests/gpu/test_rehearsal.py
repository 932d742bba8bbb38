"""What the GPU tests are made of works on a CPU, at a size that it can bear; and without a GPU they never pass."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from backends.checkpoints.architecture import KNOWN_ARCHITECTURES, Architecture
from backends.checkpoints.checkpoint import Checkpoint
from backends.models import GPT_OSS_20B
from backends.system.hardware import cuda_device_count
from fixtures.miniature import CHECKPOINT
from fixtures.miniature.mxfp4 import write_quantised
from tests.gpu.agreement import answer
from tests.gpu.gpt_oss_20b import CONFIG, TINY
from tests.gpu.random_checkpoint import write_random
from tests.gpu.speed import measure
from tests.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_configuration_is_the_known_architecture() -> None:
    assert Architecture.from_config(CONFIG) == KNOWN_ARCHITECTURES[GPT_OSS_20B]


@pytest.mark.embedded
@pytest.mark.parametrize("dtype", ["auto", "float32"])
def test_random_checkpoint_is_whole_loads_through_the_quantiser_and_is_measured(tmp_path: Path, dtype: str) -> None:
    folder = write_random(tmp_path / "random", TINY)
    Checkpoint(folder).require_whole()

    speed = measure(folder, device="cpu", dtype=dtype, prompts=3, batch_size=2, tokens=5)

    assert speed.tokens == [5, 5, 5]
    assert speed.made["weights"].startswith(f"dequantised to {'bfloat16' if dtype == 'auto' else dtype}, since ")
    assert "tokens a second in batches of 2, peak unknown GiB" in speed.describe()


@pytest.mark.embedded
def test_answers_of_two_ways_are_compared(tmp_path: Path) -> None:
    here = answer(CHECKPOINT, device="cpu", dtype="float32", size=4)
    again = answer(CHECKPOINT, device="cpu", dtype="float32", size=4, attention="eager")
    other = answer(write_quantised(tmp_path / "mxfp4"), device="cpu", dtype="float32", size=4)

    assert here.differing(again) == (0, 0)
    assert set(here.labels) == {True, False}
    assert other.made["weights"].startswith("dequantised")


@pytest.mark.embedded
def test_answer_that_failed_is_told_by_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")

    with pytest.raises(AssertionError, match="holds no weights"):
        answer(tmp_path, device="cpu", dtype="float32", size=1)
    with pytest.raises(AssertionError, match="holds no weights"):
        measure(tmp_path, device="cpu", dtype="auto", prompts=1, batch_size=1, tokens=1)


@pytest.mark.slow
@pytest.mark.skipif(cuda_device_count() > 0, reason="this machine has a CUDA device: the GPU tests themselves can run")
def test_gpu_tests_without_a_gpu_have_no_verdict() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/gpu", "-m", "gpu", "-rs", "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 6, done.stdout
    assert "needs a CUDA device, and this machine has none" in done.stdout
    assert "6 skipped" in done.stdout
