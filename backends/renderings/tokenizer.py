"""The tokenizer of a model, with its chat template: all that the oracle needs, without weights and without torch."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from backends.compact.expansion import expanded
from backends.errors import BackendUnavailable
from backends.installation import install_command
from backends.secrets import access_token, redact
from backends.system.lazy_import import import_transformers


@cache
def load_tokenizer(model: str, revision: str | None = None, *, is_path: bool = False) -> Any:  # noqa: ANN401 - transformers is not typed
    """Returns the tokenizer of a model, held for the rest of the process.

    Args:
        model: a Hub id, or a folder.
        revision: of the Hub repository; ignored for a folder.
        is_path: True for a folder, in compact form or whole.

    Raises:
        BackendUnavailable: transformers is missing, or the tokenizer cannot be had; the message says what to do.
    """
    try:
        transformers = import_transformers()
    except ImportError as error:
        raise BackendUnavailable(
            f"The length of a prompt can only be checked with transformers: {install_command('local')}."
        ) from error
    place = str(expanded(Path(model))) if is_path else model
    where = {"local_files_only": True} if is_path else {"revision": revision, "token": access_token()}
    try:
        return transformers.AutoTokenizer.from_pretrained(place, **where)
    # transformers 5.0 tries protobuf last where a folder holds no tokenizer, and tells of its absence.
    except (OSError, ValueError, ImportError) as error:
        said = redact(str(error)).strip().splitlines() or [type(error).__name__]
        raise BackendUnavailable(
            f"The tokenizer of {model} cannot be had ({said[0]}): check the name and the network, or set HF_TOKEN."
        ) from error
