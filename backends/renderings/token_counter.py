"""Counts tokens with a model's tokenizer file alone: no model, no torch, no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from backends.compact.expansion import whole_folder

if TYPE_CHECKING:
    from collections.abc import Callable

_FILE = "tokenizer.json"


def token_counter(model: str, revision: str | None = None) -> Callable[[str], int] | None:
    """Returns what counts the tokens of a text, or None where the tokenizer is not on this machine.

    Args:
        model: a folder, or a Hub id whose files are in the local cache. A folder in compact form counts once it was
            made whole.
        revision: of the Hub repository.
    """
    try:
        import tokenizers  # noqa: PLC0415 - only the end of a run pays for it
        from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - as above
        from huggingface_hub.errors import HFValidationError  # noqa: PLC0415 - as above
    except ImportError:
        return None
    path: object = whole_folder(Path(model)) / _FILE
    if not Path(model).is_dir():
        try:
            path = try_to_load_from_cache(model, _FILE, revision=revision)
        except HFValidationError:
            return None
    if not isinstance(path, str | Path) or not Path(path).is_file():
        return None
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
