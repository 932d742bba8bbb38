"""A compact checkpoint and its whole form, made once: the tokenizer takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.compact import expanded
from tests.compact_checkpoint import write_random_compact

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def compact_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_compact(tmp_path_factory.mktemp("compact") / "small")


@pytest.fixture(scope="session")
def whole(compact_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole checkpoint of `compact_folder`."""
    return expanded(compact_folder, tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="session")
def tokenizer_file(whole: Path) -> Path:
    return whole / "tokenizer.json"
