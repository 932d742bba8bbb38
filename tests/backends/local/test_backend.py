"""Local text is read as Harmony or kept whole, and the model in this process answers as its settings say."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.checkpoints.spec import LocalSpec
from backends.clock import today
from backends.completion import Answer, Completion, FinishReason, InferenceBackend, Missing
from backends.errors import BackendUnavailable, Failure, FailureKind
from backends.labels import read_label
from backends.local.backend import LocalBackend
from backends.local.batching import make_batches
from backends.local.generation import read_local_text
from backends.local.model_cache import LocalModelCache
from backends.models import MINIATURE, resolve_model
from backends.outcome import OutcomeKind, read_outcome
from backends.prompt import Prompt, Sampling, make_prompt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backends.local.loaded_model import LoadedModel

STOP, LENGTH, CALLS = FinishReason.STOP, FinishReason.LENGTH, FinishReason.TOOL_CALLS
ANALYSIS = "<|channel|>analysis<|message|>"
FINAL = "<|start|>assistant<|channel|>final<|message|>"


@pytest.mark.parametrize(
    ("text", "reason", "content", "reasoning"),
    [
        (f"{ANALYSIS}hm<|end|>{FINAL}1<|return|>", STOP, "1", "hm"),
        ("<|channel|>final<|message|>1<|return|>", STOP, "1", Missing.ABSENT),
        (f"{ANALYSIS}<|end|>{FINAL}<|return|>", STOP, "", ""),
        (f"{ANALYSIS}a<|end|><|start|>assistant{ANALYSIS}b<|end|>{FINAL}1<|return|>", STOP, "1", "a\nb"),
        (f"{ANALYSIS}hm", LENGTH, Missing.ABSENT, "hm"),
        (f"{ANALYSIS}hm<|end|>", LENGTH, Missing.ABSENT, "hm"),
        (f"{ANALYSIS}hm<|end|>{FINAL}", LENGTH, "", "hm"),
        (f"{ANALYSIS}hm<|end|>{FINAL}a long ans", LENGTH, "a long ans", "hm"),
        (f"{ANALYSIS}hm<|end|>", STOP, Missing.ABSENT, "hm"),
        (
            "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>",
            CALLS,
            Missing.ABSENT,
            Missing.ABSENT,
        ),
    ],
)
def test_well_formed_text_is_split_by_channel_also_where_it_was_cut(
    text: str, reason: FinishReason, content: object, reasoning: object
) -> None:
    assert read_local_text(text, reason) == (content, reasoning, None)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1<|return|>", "<|message|>"),
        ("The answer is 1.", "<|message|>"),
        ("", "<|message|>"),
        (f"{ANALYSIS}hm<|end|>1<|return|>", "<|start|>"),
        (f"{ANALYSIS}hm<|end|><|start|>assistant<|channel|>fin", "<|message|>"),
        ("<|channel|>thoughts<|message|>1<|return|>", "'thoughts'"),
        (f"<|channel|>thoughts<|message|>x<|end|><|start|>assistant{ANALYSIS}hm<|return|>", "'thoughts'"),
    ],
)
def test_text_that_is_not_harmony_is_kept_whole_and_named_malformed(text: str, complaint: str) -> None:
    content, reasoning, malformed = read_local_text(text, STOP)
    assert (content, reasoning) == (text, Missing.ABSENT)
    assert malformed is not None
    assert malformed.startswith("not Harmony: ")
    assert complaint in malformed


@pytest.mark.parametrize("cut", range(len(f"{ANALYSIS}hm<|end|>{FINAL}Well, 1<|return|>")))
def test_text_cut_anywhere_by_the_token_limit_is_truncated_and_never_blamed(cut: int) -> None:
    """Token ids end in whole tokens, but any cut of the text must be taken."""
    text = f"{ANALYSIS}hm<|end|>{FINAL}Well, 1<|return|>"[:cut]
    content, reasoning, malformed = read_local_text(text, LENGTH)
    answer = Completion(content=content, reasoning=reasoning, malformed=malformed, finish_reason=LENGTH)
    assert read_outcome(answer, read_label).kind is OutcomeKind.TRUNCATED


tokens = st.sampled_from(["<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>", "assistant"])
words = tokens | st.sampled_from(["analysis", "final", "x", " ", "1", "to=functions.f"]) | st.text(max_size=3)


@given(st.lists(words, max_size=12).map("".join), st.sampled_from([STOP, LENGTH, CALLS]))
def test_any_text_is_read_and_what_is_malformed_loses_nothing(text: str, reason: FinishReason) -> None:
    content, reasoning, malformed = read_local_text(text, reason)
    if malformed is not None:
        assert (content, reasoning) == (text, Missing.ABSENT)


# Around the model


def collect(local: LocalBackend, prompts: Sequence[Prompt]) -> list[Answer]:
    got: dict[int, Answer] = {}

    def deliver(position: int, answer: Answer) -> None:
        assert position not in got
        got[position] = answer

    local.answer_all(prompts, deliver, lambda: False)
    return [got[position] for position in range(len(prompts))]


def test_model_that_cannot_be_loaded_fails_every_prompt_with_the_reason() -> None:
    def load(*_: object) -> LoadedModel:
        raise BackendUnavailable("no such checkpoint")

    answers = collect(LocalBackend(LocalSpec(model="m"), models=LocalModelCache(load)), [make_prompt("a")] * 3)
    assert answers == [Failure(kind=FailureKind.UNAVAILABLE, message="no such checkpoint")] * 3


def test_model_that_needs_a_gpu_says_so_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backends.local.backend.require_local_libraries", lambda **_: None)
    monkeypatch.setattr("backends.local.backend.cuda_device_count", lambda: 0)
    with pytest.raises(BackendUnavailable, match="needs a CUDA device"):
        LocalBackend(LocalSpec(model="big", needs_gpu=True)).check()
    LocalBackend(LocalSpec(model="small")).check()
    monkeypatch.setattr("backends.local.backend.cuda_device_count", lambda: 1)
    LocalBackend(LocalSpec(model="big", needs_gpu=True)).check()


def test_determinants_name_the_model_its_loading_and_the_versions() -> None:
    spec = LocalSpec(model="m", revision="r", dtype="float32", attention="eager", device="cpu")
    told = LocalBackend(spec).cache_inputs(make_prompt("a"))
    assert told["backend"] == InferenceBackend.LOCAL
    assert (
        told["spec"].items()
        >= {"model": "m", "revision": "r", "dtype": "float32", "attention": "eager", "device": "cpu"}.items()
    )
    assert set(told["versions"]) == {"transformers", "torch", "tokenizers"}


prompts_of_all_kinds = st.lists(
    st.builds(
        make_prompt,
        st.text(max_size=30),
        sampling=st.builds(Sampling, seed=st.sampled_from([None, 1])),
        max_new_tokens=st.sampled_from([5, 6]),
    ),
    max_size=20,
)


@given(prompts_of_all_kinds, st.integers(1, 5))
def test_batches_hold_every_prompt_once_and_mix_no_settings(prompts: list[Prompt], size: int) -> None:
    batches = list(make_batches(prompts, size))
    assert sorted(position for batch in batches for position in batch) == list(range(len(prompts)))
    for batch in batches:
        assert 1 <= len(batch) <= size
        assert len({(prompts[position].sampling, prompts[position].max_new_tokens) for position in batch}) == 1


# The miniature

TEXTS = [
    "How do I keep basil alive?",
    "You are a worthless idiot.",
    "hi",
    "Tell me step by step how to pick a lock while the neighbour is away, and do it quickly, please.",
    "",
]
POLICY = (Path(MINIATURE).parent.parent / "policies" / "toxic_simple.md").read_text(encoding="utf-8").strip()


@pytest.fixture(scope="module")
def models() -> Iterator[LocalModelCache]:
    """One thread: on a busy machine several of them wait for each other far longer than they work."""
    import torch  # noqa: PLC0415 - heavy

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    cache = LocalModelCache()
    yield cache
    cache.unload()
    torch.set_num_threads(threads)


def miniature(models: LocalModelCache, batch_size: int = 8) -> LocalBackend:
    model = resolve_model(MINIATURE)
    spec = LocalSpec(model=model.id, revision=model.revision, is_path=True, dtype="float32", device="cpu")
    return LocalBackend(spec, batch_size=batch_size, models=models)


def completions(local: LocalBackend, prompts: Sequence[Prompt]) -> list[Completion]:
    answers = collect(local, prompts)
    assert all(isinstance(answer, Completion) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, Completion)]


def prompts(limit: int = 300) -> list[Prompt]:
    """Little thinking, so that these tests are short."""
    return [make_prompt(text, POLICY, reasoning_effort="low", max_new_tokens=limit) for text in TEXTS]


@pytest.mark.embedded
def test_answers_stand_in_the_order_of_their_prompts_whatever_the_batches(models: LocalModelCache) -> None:
    for text, answer in zip(TEXTS, completions(miniature(models, 3), prompts(limit=20)), strict=True):
        assert f"<|message|>{text}<|end|><|start|>assistant" in json.loads(answer.raw)["prompt"]


@pytest.mark.embedded
def test_prompt_prints_the_day_that_was_asked_for_and_nothing_else_of_it_changes(models: LocalModelCache) -> None:
    day = today() - dt.timedelta(days=47)
    asked = prompts(limit=4)

    now, then, same = (completions(replace(miniature(models), day=one), asked) for one in (None, day, today()))

    for plain, dated in zip(now, then, strict=True):
        before, after = (json.loads(answer.raw)["prompt"] for answer in (plain, dated))
        assert f"Current date: {today()}\n" in before
        assert after == before.replace(f"Current date: {today()}", f"Current date: {day}")
    assert [answer.raw for answer in same] == [answer.raw for answer in now]
    assert replace(miniature(models), day=day).cache_inputs(asked[0])["day"] == day.isoformat()
    assert replace(miniature(models), day=day).describe()["day"] == day.isoformat()
    assert "day" not in miniature(models).describe()


@pytest.mark.embedded
def test_batching_changes_no_final_answer(models: LocalModelCache) -> None:
    one, together = (completions(miniature(models, size), prompts()) for size in (1, 8))
    assert [answer.content for answer in one] == [answer.content for answer in together]
    assert {answer.content for answer in one} <= {"0", "1"}


@pytest.mark.embedded
def test_greedy_decoding_repeats_itself_to_the_letter(models: LocalModelCache) -> None:
    first, second = (completions(miniature(models), prompts()) for _ in range(2))
    assert [answer.raw for answer in first] == [answer.raw for answer in second]


@pytest.mark.embedded
def test_completion_tells_its_tokens_its_end_and_its_channels(models: LocalModelCache) -> None:
    (answer,) = completions(miniature(models), [make_prompt("How do I keep basil alive?", POLICY)])
    assert (answer.finish_reason, answer.malformed, answer.cached) == (STOP, None, False)
    assert isinstance(answer.reasoning, str)
    raw = json.loads(answer.raw)
    assert raw["text"].endswith("<|return|>")
    assert raw["prompt"].startswith("<|start|>system")
    usage = answer.usage
    assert usage.prompt_tokens is not None
    assert usage.completion_tokens is not None
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.completion_tokens > 5


@pytest.mark.embedded
@pytest.mark.parametrize("limit", [1, 2, 6])
def test_token_limit_ends_every_answer_with_length(models: LocalModelCache, limit: int) -> None:
    for answer in completions(miniature(models), prompts(limit=limit)):
        assert answer.finish_reason is LENGTH
        assert answer.usage.completion_tokens == limit
        assert read_outcome(answer, read_label).kind is OutcomeKind.TRUNCATED


@pytest.mark.embedded
def test_sampling_follows_its_seed(models: LocalModelCache) -> None:
    def drawn(seed: int) -> list[str]:
        hot = Sampling(temperature=1.5, seed=seed)
        return [
            answer.raw
            for answer in completions(
                miniature(models), [replace(prompt, sampling=hot, max_new_tokens=30) for prompt in prompts()]
            )
        ]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


@pytest.mark.embedded
def test_effort_reaches_the_template(models: LocalModelCache) -> None:
    for effort in ("low", "high"):
        prompt = make_prompt("hi", POLICY, reasoning_effort=effort, max_new_tokens=1)
        (answer,) = completions(miniature(models), [prompt])
        assert f"Reasoning: {effort}" in json.loads(answer.raw)["prompt"]


@pytest.mark.embedded
def test_stopping_ends_generation_within_a_batch(models: LocalModelCache) -> None:
    got: list[int] = []
    looks = iter(range(1000))
    miniature(models).answer_all(prompts(), lambda position, _: got.append(position), lambda: next(looks) > 5)
    assert got == []


@pytest.mark.embedded
def test_generation_that_fails_costs_its_batch_and_no_other(
    models: LocalModelCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backends.local import batching as batches  # noqa: PLC0415 - to be patched
    from backends.local.generation import encode_prompt  # noqa: PLC0415 - its module needs torch

    def fail_for_hi(loaded: LoadedModel, prompt: Prompt) -> list[int]:
        if prompt.messages[-1].content == "hi":
            raise MemoryError("out of memory")
        return encode_prompt(loaded, prompt)

    monkeypatch.setattr(batches, "encode_prompt", fail_for_hi)
    answers = collect(miniature(models, batch_size=1), prompts(limit=5))
    failed = [text for text, answer in zip(TEXTS, answers, strict=True) if isinstance(answer, Failure)]
    assert failed == ["hi"]
    assert "out of memory" in getattr(answers[2], "message", "")


@pytest.mark.embedded
@pytest.mark.parametrize("device", ["nonsense", "cuda:99"])
def test_device_that_is_not_there_is_told_in_one_sentence(device: str) -> None:
    local = replace(miniature(LocalModelCache()), spec=replace(miniature(LocalModelCache()).spec, device=device))
    (answer,) = collect(local, [make_prompt("a")])
    assert isinstance(answer, Failure)
    assert answer.kind is FailureKind.UNAVAILABLE
    assert "cannot be loaded" in answer.message
    assert "\n" not in answer.message


@pytest.mark.embedded
def test_broken_checkpoint_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    model = resolve_model(str(tmp_path))
    local = LocalBackend(LocalSpec(model=model.id, is_path=True), models=LocalModelCache())
    (answer,) = collect(local, [make_prompt("a")])
    assert isinstance(answer, Failure)
    assert answer.kind is FailureKind.UNAVAILABLE
    assert str(tmp_path) in answer.message
    assert "\n" not in answer.message
