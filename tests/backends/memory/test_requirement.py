"""Memory is looked for before a model is fetched or loaded, and where it lacks a remedy is named that works."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends.checkpoints import mxfp4
from backends.checkpoints.spec import LocalSpec
from backends.errors import BackendUnavailable, Failure, FailureKind
from backends.local import backend as local
from backends.local import loading
from backends.local.backend import LocalBackend
from backends.local.model_cache import LocalModelCache
from backends.memory import requirement as memory_need
from backends.memory.footprint import CUDA_CONTEXT_BYTES, Footprint
from backends.memory.requirement import LEAST, chosen, least_need_of, need_of, require_free_memory, require_total_memory
from backends.memory.workload import Workload
from backends.models import GPT_OSS_20B, MINIATURE
from backends.prompt import make_prompt
from backends.system.hardware import Gpu, Memory
from fixtures.miniature import CHECKPOINT

if TYPE_CHECKING:
    from pathlib import Path

    from backends.completion import Answer

CONFIG = json.loads((CHECKPOINT / "config.json").read_text(encoding="utf-8"))
SPEC = LocalSpec(model=MINIATURE, is_path=True, dtype="float32", device="cpu")
LARGE = LocalSpec(model=GPT_OSS_20B, needs_gpu=True)
WORK = Workload(batch_size=16, prompt_tokens=500, new_tokens=1024)


def gpu(free: float, *, total: float | None = None, index: int = 0) -> Gpu:
    return Gpu(
        index=index,
        name="NVIDIA Example",
        total_bytes=int((total or free) * 1e9),
        free_bytes=int(free * 1e9),
        capability=(9, 0),
    )


def on(monkeypatch: pytest.MonkeyPatch, *found: Gpu, kernels: bool = True) -> None:
    """This machine has these GPUs."""
    for module in (memory_need, mxfp4, local, loading):
        monkeypatch.setattr(module, "cuda_device_count", lambda: len(found))
    monkeypatch.setattr(memory_need, "gpus", lambda: found)
    monkeypatch.setattr(memory_need, "mxfp4_mode", lambda _: mxfp4.Mxfp4Mode(kernels=kernels))
    monkeypatch.setattr(memory_need, "known_config", lambda _: None)


def with_memory(monkeypatch: pytest.MonkeyPatch, available: int) -> None:
    monkeypatch.setattr(memory_need, "memory", lambda: Memory(total_bytes=2 * available, available_bytes=available))


def needed(spec: LocalSpec = SPEC, work: Workload = WORK) -> Footprint:
    need = need_of(spec, CONFIG, work)
    assert need is not None
    return need


# What is needed


def test_need_follows_the_number_format_the_batch_and_the_lengths() -> None:
    whole, half = needed(), needed(replace(SPEC, dtype="bfloat16"))

    assert whole.weights_bytes == 2 * half.weights_bytes
    assert needed(replace(SPEC, dtype="auto")) == half  # the checkpoint's own format
    assert (whole.batch_size, whole.context_tokens, whole.prompt_tokens) == (16, 1524, 500)
    assert needed(work=replace(WORK, batch_size=8)).cache_bytes * 2 == whole.cache_bytes


def test_mxfp4_takes_less_as_it_is_stored_than_dequantised() -> None:
    config = CONFIG | {"quantization_config": {"quant_method": "mxfp4"}}
    stored, dequantised = (need_of(SPEC, config, WORK, kernels=kernels) for kernels in (True, False))

    assert stored is not None
    assert dequantised is not None
    assert stored.weights_bytes < dequantised.weights_bytes == needed().weights_bytes


def test_model_of_another_kind_is_not_judged() -> None:
    assert need_of(SPEC, {"model_type": "llama"}, WORK) is None
    require_free_memory(SPEC, None)
    require_total_memory(SPEC, None)


def test_known_model_is_judged_before_anything_of_it_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, gpu(80))
    need = least_need_of(LARGE)

    assert need is not None
    assert need.quantised
    assert 12e9 < need.total_bytes < 16e9


# On GPUs


@pytest.mark.parametrize(
    ("device", "indices"), [("auto", [0, 1, 2]), ("cuda", [0]), ("cuda:0", [0]), ("cuda:2", [2]), ("cuda:9", [])]
)
def test_model_may_use_the_gpus_of_its_device(device: str, indices: list[int]) -> None:
    found = [gpu(1, index=index) for index in range(3)]
    assert [one.index for one in chosen(device, found)] == indices


def test_gpu_that_suffices_is_taken_and_one_that_is_full_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, gpu(24))
    require_free_memory(LARGE, least_need_of(LARGE))
    on(monkeypatch, gpu(5, total=24))
    require_total_memory(LARGE, least_need_of(LARGE))

    with pytest.raises(BackendUnavailable, match=r"openai/gpt-oss-20b needs .* GB .*: end the other programs on the"):
        require_free_memory(LARGE, least_need_of(LARGE))


def test_several_gpus_hold_together_what_one_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    two = (gpu(11), gpu(11, index=1))
    on(monkeypatch, *two)
    require_free_memory(LARGE, least_need_of(LARGE))

    with pytest.raises(BackendUnavailable, match="cuda:1"):
        require_free_memory(replace(LARGE, device="cuda:1"), least_need_of(LARGE))


def test_machine_that_could_never_hold_the_model_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backends.local.backend.require_local_libraries", lambda **_: None)
    on(monkeypatch, gpu(8))

    with pytest.raises(BackendUnavailable, match=r"needs .* and free are 8\.0 GB on cuda:0 \(NVIDIA Example\): "):
        LocalBackend(LARGE).check()
    on(monkeypatch, gpu(24))
    LocalBackend(LARGE).check()


def test_dequantised_model_on_a_gpu_for_mxfp4_names_the_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, gpu(24), kernels=False)

    with pytest.raises(BackendUnavailable, match="keep the weights in MXFP4"):
        require_free_memory(LARGE, least_need_of(LARGE))


# On a CPU


def test_memory_of_the_machine_is_enough_or_lacks_by_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = needed().total_bytes - CUDA_CONTEXT_BYTES
    with_memory(monkeypatch, exact)
    require_free_memory(SPEC, needed())
    with_memory(monkeypatch, exact - 1)

    with pytest.raises(BackendUnavailable, match=r"of memory on a CPU \(32 bits a value, batch size 16\), and "):
        require_free_memory(SPEC, needed())


def test_remedies_on_a_cpu_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def remedy(available: int) -> str:
        with_memory(monkeypatch, available)
        with pytest.raises(BackendUnavailable) as told:
            require_free_memory(SPEC, needed())
        return str(told.value)

    of_batch = {size: needed().otherwise(batch_size=size).total_bytes - CUDA_CONTEXT_BYTES for size in (1, 4, 8)}
    assert "use --local-batch-size 8." in remedy(of_batch[8])
    assert "use --local-batch-size 4." in remedy(of_batch[8] - 1)
    assert "use --local-batch-size 1." in remedy(of_batch[1])
    assert "--local-from" in remedy(1000)


def test_unknown_memory_hinders_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_need, "memory", lambda: None)
    require_free_memory(SPEC, needed())


# On the way to an answer


def test_folder_that_does_not_fit_is_told_in_the_place_of_every_answer_and_never_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_memory(monkeypatch, 1_000_000)
    monkeypatch.setattr(loading, "find_checkpoint", lambda _: pytest.fail("the weights were looked for"))
    got: dict[int, Answer] = {}

    LocalBackend(SPEC, models=LocalModelCache()).answer_all([make_prompt("a")] * 2, got.__setitem__, lambda: False)

    assert list(got) == [0, 1]
    for answer in got.values():
        assert isinstance(answer, Failure)
        assert answer.kind is FailureKind.UNAVAILABLE
        assert "of memory on a CPU" in answer.message


def test_workload_is_the_longest_prompt_and_answer_of_a_batch() -> None:
    prompts = [make_prompt("word " * words, max_new_tokens=tokens) for words, tokens in ((10, 5), (200, 7), (3, 900))]
    work = Workload.of(prompts, 16, SPEC)

    assert (work.batch_size, work.new_tokens) == (3, 900)
    assert 200 <= work.prompt_tokens <= 600
    assert Workload.of(prompts, 2, SPEC).batch_size == 2
    unknown = Workload.of(prompts, 2, LocalSpec(model="no/such-model"))
    assert unknown.prompt_tokens >= 200


def test_least_workload_is_smaller_than_a_usual_one() -> None:
    assert LEAST.batch_size == 1
    assert needed(work=LEAST).total_bytes < needed().total_bytes


@pytest.mark.parametrize("content", ["{", '{"model_type": "gpt_oss"}'])
def test_damaged_configuration_ends_in_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content, encoding="utf-8")
    got: dict[int, Answer] = {}
    spec = LocalSpec(model=str(tmp_path), is_path=True, device="cpu")

    LocalBackend(spec, models=LocalModelCache()).answer_all([make_prompt("a")], got.__setitem__, lambda: False)

    answer = got[0]
    assert isinstance(answer, Failure)
    assert "\n" not in answer.message
