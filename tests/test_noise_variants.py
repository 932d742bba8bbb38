"""The noise of a side is measured under the changes that its checkpoint and this machine allow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends import memory_need, mxfp4
from backends.local import LocalBackend
from backends.machine import Gpu
from backends.models import GPT_OSS_20B, MINIATURE, resolve_model
from fixtures import noise
from fixtures.miniature.mxfp4 import write_quantised
from fixtures.noise import variants_of
from fixtures.servers import EmbeddedServer
from fixtures.subjects import make_subjects
from fixtures.toxicchat import draw_sample, load_examples
from tests.plain_settings import SETTINGS

if TYPE_CHECKING:
    from backends.loaded_model import LocalSpec

SAMPLE = draw_sample(load_examples("bundled"), size=4)


def changes(model: str, **options: object) -> dict[str, LocalSpec]:
    """Returns the changes of the local side, each with what is loaded for it."""
    settings = replace(SETTINGS, model=resolve_model(model), **options)  # type: ignore[arg-type]
    (subject,) = make_subjects(settings, SAMPLE, EmbeddedServer())
    return {
        variant.change: variant.backend.spec
        for variant in variants_of(subject)
        if isinstance(variant.backend, LocalBackend)
    }


@pytest.fixture(scope="module")
def quantised(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The miniature in MXFP4."""
    return str(write_quantised(tmp_path_factory.mktemp("checkpoint") / "mxfp4"))


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with one GPU that runs MXFP4 by kernels, and with memory for the 20b model dequantised."""
    card = Gpu(index=0, name="NVIDIA Example", total_bytes=80 * 10**9, free_bytes=80 * 10**9, capability=(9, 0))
    for module in (noise, memory_need, mxfp4):
        monkeypatch.setattr(module, "cuda_device_count", lambda: 1)
    monkeypatch.setattr(memory_need, "gpus", lambda: (card,))
    monkeypatch.setattr(mxfp4, "gpus", lambda: (card,))
    monkeypatch.setattr(mxfp4, "missing_kernels", lambda *_: ())


def test_small_checkpoint_on_a_cpu_is_computed_in_another_format(quantised: str) -> None:
    for model in (MINIATURE, quantised):
        found = changes(model)
        assert list(found) == ["batch", "attention", "dtype"]
        assert found["dtype"].dtype == "bfloat16"


def test_checkpoints_own_format_has_another_one_too() -> None:
    assert changes(MINIATURE, local_dtype="auto")["dtype"].dtype == "float32"


@pytest.mark.usefixtures("gpu")
def test_small_checkpoint_on_a_gpu_is_computed_in_another_format_too() -> None:
    found = changes(MINIATURE, local_device="cuda")
    assert (found["dtype"].dtype, found["dtype"].device) == ("float32", "cuda")


@pytest.mark.usefixtures("gpu")
def test_large_checkpoint_on_a_gpu_is_not_loaded_in_a_larger_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "_SMALL_BYTES", 1000)
    assert "dtype" not in changes(MINIATURE, local_device="cuda")
    assert "dtype" in changes(MINIATURE)


@pytest.mark.usefixtures("gpu")
def test_mxfp4_by_kernels_is_compared_with_mxfp4_dequantised_and_the_other_way_round(quantised: str) -> None:
    for model, options in ((quantised, {"local_device": "cuda"}), (GPT_OSS_20B, {})):
        stored = changes(model, **options)
        assert list(stored) == ["batch", "attention", "dequantised"]
        assert stored["dequantised"].dtype == "bfloat16"
        dequantised = changes(model, local_dtype="bfloat16", **options)
        assert list(dequantised) == ["batch", "attention", "kernels"]
        assert dequantised["kernels"].dtype == "auto"


@pytest.mark.usefixtures("gpu")
def test_dequantised_model_that_no_gpu_here_could_hold_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Gpu(index=0, name="NVIDIA Example", total_bytes=24 * 10**9, free_bytes=24 * 10**9, capability=(9, 0))
    monkeypatch.setattr(memory_need, "gpus", lambda: (small,))
    assert list(changes(GPT_OSS_20B)) == ["batch", "attention"]


def test_twin_is_loaded_as_the_model_is(quantised: str) -> None:
    found = changes(quantised, noise_twin=resolve_model(MINIATURE))

    assert list(found) == ["batch", "attention", "dtype", "twin"]
    assert (found["twin"].model, found["twin"].dtype, found["twin"].device) == (MINIATURE, "float32", "cpu")
    assert found["twin"].revision == resolve_model(MINIATURE).revision


def test_attention_that_was_asked_for_is_compared_with_the_suites_own() -> None:
    assert changes(MINIATURE, local_attention="eager")["attention"].attention == "sink_as_key"
    assert "attention" not in changes(MINIATURE, local_attention="sink_as_key")
