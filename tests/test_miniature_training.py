from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from fixtures.miniature import CHECKPOINT

torch = pytest.importorskip("torch")
pytest.importorskip("transformers", minversion="5.0")

# ruff: noqa: E402 - these modules import torch, which may be absent
from transformers import AutoTokenizer, GptOssForCausalLM

from fixtures.miniature.attention import NAME, visible
from fixtures.miniature.batches import BatchSource
from fixtures.miniature.corpus import training_rows
from fixtures.miniature.loss import batch_loss
from fixtures.miniature.muon import orthogonalise
from fixtures.miniature.train import Plan, fresh_model, main, rate

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.miniature.batches import Batch

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    source = BatchSource(
        training_rows(400, 1, []),
        tokenizer.backend_tokenizer,
        tokenizer.apply_chat_template,
        Random(3),  # noqa: S311 - a fixed draw, not a secret
    )
    full, short = source.full(1_000), source.short(4)
    return [next(full), next(full), next(short)]


def test_a_sliding_window_looks_back_over_a_padded_prefix() -> None:
    seen = visible(torch.tensor([1, 3]), slots=3, queries=2, window=2)
    assert seen[0, 0].int().tolist() == [[1, 0, 0, 1, 0], [0, 0, 0, 1, 1]]
    assert seen[1, 0].int().tolist() == [[0, 0, 1, 1, 0], [0, 0, 0, 1, 1]]


def test_training_attention_computes_what_the_model_computes(batches: list[Batch]) -> None:
    """The shared prefixes and the fused kernel change nothing: the loss equals that of whole rows, one at a time."""
    model = GptOssForCausalLM.from_pretrained(CHECKPOINT, dtype=torch.float32).eval()
    for batch in batches:
        model.set_attn_implementation("eager")
        expected = one_row_at_a_time(model, batch)
        model.set_attn_implementation(NAME)
        assert batch_loss(model, batch).item() == pytest.approx(expected, rel=1e-4)


def one_row_at_a_time(model: GptOssForCausalLM, batch: Batch) -> float:
    total = 0.0
    for tokens, weights, owner in zip(batch.tokens, batch.weights[:, 1:], batch.owners, strict=True):
        prefix = batch.prefixes[owner, : batch.lengths[owner]]
        with torch.no_grad():
            logits = model(torch.cat([prefix, tokens])[None]).logits[0, len(prefix) : -1]
        losses = torch.nn.functional.cross_entropy(logits, tokens[1:], reduction="none")
        total += (losses * weights * (1.1 - torch.exp(-losses))).sum().item()
    return total / batch.weights[:, 1:].sum().item()


def test_loss_reaches_every_parameter(batches: list[Batch]) -> None:
    model = fresh_model(CHECKPOINT, seed=1)
    batch_loss(model, batches[0]).backward()
    idle = [name for name, parameter in model.named_parameters() if parameter.grad is None]
    assert idle == []


def test_orthogonalised_steps_have_like_singular_values() -> None:
    stack = torch.randn(2, 16, 32, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(stack))
    assert values.min() > 0.3
    assert values.max() < 1.5


def test_rate_rises_holds_and_falls_to_nothing() -> None:
    rates = [rate(step, 100) for step in range(100)]
    assert rates[0] < rates[5] == rates[20] == 1.0
    assert rates[-1] < 0.05


@pytest.mark.slow
def test_twenty_steps_of_training_lower_the_loss_and_write_a_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--out", str(tmp_path), "--steps", "20", "--rows", "400", "--seed", "3"])
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("step")]
    first, last = (float(line.split("loss ")[1].split()[0]) for line in (lines[0], lines[-1]))
    assert last < first
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in CHECKPOINT.iterdir()}
    assert GptOssForCausalLM.from_pretrained(tmp_path).num_parameters() > 1_900_000


def test_default_plan_writes_the_committed_checkpoint() -> None:
    assert Plan().out == CHECKPOINT
