"""The tokenizer in gpt-oss's vocabulary, built once: it takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.compact.tokenizer_file import tokenizer_json

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, in a folder of its own."""
    file = tmp_path_factory.mktemp("o200k") / "tokenizer.json"
    file.write_text(tokenizer_json(), encoding="utf-8")
    return file
