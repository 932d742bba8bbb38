"""What an error of fetching or loading a model means: one sentence that says what to do.

Looks at the exceptions alone, whoever raised them: huggingface_hub, the HTTP library that it uses in the installed
version, transformers, safetensors, torch, or the system.
"""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING

from backends.errors import BackendUnavailable
from backends.secrets import access_token, redact
from backends.system.out_of_memory import is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The names of errors of the HTTP libraries that huggingface_hub uses (requests, httpx, urllib3), for a connection
#: that was never made.
_NO_CONNECTION = ("ConnectError", "ConnectTimeout", "ConnectionError", "NewConnectionError", "ProxyError", "gaierror")

#: As above, for one that broke, or was silent too long.
_BROKEN_OFF = (
    "ReadTimeout",
    "ReadError",
    "RemoteProtocolError",
    "ChunkedEncodingError",
    "ProtocolError",
    "IncompleteRead",
    "ConnectionResetError",
    "Timeout",
)

#: What huggingface_hub says where a file arrived shorter than announced.
_TOO_SHORT = "Consistency check failed"

#: Statuses of the Hub that blame the token.
_UNAUTHORISED, _FORBIDDEN = 401, 403
_FIRST_SERVER_ERROR = 500

#: huggingface_hub keeps files that arrived whole; whether a part of one is kept depends on its version.
_RESUMES = "Run again: the files that have arrived are kept."


def explain(error: BaseException, model: str, revision: str = "main") -> BackendUnavailable:
    """Returns the error to raise instead of `error`, which came of fetching or loading `model`."""
    if isinstance(error, BackendUnavailable):
        return error
    chain = list(_chain(error))
    for told in (_of_the_hub, _of_the_disk, _of_the_memory, _of_the_connection):
        sentence = told(chain, model, revision)
        if sentence is not None:
            return BackendUnavailable(redact(sentence))
    return BackendUnavailable(f"The local model {model} cannot be loaded: {_first_line(error)}")


def _of_the_hub(chain: list[BaseException], model: str, revision: str) -> str | None:
    """Returns what the Hub refused, by its own classes of errors; the narrower one comes first."""
    from huggingface_hub import errors  # noqa: PLC0415 - the API side alone never needs it here

    status = _status(chain)
    if status is not None and status >= _FIRST_SERVER_ERROR:
        return f"The Hub failed while {model} was fetched (status {status}). {_RESUMES}"
    cases: tuple[tuple[type[BaseException], Callable[[], str]], ...] = (
        (errors.GatedRepoError, lambda: _gated(model)),
        (errors.RevisionNotFoundError, lambda: _no_revision(model, revision)),
        (errors.RepositoryNotFoundError, lambda: _no_repository(model)),
        (errors.HFValidationError, lambda: _no_repository(model)),
        (errors.LocalEntryNotFoundError, lambda: _not_in_the_cache(model, chain)),
        (errors.OfflineModeIsEnabled, lambda: _not_in_the_cache(model, chain)),
    )
    for kind, told in cases:
        if any(isinstance(error, kind) for error in chain):
            return told()
    if status in (_UNAUTHORISED, _FORBIDDEN):
        return f"The Hub does not let this token read {model} (status {status}): set HF_TOKEN to one that may."
    return None


def _gated(model: str) -> str:
    account = "with the account of HF_TOKEN" if access_token() else "and set the environment variable HF_TOKEN"
    return f"{model} is gated: accept its terms at https://huggingface.co/{model} {account}, then run again."


def _no_revision(model: str, revision: str) -> str:
    return (
        f"{model} has no revision {revision!r}: give a branch, a tag or a commit of it as {model}@REVISION, "
        "or none for the newest."
    )


def _no_repository(model: str) -> str:
    sees = "this HF_TOKEN may see" if access_token() else "anybody may see without an HF_TOKEN"
    return f"The Hub has no model {model} that {sees}: was it renamed, is it private, or is the name misspelt?"


def _not_in_the_cache(model: str, chain: list[BaseException]) -> str:
    offline = any("OfflineMode" in type(error).__name__ or "HF_HUB_OFFLINE" in str(error) for error in chain)
    why = "HF_HUB_OFFLINE forbids to ask the Hub" if offline else "the Hub cannot be reached"
    remedy = "unset HF_HUB_OFFLINE" if offline else "connect to the network"
    return f"{model} is not complete in the local cache, and {why}: {remedy}, or fetch it with: hf download {model}"


def _of_the_disk(chain: list[BaseException], model: str, _: str) -> str | None:
    full = (errno.ENOSPC, errno.EDQUOT)
    if any((isinstance(e, OSError) and e.errno in full) or "No space left on device" in str(e) for e in chain):
        return (
            f"The disk is full, so {model} could not be fetched: make room, or set the environment variable HF_HOME to "
            f"a folder on a larger disk. {_RESUMES}"
        )
    return None


def _of_the_memory(chain: list[BaseException], model: str, _: str) -> str | None:
    if any(is_out_of_memory(error) for error in chain):
        return (
            f"The memory does not suffice to load {model}: end other programs that use it, "
            "or run on a machine with more of it."
        )
    return None


def _of_the_connection(chain: list[BaseException], model: str, _: str) -> str | None:
    names = {kind.__name__ for error in chain for kind in type(error).__mro__}
    if any(_TOO_SHORT in str(error) for error in chain) or names & set(_BROKEN_OFF):
        return f"The fetch of {model} was interrupted: {_first_line(chain[0])}. {_RESUMES}"
    if names & set(_NO_CONNECTION):
        return f"{model} cannot be fetched, since the Hub cannot be reached: connect to the network. {_RESUMES}"
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yields an error and what led to it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _status(chain: list[BaseException]) -> int | None:
    """Returns the HTTP status of the first response in the chain."""
    for error in chain:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
    return None


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return re.sub(r"[.\s]+$", "", redact(lines[0])) if lines else type(error).__name__
