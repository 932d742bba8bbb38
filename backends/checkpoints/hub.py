"""Finds a model's files: in a folder, in the local cache of the Hub, or on the Hub itself.

The files are fetched before transformers is asked to load them: what goes wrong on the way is then an error of
huggingface_hub's own, and the disk is looked at first.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.checkpoints.checkpoint import Checkpoint
from backends.checkpoints.fetch_errors import explain
from backends.compact.expansion import expanded
from backends.errors import BackendUnavailable
from backends.secrets import access_token
from backends.system.hardware import free_disk_bytes

if TYPE_CHECKING:
    from backends.checkpoints.spec import LocalSpec

#: What transformers reads of a repository. gpt-oss's own holds the weights in two other forms too, in folders.
_WANTED = ("*.json", "*.safetensors", "*.jinja", "*.model", "*.txt")
_UNWANTED = ("*/*",)

#: Seconds that the Hub may take to tell what a repository holds.
_TIMEOUT_S = 10.0

_GB = 1e9


def find_checkpoint(spec: LocalSpec) -> Checkpoint:
    """Returns the folder with the files that `spec` names, after fetching what the local cache lacks.

    After a fetch that was interrupted, files that have arrived are not fetched again. Without a connection the cache
    alone is looked into.

    Raises:
        BackendUnavailable: they cannot be had; the message says what to do.
    """
    if spec.is_path:
        return Checkpoint(expanded(Path(spec.model)))
    import huggingface_hub  # noqa: PLC0415 - its constants are read when a model is first needed

    try:
        _require_disk(spec)
        folder = huggingface_hub.snapshot_download(
            spec.model,
            revision=spec.revision,
            token=access_token(),
            allow_patterns=list(_WANTED),
            ignore_patterns=list(_UNWANTED),
        )
    except BackendUnavailable:
        raise
    except Exception as error:
        raise explain(error, spec.model, spec.revision) from error
    return Checkpoint(Path(folder), commit=Path(folder).name)


def find_config(spec: LocalSpec) -> dict[str, Any]:
    """Returns the `config.json` of what `spec` names, fetching no more than that.

    Raises:
        BackendUnavailable: it cannot be had; the message says what to do.
    """
    if spec.is_path:
        return Checkpoint(Path(spec.model)).config
    import huggingface_hub  # noqa: PLC0415 - as above

    try:
        file = huggingface_hub.hf_hub_download(spec.model, "config.json", revision=spec.revision, token=access_token())
    except Exception as error:
        raise explain(error, spec.model, spec.revision) from error
    return Checkpoint(Path(file).parent).config


def known_config(spec: LocalSpec) -> dict[str, Any] | None:
    """Returns the `config.json` as far as this machine has it, or None; asks nobody."""
    if spec.is_path:
        return Checkpoint(Path(spec.model)).config
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - as above

    with contextlib.suppress(ValueError):
        file = try_to_load_from_cache(spec.model, "config.json", revision=spec.revision)
        if isinstance(file, str):
            return Checkpoint(Path(file).parent).config
    return None


def _require_disk(spec: LocalSpec) -> None:
    """Raises BackendUnavailable where the disk is too small for what is missing, as far as the Hub tells its size."""
    from huggingface_hub import HfApi, constants  # noqa: PLC0415 - as above

    info: Any = None
    with contextlib.suppress(Exception):  # whatever it is, fetching the files meets it again and tells it
        info = HfApi().model_info(
            spec.model, revision=spec.revision, files_metadata=True, token=access_token(), timeout=_TIMEOUT_S
        )
    if info is None:
        return
    cache = Path(constants.HF_HUB_CACHE)
    missing = sum(file.size or 0 for file in info.siblings or () if _is_missing(spec, file.rfilename, info.sha))
    free = free_disk_bytes(cache)
    if free is not None and missing > free:
        raise BackendUnavailable(
            f"{spec.model} takes another {missing / _GB:.1f} GB of disk, and {cache} has {free / _GB:.1f} GB free: "
            "make room, or set the environment variable HF_HOME to a folder on a larger disk."
        )


def _is_missing(spec: LocalSpec, name: str, commit: str | None) -> bool:
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - as above

    if "/" in name or not any(Path(name).match(pattern) for pattern in _WANTED):
        return False
    return not isinstance(try_to_load_from_cache(spec.model, name, revision=commit), str)
