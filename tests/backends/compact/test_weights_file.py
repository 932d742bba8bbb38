"""Compact weights and whole ones are two spellings of the same model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backends.compact.weights_file import TOKEN_IDS, VOCABULARY_MATRICES, expand_weights, is_compact, write_compact

torch = pytest.importorskip("torch", reason="the tensors of a model are torch's")
safetensors = pytest.importorskip("safetensors.torch", reason="the files are read with this library")

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VOCABULARY = 40
ids_in_use = st.sets(st.integers(0, VOCABULARY - 1), min_size=1, max_size=VOCABULARY - 2).map(sorted)


def tensors(ids: Sequence[int], *, whole: bool = False) -> dict[str, Any]:
    """Gives random weights, the rows that are not in use being equal."""
    torch.manual_seed(len(ids))
    found: dict[str, Any] = {"model.norm.weight": torch.randn(3), "model.layers.0.bias": torch.randn(2, 5)}
    for name in VOCABULARY_MATRICES:
        few = torch.randn(len(ids) + 1, 3)
        every = few[-1:].repeat(VOCABULARY, 1)
        every[list(ids)] = few[:-1]
        found[name] = every if whole else few
    return {name: tensor.to(torch.bfloat16) for name, tensor in found.items()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=ids_in_use)
def test_weights_come_back_from_their_compact_form(ids: list[int], tmp_path: Path) -> None:
    write_compact(tensors(ids), ids, tmp_path / "few", vocabulary=VOCABULARY)
    expand_weights(tmp_path / "few", tmp_path / "whole")
    found = safetensors.load_file(tmp_path / "whole")

    assert {name: tensor.tolist() for name, tensor in found.items()} == {
        name: tensor.tolist() for name, tensor in tensors(ids, whole=True).items()
    }


def test_whole_weights_and_reduced_ones_have_the_same_compact_form(tmp_path: Path) -> None:
    ids = [0, 7, 39]
    for name, weights in (("reduced", tensors(ids)), ("whole", tensors(ids, whole=True))):
        write_compact(weights, ids, tmp_path / name, vocabulary=VOCABULARY)

    assert (tmp_path / "whole").read_bytes() == (tmp_path / "reduced").read_bytes()
    assert safetensors.load_file(tmp_path / "whole")[TOKEN_IDS].dtype == torch.int32


def test_each_tensor_keeps_its_number_format_on_both_ways(tmp_path: Path) -> None:
    ids = [1, 2]
    weights = tensors(ids)
    weights["lm_head.weight"] = weights["lm_head.weight"].to(torch.float32) + 1e-5
    write_compact(weights, ids, tmp_path / "few", vocabulary=VOCABULARY)
    expand_weights(tmp_path / "few", tmp_path / "whole")
    found = safetensors.load_file(tmp_path / "whole")

    assert {name for name, tensor in found.items() if tensor.dtype == torch.float32} == {"lm_head.weight"}
    assert torch.equal(found["lm_head.weight"][ids], weights["lm_head.weight"][:-1])


@pytest.mark.parametrize("ids", [[], [2, 1], [1, 1], [-1], [VOCABULARY]])
def test_ids_that_do_not_ascend_within_the_vocabulary_are_refused(ids: list[int], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be an ascending list of ids below 40"):
        write_compact(tensors([1]), ids, tmp_path / "few", vocabulary=VOCABULARY)


def test_rows_that_do_not_fit_the_ids_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has 3 rows: there must be 40, or 1 and a shared one"):
        write_compact(tensors([1, 2]), [1], tmp_path / "few", vocabulary=VOCABULARY)


def test_tokens_with_rows_of_their_own_that_are_not_in_use_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rows of their own: they must share one"):
        write_compact(tensors([1, 2], whole=True), [1], tmp_path / "few", vocabulary=VOCABULARY)


def _written(path: Path, **more: Any) -> Path:  # noqa: ANN401 - tensors
    held = {**tensors([1, 2]), TOKEN_IDS: torch.tensor([1, 2], dtype=torch.int32), **more}
    safetensors.save_file(held, path, metadata={"vocab_size": str(VOCABULARY)})
    return path


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({TOKEN_IDS: torch.tensor([2, 1], dtype=torch.int32)}, "not an ascending list of ids below 40"),
        ({TOKEN_IDS: torch.tensor([1, 40], dtype=torch.int32)}, "not an ascending list of ids below 40"),
        ({TOKEN_IDS: torch.tensor([1], dtype=torch.int32)}, "a matrix has 3 rows for 1 tokens and the shared one"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(more: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        expand_weights(_written(tmp_path / "few", **more), tmp_path / "whole")


def test_a_compact_file_is_known_from_others(tmp_path: Path) -> None:
    safetensors.save_file(tensors([1], whole=True), tmp_path / "whole", metadata={"format": "pt"})
    odd = {"empty": b"", "text": b"not a file of weights", "huge": b"\xff" * 9, "number": b"\1" + b"\0" * 7 + b"1"}
    for name, content in odd.items():
        (tmp_path / name).write_bytes(content)

    assert is_compact(_written(tmp_path / "few"))
    assert not any(is_compact(tmp_path / name) for name in ("whole", "nowhere", *odd))
    with pytest.raises(ValueError, match="does not hold the weights of a compact checkpoint"):
        expand_weights(tmp_path / "whole", tmp_path / "again")
