"""A model that cannot be computed with as planned is computed with otherwise, and both the run and the cache know."""

from __future__ import annotations

from typing import Any

import pytest

from backends.checkpoints.mxfp4 import DEQUANTISED, KERNELS, Mxfp4Mode
from backends.checkpoints.spec import LocalSpec
from backends.dispatch.cache import key_of
from backends.errors import BackendUnavailable
from backends.local import load_info as loading_facts
from backends.local import loading
from backends.local.backend import LocalBackend
from backends.local.loading import load_model
from backends.local.model_cache import LocalModelCache
from backends.prompt import make_prompt
from fixtures.miniature.mxfp4 import write_quantised

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> LocalSpec:
    folder = write_quantised(tmp_path_factory.mktemp("checkpoint") / "mxfp4")
    return LocalSpec(model=str(folder), is_path=True, device="cpu")


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine looks as if it ran MXFP4 by kernels."""
    for module in (loading, loading_facts):
        monkeypatch.setattr(module, "mxfp4_mode", lambda _: Mxfp4Mode(kernels=True))
    monkeypatch.setattr("backends.local.backend.mxfp4_mode", lambda _: Mxfp4Mode(kernels=True))


def without_kernels(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Loading as stored raises, as where the kernels cannot be fetched; dequantised it works."""
    import transformers  # noqa: PLC0415 - heavy

    real = transformers.AutoModelForCausalLM.from_pretrained

    def load(*arguments: object, **options: Any) -> Any:  # noqa: ANN401 - as in transformers
        if "quantization_config" not in options:
            raise error
        return real(*arguments, **options)

    monkeypatch.setattr(loading, "_mode_of", lambda *_: Mxfp4Mode(kernels=True))
    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", load)


@pytest.mark.usefixtures("planned")
def test_transformers_own_word_on_kernels_is_taken(spec: LocalSpec) -> None:
    """On a CPU it dequantises, whatever was planned."""
    loaded = load_model(spec)

    assert loaded.load_info["weights"].startswith("dequantised to bfloat16, since transformers does not take this GPU")
    assert loaded.effective_overrides == {"mxfp4": DEQUANTISED}


@pytest.mark.usefixtures("planned")
def test_kernels_that_cannot_be_had_make_it_a_dequantised_model_that_says_why(
    spec: LocalSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_kernels(monkeypatch, OSError("Cannot reach the kernels\nat all"))

    loaded = load_model(spec)

    assert loaded.load_info["weights"].startswith("dequantised to bfloat16, since the kernels cannot be had: ")
    assert loaded.load_info["weights"].endswith("Cannot reach the kernels")
    assert loaded.effective_overrides == {"mxfp4": DEQUANTISED}


@pytest.mark.usefixtures("planned")
def test_memory_that_runs_out_with_kernels_is_told_and_not_tried_with_more(
    spec: LocalSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch  # noqa: PLC0415 - heavy

    without_kernels(monkeypatch, torch.OutOfMemoryError("CUDA out of memory."))

    with pytest.raises(BackendUnavailable, match="The memory does not suffice to load"):
        load_model(spec)


@pytest.mark.usefixtures("planned")
def test_answers_of_the_model_that_fell_back_are_kept_as_dequantised(spec: LocalSpec) -> None:
    local = LocalBackend(spec, models=LocalModelCache())
    got: list[Any] = []

    local.answer_all([make_prompt("hi", max_new_tokens=3)], lambda _, answer: got.append(answer), lambda: False)

    planned = local.cache_inputs(make_prompt("hi"))
    assert planned["mxfp4"] == KERNELS
    assert got[0].effective_overrides == {"mxfp4": DEQUANTISED}
    assert key_of(planned | got[0].effective_overrides) != key_of(planned)


def test_facts_name_what_was_loaded(spec: LocalSpec) -> None:
    loaded = load_model(LocalSpec(model=spec.model, is_path=True, device="cpu", dtype="float32", attention="eager"))

    assert loaded.load_info == {
        "dtype": "float32",
        "attention": "eager",
        "weights": "dequantised to float32, since the kernels need a GPU",
    }
    assert loaded.runtime_info(batch_size=4)["batch_size"] == 4
