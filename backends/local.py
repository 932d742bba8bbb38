"""The LOCAL side: the same model in transformers, in this process.

Token ids come from the chat template, decoding is greedy at temperature 0, and the text is decoded with its special
tokens and read by `backends.harmony`: nothing between the model and the answer belongs to a server.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from backends import harmony
from backends.completion import Answer, Completion, FinishReason, InferenceBackend, Missing, Text, Usage
from backends.errors import BackendUnavailable, Failure, FailureKind
from backends.local_evidence import LocalEvidence
from backends.local_model import (
    LOCAL_MODELS,
    LoadedModel,
    LocalModelCache,
    LocalSpec,
    cuda_device_count,
    library_versions,
    require_local_libraries,
)
from backends.renderings import DatedTokenizer, today
from backends.secrets import redact

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from backends.prompt import Prompt

#: The channels of gpt-oss; text in any other one is not an answer.
_KNOWN_CHANNELS = frozenset({"analysis", "commentary", "final"})

#: Prompts that are generated for together. Larger batches wait longer for their longest answer.
DEFAULT_BATCH_SIZE = 16


@dataclass(slots=True)
class LocalBackend:
    """Answers with a model in this process.

    Attributes:
        spec: what to load.
        batch_size: prompts generated for together.
        models: where the loaded model is held.
        day: the day that the chat template prints; None for today. Answers to be compared with recorded ones need
            the recorded prompt.
    """

    spec: LocalSpec
    batch_size: int = DEFAULT_BATCH_SIZE
    models: LocalModelCache = field(default_factory=lambda: LOCAL_MODELS)
    day: dt.date | None = None
    kind: InferenceBackend = InferenceBackend.LOCAL
    cacheable: bool = True

    def check(self) -> None:
        """Looks for the libraries and, where the model needs one, for a CUDA device."""
        require_local_libraries()
        if self.spec.needs_gpu and cuda_device_count() == 0:
            raise BackendUnavailable(
                f"{self.spec.model} needs a CUDA device and this machine has none: "
                "run on a GPU machine, or leave it out with -m 'not gpu'."
            )

    def determinants(self, prompt: Prompt) -> dict[str, Any]:
        """The model and how it is loaded and fed, the libraries' versions, the prompt, and the day.

        The batch rounds otherwise than one prompt alone, and templates print the day.
        """
        return {
            "backend": str(self.kind),
            "spec": asdict(self.spec) | {"device": self._device},
            "batch_size": self.batch_size,
            "versions": library_versions(),
            "day": (self.day or today()).isoformat(),
            "prompt": prompt.as_dict(),
        }

    @property
    def _device(self) -> str:
        """Where the model runs: `auto` means another thing on another machine, and a cache may be shared."""
        if self.spec.device != "auto":
            return self.spec.device
        return "cuda" if cuda_device_count() else "cpu"

    def describe(self) -> dict[str, Any]:
        """The model, how it is loaded, and the libraries' versions."""
        dated = {} if self.day is None else {"day": self.day.isoformat()}
        return {
            "model": self.spec.model,
            "revision": self.spec.revision,
            "dtype": self.spec.dtype,
            "attention": self.spec.attention,
            "device": self._device,
            "batch_size": self.batch_size,
            **dated,
        } | library_versions()

    def answer_all(
        self, prompts: Sequence[Prompt], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        """Generates batch by batch, prompts of similar length together."""
        try:
            with self.models.use(self.spec) as loaded:
                for positions in _batches(prompts, self.batch_size):
                    if stopped():
                        return
                    batch = [prompts[position] for position in positions]
                    answers = _answer_batch(_dated(loaded, self.day), batch, stopped)
                    for position, answer in zip(positions, answers, strict=False):
                        deliver(position, answer)
        except BackendUnavailable as error:
            for position in range(len(prompts)):
                deliver(position, Failure(kind=FailureKind.UNAVAILABLE, message=str(error)))


def read_local_text(text: str, finish_reason: FinishReason) -> tuple[Text, Text, str | None]:
    """Returns content, reasoning and what is malformed (or None) in a completion's text with its special tokens.

    Text that cannot be read as Harmony is kept whole as the content.
    """
    try:
        parsed = harmony.parse(text)
    except harmony.HarmonyError as error:
        return text, Missing.ABSENT, f"not Harmony: {error}"
    channels = harmony.split_channels(parsed)
    if channels.answer is None and finish_reason is FinishReason.STOP:
        strange = [message.channel for message in parsed.messages if message.channel not in _KNOWN_CHANNELS]
        if strange:
            return (
                text,
                Missing.ABSENT,
                f"not Harmony: there is no final channel, and text stands in channel {strange[0]!r}",
            )
    content = Missing.ABSENT if channels.answer is None else channels.answer
    reasoning = Missing.ABSENT if channels.reasoning is None else channels.reasoning
    return content, reasoning, None


def _batches(prompts: Sequence[Prompt], size: int) -> Iterator[list[int]]:
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


def _answer_batch(loaded: LoadedModel, prompts: Sequence[Prompt], stopped: Callable[[], bool]) -> list[Answer]:
    """Returns an answer for each prompt; none at all once `stopped()` is true."""
    started = time.monotonic()
    try:
        inputs = [encode_prompt(loaded, prompt) for prompt in prompts]
        outputs = _generate(loaded, inputs, prompts[0], stopped)
    except Exception as error:  # noqa: BLE001 - torch and transformers raise without a common base
        failure = Failure(
            kind=FailureKind.GENERATION, message=redact(f"the local model failed: {type(error).__name__}: {error}")
        )
        return [failure] * len(prompts)
    if stopped():
        return []
    share = (time.monotonic() - started) / len(prompts)
    return [_completion(loaded, ids, new, share) for ids, new in zip(inputs, outputs, strict=True)]


def _dated(loaded: LoadedModel, day: dt.date | None) -> LoadedModel:
    return loaded if day is None else replace(loaded, tokenizer=DatedTokenizer(loaded.tokenizer, day))


def encode_prompt(loaded: LoadedModel, prompt: Prompt) -> list[int]:
    """Returns the prompt's token ids under the model's own chat template, ending where the model begins to write."""
    encoded = loaded.tokenizer.apply_chat_template(
        prompt.chat_messages(),
        tools=None if prompt.tools is None else json.loads(prompt.tools),
        reasoning_effort=prompt.reasoning_effort,
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
    )
    return list(encoded["input_ids"])


def _generate(
    loaded: LoadedModel, inputs: list[list[int]], prompt: Prompt, stopped: Callable[[], bool]
) -> list[list[int]]:
    import torch  # noqa: PLC0415 - several seconds that API-only callers never pay
    import transformers  # noqa: PLC0415 - as above

    class Stopped(transformers.StoppingCriteria):  # type: ignore[misc]  # transformers is not typed
        def __call__(self, input_ids: Any, *_: object, **__: object) -> Any:  # noqa: ANN401 - torch is not typed
            return torch.full((input_ids.shape[0],), stopped(), device=input_ids.device)

    batch = loaded.tokenizer.pad({"input_ids": inputs}, return_tensors="pt").to(loaded.device)
    if prompt.sampling.seed is not None:
        torch.manual_seed(prompt.sampling.seed)
    with torch.inference_mode():
        output = loaded.model.generate(
            **batch,
            **_decoding(prompt),
            max_new_tokens=prompt.max_new_tokens,
            stopping_criteria=transformers.StoppingCriteriaList([Stopped()]),
        )
    return [_until_stop(row, loaded.stop_ids) for row in output[:, batch["input_ids"].shape[1] :].tolist()]


def _decoding(prompt: Prompt) -> dict[str, Any]:
    """Greedy at temperature 0; else the values asked for, without the library's default of the 50 likeliest tokens."""
    sampling = prompt.sampling
    if sampling.temperature == 0:
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    return {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}


def _until_stop(ids: list[int], stop_ids: frozenset[int]) -> list[int]:
    """Returns the new tokens up to and with the first stop token; what follows in a batch is padding."""
    for position, token in enumerate(ids):
        if token in stop_ids:
            return ids[: position + 1]
    return ids


def _completion(loaded: LoadedModel, prompt_ids: list[int], new_ids: list[int], latency_s: float) -> Completion:
    ended = bool(new_ids) and new_ids[-1] in loaded.stop_ids
    text = loaded.tokenizer.decode(new_ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
    reason = (
        FinishReason.LENGTH
        if not ended
        else FinishReason.TOOL_CALLS
        if text.endswith("<|call|>")
        else FinishReason.STOP
    )
    content, reasoning, malformed = read_local_text(text, reason)
    prompt_text = loaded.tokenizer.decode(prompt_ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
    return Completion(
        content=content,
        reasoning=reasoning,
        finish_reason=reason,
        usage=Usage(
            prompt_tokens=len(prompt_ids), completion_tokens=len(new_ids), total_tokens=len(prompt_ids) + len(new_ids)
        ),
        model=loaded.spec.model,
        malformed=malformed,
        latency_s=latency_s,
        raw=LocalEvidence(prompt_text, text).as_raw(),
    )
