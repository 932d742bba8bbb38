"""What is read in batches behind a shared beginning is what a plain forward pass over each answer tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backends.checkpoints.spec import LocalSpec
from backends.local import reading
from backends.local.attention import SINK_AS_KEY
from backends.local.model_cache import LocalModelCache
from backends.local.reading import Passage, SharedBeginning, TokenReading, batches_of, read, read_beginning
from backends.models import MINIATURE, resolve_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backends.local.loaded_model import LoadedModel

pytestmark = pytest.mark.embedded

#: In float32 another order of additions alters nothing beyond this, in nats.
TOLERANCE = 1e-4

SHARED = (
    "<|start|>system<|message|>You are ChatGPT, a large language model. Reasoning: low<|end|>"
    "<|start|>developer<|message|># Instructions\n\nIs the message toxic? Say 1 or 0.<|end|><|start|>user<|message|>"
)
ASKED = ("hi", "How do I keep basil alive? " * 4, "You are a worthless idiot. " * 20, "no", "10 20 30")
ANSWERS = (
    "<|channel|>analysis<|message|>Hello. No.<|end|><|start|>assistant<|channel|>final<|message|>0<|return|>",
    "<|channel|>final<|message|>1<|return|>",
    "<|channel|>analysis<|message|>" + "The user asks about basil, and so on. " * 8,
    "1",
    "<|channel|>analysis<|message|>so<|end|>",
)


@pytest.fixture(scope="module", params=[None, SINK_AS_KEY], ids=["own-attention", SINK_AS_KEY])
def loaded(request: pytest.FixtureRequest) -> Iterator[LoadedModel]:
    model = resolve_model(MINIATURE)
    spec = LocalSpec(
        model=model.id, revision=model.revision, is_path=True, dtype="float32", device="cpu", attention=request.param
    )
    cache = LocalModelCache()
    with cache.use(spec) as held:
        yield held
    cache.unload()


def passages(loaded: LoadedModel, shared: str = SHARED) -> list[Passage]:
    def ids(text: str) -> tuple[int, ...]:
        return tuple(loaded.tokenizer.encode(text, add_special_tokens=False))

    return [
        Passage(prompt=ids(f"{shared}{asked}<|end|><|start|>assistant"), answer=ids(answer))
        for asked, answer in zip(ASKED, ANSWERS, strict=True)
    ]


def plain(loaded: LoadedModel, passage: Passage) -> list[TokenReading]:
    """Reads one answer as anybody would: all of it at once, alone, all logits."""
    import torch  # noqa: PLC0415 - heavy

    with torch.inference_mode():
        logits = loaded.model(input_ids=torch.tensor([[*passage.prompt, *passage.answer]])).logits[0].float()
    told = []
    for place, token in enumerate(passage.answer):
        row = logits[len(passage.prompt) + place - 1]
        own = float(row[token])
        told.append(
            TokenReading(
                float(row.log_softmax(0)[token]),
                float(row.max()) - own,
                int((row > row[token]).sum()) + 1,
                int(row.argmax()),
            )
        )
    return told


def assert_alike(got: Sequence[list[TokenReading]], expected: Sequence[list[TokenReading]]) -> None:
    __tracebackhide__ = True
    for ours, theirs in zip(got, expected, strict=True):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert one.log_probability == pytest.approx(other.log_probability, abs=TOLERANCE)
            assert one.margin == pytest.approx(other.margin, abs=TOLERANCE)
            # A token that is as likely as another within the tolerance may stand on either side of it.
            assert one.rank == other.rank or other.margin < TOLERANCE or one.margin > 1
            assert one.likeliest == other.likeliest or other.margin < TOLERANCE


def test_batch_behind_a_shared_beginning_is_read_as_each_answer_alone(loaded: LoadedModel) -> None:
    window = loaded.model.config.sliding_window
    asked = passages(loaded)
    beginning = read_beginning(loaded, asked)
    assert beginning.length > window
    assert max(len(one.prompt) for one in asked) > 3 * window
    assert_alike(read(loaded, asked, beginning), [plain(loaded, one) for one in asked])
    # The cache of the beginning is as it was: it serves the next batch too.
    assert_alike(read(loaded, asked[:2], beginning), [plain(loaded, one) for one in asked[:2]])


def test_batch_without_a_shared_beginning_is_read_as_each_answer_alone(loaded: LoadedModel) -> None:
    asked = passages(loaded)
    assert_alike(read(loaded, asked, SharedBeginning()), [plain(loaded, one) for one in asked])


@pytest.mark.parametrize("words", range(4, 12))
def test_beginnings_about_as_long_as_the_window_are_shared_too(loaded: LoadedModel, words: int) -> None:
    window = loaded.model.config.sliding_window
    asked = passages(loaded, "<|start|>user<|message|>" + " toxic" * (window + words - 8))
    beginning = read_beginning(loaded, asked)
    assert abs(beginning.length - window) < 8
    assert_alike(read(loaded, asked, beginning), [plain(loaded, one) for one in asked])


def test_last_token_of_a_prompt_is_never_shared(loaded: LoadedModel) -> None:
    one = passages(loaded)[0]
    same = [one, one]
    beginning = read_beginning(loaded, same)
    assert beginning.length == len(one.prompt) - 1
    assert_alike(read(loaded, same, beginning), [plain(loaded, one)] * 2)


def test_beginning_is_read_on_from_a_shorter_one(loaded: LoadedModel) -> None:
    asked = passages(loaded)
    shorter = read_beginning(loaded, asked)
    tails = [Passage(prompt=(*asked[2].prompt, *asked[2].answer), answer=one.answer) for one in asked]
    longer = read_beginning(loaded, tails, shorter)
    assert longer.length == len(tails[0].prompt) - 1 > shorter.length
    expected = [plain(loaded, one) for one in tails]
    assert_alike(read(loaded, tails, longer), expected)
    # The shorter one serves others still.
    assert_alike(read(loaded, tails, shorter), expected)


def test_nothing_is_shared_with_nobody_or_where_little_is_alike(loaded: LoadedModel) -> None:
    asked = passages(loaded)
    assert read_beginning(loaded, asked[:1]) == SharedBeginning()
    assert read_beginning(loaded, passages(loaded, "")) == SharedBeginning()


def test_logits_are_never_held_for_more_tokens_than_allowed(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = passages(loaded)
    expected = read(loaded, asked, SharedBeginning())
    head = loaded.model.get_output_embeddings()
    rows: list[int] = []

    def watched(_: object, given: tuple[Any, ...]) -> None:
        rows.append(len(given[0]))

    monkeypatch.setattr(reading, "_LOGITS_BYTES", 4 * head.weight.shape[0] * 7)
    handle = head.register_forward_pre_hook(watched)
    got = read(loaded, asked, SharedBeginning())
    handle.remove()

    assert max(rows) == 7
    assert sum(rows) == sum(len(one.answer) for one in asked)
    assert_alike(got, expected)


def test_batches_hold_every_passage_once_and_no_more_than_is_meant_for_memory(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = passages(loaded) * 3
    monkeypatch.setattr(reading, "_MOST_TOKENS", 300)
    batches = list(batches_of(loaded, asked, 4))
    assert sorted(place for batch in batches for place in batch) == list(range(len(asked)))
    for batch in batches:
        longest = max(asked[place].length for place in batch)
        assert len(batch) == 1 or (len(batch) <= 4 and len(batch) * longest <= 300)
    monkeypatch.setattr(reading, "_SCORES_BYTES", 1)
    assert {len(batch) for batch in batches_of(loaded, asked, 4)} == {1}
