"""A checkpoint in whose vocabulary a full stop and the blank line behind it are one token, as in gpt-oss's."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from backends.models import MINIATURE, resolve_model

if TYPE_CHECKING:
    from pathlib import Path

#: What is one token.
FULL_STOP = ".\n\n"


def with_full_stop_token(target: Path) -> Path:
    """Makes a copy of the miniature with such a token, in the place of the last word of its vocabulary."""
    shutil.copytree(resolve_model(MINIATURE).id, target)
    file = target / "tokenizer.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    vocabulary, merges = data["model"]["vocab"], data["model"]["merges"]
    word = "".join(merges.pop())
    token = {"id": vocabulary.pop(word), "content": FULL_STOP, "special": False, "normalized": False}
    data["added_tokens"].insert(0, token | dict.fromkeys(("single_word", "lstrip", "rstrip"), False))
    file.write_text(json.dumps(data), encoding="utf-8")
    return target
