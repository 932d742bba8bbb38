"""Tokens are counted with the tokenizer's file alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.models import MINIATURE, resolve_model
from backends.renderings.token_counter import token_counter

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("tokenizers", reason="the counter reads the file with this library")


def test_special_tokens_count_one_each_and_nothing_is_added() -> None:
    count = token_counter(resolve_model(MINIATURE).id)

    assert count is not None
    assert (count(""), count("<|start|><|message|><|end|>")) == (0, 3)


def test_model_that_is_not_here_has_no_counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))

    assert token_counter("openai/no-such-model") is None
    assert token_counter("no model at all, but words") is None
    assert token_counter(str(tmp_path)) is None
