"""The vocabulary of o200k: the bytes of each token, in the order of their ranks.

It is not part of this project. It comes from the file that tiktoken publishes, where the environment names its folder,
else from the library `oss-harmony`, which carries it; both are checked against the digest of the published file, so
that a tokenizer is built from the right vocabulary or not at all. No network is asked.
"""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Final

from backends.errors import BackendUnavailable
from backends.installation import install_command
from backends.system.versions import installed_version

#: The environment variable that tiktoken's Rust port and the Harmony libraries read, and the file in that folder.
VARIABLE: Final = "TIKTOKEN_ENCODINGS_BASE"
FILE: Final = "o200k_base.tiktoken"

#: Of the published file. Source: `expected_hash` of `o200k_base` in tiktoken's `tiktoken_ext/openai_public.py`.
SHA256: Final = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"

#: Tokens that have a rank; the special tokens come behind them.
RANKS: Final = 199_998

_LIBRARY: Final = "oss-harmony"


def remedy() -> str:
    """Returns what to do where the vocabulary cannot be had."""
    return f"{install_command('embedded')}, or set {VARIABLE} to the folder that holds {FILE}"


def load_ranks() -> tuple[bytes, ...]:
    """Returns the bytes of every token that has a rank; a token's place is its id.

    Raises:
        BackendUnavailable: the vocabulary is not on this machine, or it is another one; the message says what to do.
    """
    folder = os.environ.get(VARIABLE)
    if folder:
        return _from_file(Path(folder) / FILE)
    if installed_version(_LIBRARY) is not None:
        return _from_library()
    raise BackendUnavailable(f"The vocabulary of gpt-oss (o200k) is not here: {remedy()}.")


def _from_file(file: Path) -> tuple[bytes, ...]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BackendUnavailable(
            f"{VARIABLE} names a folder for the vocabulary, and {file} cannot be read ({error.strerror}): name the "
            "folder that holds it, or unset the variable."
        ) from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise BackendUnavailable(
            f"{file} is not the published vocabulary of o200k (its digest is another): name the folder that holds the "
            f"published file, or unset {VARIABLE}."
        )
    return tuple(base64.b64decode(line.partition(b" ")[0]) for line in content.splitlines())


def _from_library() -> tuple[bytes, ...]:
    try:
        import openai_harmony  # noqa: PLC0415 - only the making of a tokenizer needs it

        encoding = openai_harmony.load_harmony_encoding(openai_harmony.HarmonyEncodingName.HARMONY_GPT_OSS)
        ranks = tuple(_bytes_of(encoding.decode([rank], errors=_REVERSIBLE)) for rank in range(RANKS))
    except Exception as error:  # its own error derives from Exception, and another library may have taken its place
        raise BackendUnavailable(f"{_LIBRARY} does not give its vocabulary ({error}): {remedy()}.") from error
    if hashlib.sha256(as_published(ranks)).hexdigest() != SHA256:
        raise BackendUnavailable(f"{_LIBRARY} holds another vocabulary than o200k: {remedy()}.")
    return ranks


#: Bytes that are no UTF-8 become surrogates, which say which bytes they were (PEP 383).
_REVERSIBLE: Final = "surrogateescape"


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", _REVERSIBLE)


def as_published(ranks: tuple[bytes, ...]) -> bytes:
    """Returns the content of the published file: a line for each token, its bytes in base64 and its rank."""
    return b"".join(b"%s %d\n" % (base64.b64encode(token), rank) for rank, token in enumerate(ranks))
