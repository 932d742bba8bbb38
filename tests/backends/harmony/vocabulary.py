"""The vocabulary of openai-harmony: a file that it looks for, and otherwise downloads.

A test run downloads nothing: where the file is not, the tests that need it skip at once.
`python -c "import openai_harmony as o; o.load_harmony_encoding('HarmonyGptOss')"` fetches it once and for all.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

import openai_harmony
import pytest

#: Source: openai/harmony, src/tiktoken_ext/public_encodings.rs, as of version 0.0.8.
FILE: Final = "o200k_base.tiktoken"
URL: Final = f"https://openaipublic.blob.core.windows.net/encodings/{FILE}"


def vocabulary_file() -> Path:
    """Returns where the library looks for the vocabulary before it turns to the network."""
    named = os.environ.get("TIKTOKEN_ENCODINGS_BASE")
    if named is not None:
        return Path(named) / FILE
    cache = os.environ.get("TIKTOKEN_RS_CACHE_DIR")
    folder = Path(tempfile.gettempdir()) / "tiktoken-rs-cache" if cache is None else Path(cache)
    return folder / hashlib.sha1(URL.encode(), usedforsecurity=False).hexdigest()


@functools.cache
def _load() -> openai_harmony.HarmonyEncoding | str:
    """Returns the encoding, or why it cannot be had; decided once in a process."""
    file = vocabulary_file()
    if not file.is_file():
        return f"the vocabulary of openai-harmony is not here: set TIKTOKEN_ENCODINGS_BASE to the folder of {FILE}"
    try:
        return openai_harmony.load_harmony_encoding(openai_harmony.HarmonyEncodingName.HARMONY_GPT_OSS)
    except openai_harmony.HarmonyError as error:
        return f"the vocabulary of openai-harmony cannot be read from {file}: {error}"


def load_encoding() -> openai_harmony.HarmonyEncoding:
    """Returns the encoding, or skips the test that asked where it cannot be had."""
    encoding = _load()
    if isinstance(encoding, str):
        pytest.skip(encoding)
    return encoding
