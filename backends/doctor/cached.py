"""What of models and data lies in the local caches, looked at without the Hub."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

#: The files of a repository that hold weights: one, or several with an index.
_WHOLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"

#: What a tokenizer and a model need beside their weights.
_SMALL_FILES = ("config.json", "tokenizer.json")


class Stored(StrEnum):
    """How much of something is there."""

    WHOLE = "in the cache"
    PART = "incomplete cache"
    NOTHING = "not in the cache"


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """How much is there, and in words where it is a part."""

    stored: Stored
    detail: str = ""

    def __str__(self) -> str:
        """Returns the words for a line."""
        return f"{self.stored}{self.detail and f' ({self.detail})'}"


def find_model(repository: str, cache: Path, revision: str = "main") -> CacheEntry:
    """Returns how much of a model lies in the Hub cache; a download that was interrupted is a part.

    Args:
        repository: Hub id.
        cache: the folder that huggingface_hub calls `HF_HUB_CACHE`.
        revision: a branch, a tag or a commit.
    """
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - takes half a second

    def path_of(name: str) -> str | None:
        found = try_to_load_from_cache(repository, name, cache_dir=cache, revision=revision)
        return found if isinstance(found, str) else None

    folder = cache / f"models--{repository.replace('/', '--')}"
    if not folder.is_dir():
        return CacheEntry(Stored.NOTHING)
    index = path_of(_INDEX)
    weights = _shards(Path(index)) if index else [_WHOLE]
    there = sum(path_of(name) is not None for name in weights)
    lacking = [name for name in _SMALL_FILES if path_of(name) is None]
    if there == len(weights) and not lacking:
        return CacheEntry(Stored.WHOLE)
    if not there and len(lacking) == len(_SMALL_FILES) and not any(folder.glob("blobs/*.incomplete")):
        return CacheEntry(Stored.NOTHING)
    if there < len(weights):
        return CacheEntry(Stored.PART, f"{there} of {len(weights)} weight files")
    return CacheEntry(Stored.PART, f"without {' and '.join(lacking)}")


def find_dataset(repository: str, configuration: str, revision: str, cache: Path) -> CacheEntry:
    """Returns how much of a data set lies in the cache of `datasets`, prepared at just this revision.

    `datasets` names the folder by repository, configuration with the reader's options, version and commit, writes into
    a neighbour that ends in `.incomplete`, and renames it when all is there (`datasets/builder.py`).

    Args:
        repository: Hub id.
        configuration: name of the data set's configuration.
        revision: a commit.
        cache: the folder that `datasets` calls `HF_DATASETS_CACHE`.
    """
    folder = cache / repository.lower().replace("/", "___")
    prepared = folder.glob(f"{configuration}*/*/{revision}/dataset_info.json")
    if any(prepared):
        return CacheEntry(Stored.WHOLE)
    if any(folder.glob(f"{configuration}*/*/{revision}.incomplete")):
        return CacheEntry(Stored.PART, "interrupted")
    if any(folder.glob(f"{configuration}*/*/*/dataset_info.json")):
        return CacheEntry(Stored.NOTHING, "at this revision; another one is")
    return CacheEntry(Stored.NOTHING)


def hub_cache() -> Path:
    """Returns the folder in which huggingface_hub keeps repositories."""
    from huggingface_hub import constants  # noqa: PLC0415 - as above

    return Path(constants.HF_HUB_CACHE)


def datasets_cache() -> Path:
    """Returns the folder in which `datasets` keeps what it prepared, by its own rule; importing it takes seconds."""
    from huggingface_hub import constants  # noqa: PLC0415 - as above

    return Path(os.environ.get("HF_DATASETS_CACHE") or Path(constants.HF_HOME) / "datasets").expanduser()


def _shards(index: Path) -> list[str]:
    """Returns the names of the weight files in an index; the index itself where it cannot be read."""
    try:
        return sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError):
        return ["a readable index"]
