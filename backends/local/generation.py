"""How a loaded model writes: the prompt's tokens in, a batch generated, its text read as Harmony."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from backends import harmony
from backends.completion import Completion, FinishReason, Missing, Text, Usage
from backends.evidence import LocalEvidence
from backends.renderings import ids_in_form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backends.local.loaded_model import LoadedModel
    from backends.prompt import Prompt

#: The channels of gpt-oss; text in any other one is not an answer.
_KNOWN_CHANNELS = frozenset({"analysis", "commentary", "final"})


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


def encode_prompt(loaded: LoadedModel, prompt: Prompt) -> list[int]:
    """Returns the prompt's token ids under the model's own chat template, ending where the model begins to write.

    Where the reference has to render as an endpoint does, they are those of that form.
    """
    if loaded.spec.form:
        return ids_in_form(loaded.tokenizer, prompt, loaded.spec.form)
    encoded = loaded.tokenizer.apply_chat_template(
        prompt.chat_messages(),
        tools=None if prompt.tools is None else json.loads(prompt.tools),
        reasoning_effort=prompt.reasoning_effort,
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
    )
    return list(encoded["input_ids"])


def generate(
    loaded: LoadedModel, inputs: list[list[int]], prompt: Prompt, stopped: Callable[[], bool]
) -> list[list[int]]:
    """Returns the new tokens of each input, up to and with the first stop token.

    Args:
        loaded: the model.
        inputs: token ids of the prompts, which share their settings.
        prompt: one of them, for the settings.
        stopped: asked before each token; once it is true, what was written so far is returned.
    """
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


def make_completion(
    loaded: LoadedModel,
    prompt_ids: list[int],
    new_ids: list[int],
    latency_s: float,
    *,
    runtime_info: Mapping[str, Any],
    effective_overrides: Mapping[str, Any],
) -> Completion:
    """Returns what the new tokens say.

    Args:
        loaded: the model.
        prompt_ids: the prompt's tokens.
        new_ids: the tokens that the model wrote.
        latency_s: its share of the batch's seconds.
        runtime_info: how it was made, which is kept as evidence beside the text.
        effective_overrides: the cache inputs that turned out otherwise than asked for.
    """
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
        effective_overrides=effective_overrides,
        raw=LocalEvidence(prompt_text, text, runtime_info).as_raw(),
    )
