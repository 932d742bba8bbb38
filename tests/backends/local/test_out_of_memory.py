"""Where memory runs out, the batch is halved and the work goes on; no prompt is lost, and none answered twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from backends.checkpoints.spec import LocalSpec
from backends.completion import Answer, Completion, InferenceBackend
from backends.dispatch.answer_store import AnswerStore
from backends.dispatch.cache import AnswerCache, key_of
from backends.dispatch.dispatcher import Dispatcher, Job
from backends.errors import Failure, FailureKind
from backends.local.backend import LocalBackend
from backends.local.model_cache import LocalModelCache
from backends.models import MINIATURE, resolve_model
from backends.prompt import Prompt, make_prompt
from backends.system.out_of_memory import is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

CPU_SAYS = "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to ..."
TEXTS = [f"{'word ' * n}number {n}" for n in (7, 1, 5, 2, 0, 4, 3, 9, 8, 6)]


def prompts() -> list[Prompt]:
    return [make_prompt(text, reasoning_effort="low", max_new_tokens=4) for text in TEXTS]


@pytest.fixture
def models() -> Iterator[LocalModelCache]:
    cache = LocalModelCache()
    yield cache
    cache.unload()


def backend(models: LocalModelCache, batch_size: int) -> LocalBackend:
    model = resolve_model(MINIATURE)
    spec = LocalSpec(model=model.id, revision=model.revision, is_path=True, dtype="float32", device="cpu")
    return LocalBackend(spec, batch_size=batch_size, models=models)


def memory_for(
    models: LocalModelCache, spec: LocalSpec, fits: Callable[[int, int], bool], error: Exception
) -> list[int]:
    """Lets the real model's `generate` raise where a batch does not fit; returns the sizes that it was given."""
    sizes: list[int] = []
    with models.use(spec) as loaded:
        generate = loaded.model.generate

        def limited(**batch: Any) -> Any:  # noqa: ANN401 - as in transformers
            rows, tokens = batch["input_ids"].shape
            sizes.append(rows)
            if not fits(rows, tokens):
                raise error
            return generate(**batch)

        loaded.model.generate = limited
    return sizes


def collect(local: LocalBackend, asked: Sequence[Prompt]) -> list[Answer]:
    got: dict[int, Answer] = {}

    def deliver(position: int, answer: Answer) -> None:
        assert position not in got, "answered twice"
        got[position] = answer

    local.answer_all(asked, deliver, lambda: False)
    return [got[position] for position in range(len(asked))]


def made(answer: Answer) -> dict[str, Any]:
    assert isinstance(answer, Completion), answer
    return dict(json.loads(answer.raw)["made"])


def texts(answers: Sequence[Answer]) -> list[tuple[str, str]]:
    return [
        (json.loads(answer.raw)["prompt"], json.loads(answer.raw)["text"])
        for answer in answers
        if isinstance(answer, Completion)
    ]


def errors() -> list[Exception]:
    import torch  # noqa: PLC0415 - heavy

    return [torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), RuntimeError(CPU_SAYS)]


@pytest.mark.embedded
@pytest.mark.parametrize("which", [0, 1], ids=["cuda", "cpu"])
def test_batch_is_halved_until_it_fits_and_every_prompt_gets_its_own_answer(
    models: LocalModelCache, which: int
) -> None:
    whole = collect(backend(models, 2), prompts())
    local = backend(models, 8)
    sizes = memory_for(models, local.spec, lambda rows, _: rows <= 2, errors()[which])

    answers = collect(local, prompts())

    assert sizes == [8, 4, 2, 2, 2, 2, 2]
    assert texts(answers) == texts(whole)
    assert all(f"{text}<|end|>" in prompt for text, (prompt, _) in zip(TEXTS, texts(answers), strict=True))
    assert {made(answer)["batch_size"] for answer in answers} == {2}
    assert {answer.effective_overrides.get("batch_size") for answer in answers if isinstance(answer, Completion)} == {2}


@pytest.mark.embedded
def test_smaller_batch_is_remembered_for_the_rest_and_for_later_calls(models: LocalModelCache) -> None:
    local = backend(models, 8)
    sizes = memory_for(models, local.spec, lambda rows, _: rows <= 4, errors()[0])

    for _ in range(2):
        assert all(answer.effective_overrides == {"batch_size": 4} for answer in collect(local, prompts()))  # type: ignore[union-attr]

    assert sizes == [8, 4, 4, 2, 4, 4, 2]


@pytest.mark.embedded
def test_batches_before_memory_ran_out_keep_what_was_asked_for(models: LocalModelCache) -> None:
    local = backend(models, 5)
    tries: list[int] = []

    def first_alone(rows: int, _: int) -> bool:
        tries.append(rows)
        return len(tries) == 1 or rows < 5

    memory_for(models, local.spec, first_alone, errors()[0])

    answers = collect(local, prompts())

    assert tries == [5, 5, 2, 2, 1]
    assert [answer.effective_overrides for answer in answers if isinstance(answer, Completion)].count({}) == 5
    assert sorted(made(answer)["batch_size"] for answer in answers) == [2] * 5 + [5] * 5


@pytest.mark.embedded
def test_prompt_that_does_not_fit_alone_fails_alone_with_a_remedy(models: LocalModelCache) -> None:
    local = backend(models, 4)
    with models.use(local.spec) as loaded:
        from backends.local.generation import encode_prompt  # noqa: PLC0415 - beside its use

        most = sorted(len(encode_prompt(loaded, prompt)) for prompt in prompts())[-2]
    memory_for(models, local.spec, lambda _, tokens: tokens <= most, errors()[0])

    answers = collect(local, prompts())

    failed = [text for text, answer in zip(TEXTS, answers, strict=True) if isinstance(answer, Failure)]
    assert failed == [max(TEXTS, key=len)]
    (failure,) = [answer for answer in answers if isinstance(answer, Failure)]
    assert failure.kind is FailureKind.GENERATION
    assert failure.message.startswith("the memory does not suffice for this prompt alone: give fewer --max-new-tokens")
    assert "\n" not in failure.message


@pytest.mark.embedded
def test_smaller_batchs_answers_are_kept_under_the_smaller_batch_alone(models: LocalModelCache, tmp_path: Path) -> None:
    local = backend(models, 8)
    memory_for(models, local.spec, lambda rows, _: rows <= 2, errors()[0])
    cache = AnswerCache(tmp_path / "cache")
    (tmp_path / "answer_store").mkdir()
    dispatcher = Dispatcher(AnswerStore(tmp_path / "answer_store"), cache)
    requests = {str(number): prompt for number, prompt in enumerate(prompts())}

    dispatcher.start([Job(group="local", backend=local, requests=requests)])
    assert all(isinstance(dispatcher.wait("local", name), Completion) for name in requests)
    dispatcher.finish()

    assert local.kind is InferenceBackend.LOCAL
    for prompt in prompts():
        assert cache.get(local.cache_inputs(prompt)) is None
        assert cache.get(backend(models, 2).cache_inputs(prompt)) is not None
    assert key_of(local.cache_inputs(prompts()[0])) != key_of(backend(models, 2).cache_inputs(prompts()[0]))


def test_only_what_speaks_of_memory_is_taken_for_it() -> None:
    import torch  # noqa: PLC0415 - heavy

    for error in (
        *errors(),
        MemoryError(),
        torch.cuda.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ):
        assert is_out_of_memory(error), error
    for other in (RuntimeError("shape mismatch"), ValueError("CUDA out of memory"), OSError(12, "no memory")):
        assert not is_out_of_memory(other), other
