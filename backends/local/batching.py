"""Prompts are generated for in batches; where memory runs out, the batch is halved and the work goes on."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from backends.errors import Failure, FailureKind
from backends.local.generation import encode_prompt, generate, make_completion
from backends.local.halving import OutOfMemory, work_in_halves
from backends.secrets import redact
from backends.system.out_of_memory import is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from backends.completion import Answer
    from backends.local.loaded_model import LoadedModel
    from backends.prompt import Prompt


def answer_in_batches(
    loaded: LoadedModel,
    prompts: Sequence[Prompt],
    size: int,
    deliver: Callable[[int, Answer], None],
    stopped: Callable[[], bool],
    *,
    asked: int | None = None,
) -> int:
    """Generates for all prompts, those of similar length together, and delivers each answer once.

    A batch that memory does not suffice for is tried again in halves, and all later ones are no larger than those; a
    prompt that does not fit alone is a Failure, and no other one's.

    Args:
        loaded: the model.
        prompts: what is asked.
        size: the most prompts of a batch.
        deliver: takes each position with its answer.
        stopped: once it is true, nothing more is delivered.
        asked: the size that was asked for, where an earlier lack of memory made it smaller.

    Returns:
        The most prompts that a batch may have now.
    """

    def work(positions: Sequence[int], limit: int) -> None:
        answers = _answer_batch(loaded, [prompts[position] for position in positions], asked or size, limit, stopped)
        for position, answer in zip(positions, answers, strict=False):
            deliver(position, answer)

    def give_up(position: int, said: str) -> None:
        deliver(position, _no_memory_for_one(said))

    return work_in_halves(make_batches(prompts, size), size, work, give_up, stopped)


def make_batches(prompts: Sequence[Prompt], size: int) -> Iterator[list[int]]:
    """Yields positions of prompts that can be generated for together: same settings, similar length."""

    def settings(position: int) -> tuple[str, int]:
        prompt = prompts[position]
        shared = json.dumps([asdict(prompt.sampling), prompt.max_new_tokens])
        return shared, sum(len(message.content or "") for message in prompt.messages)

    order = sorted(range(len(prompts)), key=settings)
    batch: list[int] = []
    for position in order:
        if batch and (len(batch) == size or settings(batch[0])[0] != settings(position)[0]):
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def _answer_batch(
    loaded: LoadedModel, prompts: Sequence[Prompt], asked: int, limit: int, stopped: Callable[[], bool]
) -> list[Answer]:
    """Returns an answer for each prompt; none at all once `stopped()` is true.

    Raises:
        OutOfMemory: memory does not suffice for all of them together.
    """
    started = time.monotonic()
    try:
        inputs = [encode_prompt(loaded, prompt) for prompt in prompts]
        outputs = generate(loaded, inputs, prompts[0], stopped)
    except Exception as error:  # noqa: BLE001 - torch and transformers raise without a common base
        told = redact(f"{type(error).__name__}: {error}")
        if is_out_of_memory(error):
            raise OutOfMemory(told) from None
        return [Failure(kind=FailureKind.GENERATION, message=f"the local model failed: {told}")] * len(prompts)
    if stopped():
        return []
    share = (time.monotonic() - started) / len(prompts)
    runtime_info = loaded.runtime_info(batch_size=limit)
    effective_overrides = dict(loaded.effective_overrides) | ({} if limit == asked else {"batch_size": limit})
    return [
        make_completion(loaded, ids, new, share, runtime_info=runtime_info, effective_overrides=effective_overrides)
        for ids, new in zip(inputs, outputs, strict=True)
    ]


def _no_memory_for_one(said: str) -> Failure:
    return Failure(
        kind=FailureKind.GENERATION,
        message="the memory does not suffice for this prompt alone: give fewer --max-new-tokens, or another "
        f"--local-dtype or machine ({said.partition(chr(10))[0]})",
    )
