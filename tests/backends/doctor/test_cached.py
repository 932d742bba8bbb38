"""What lies in the caches is found as huggingface_hub and datasets lay it down."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from backends.doctor.cached import CacheEntry, Stored, datasets_cache, find_dataset, find_model

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "openai/gpt-oss-20b"
SHARDS = ["model-00000-of-00002.safetensors", "model-00001-of-00002.safetensors"]
COMMIT = "a" * 40


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A Hub cache that holds the whole model."""
    repository = tmp_path / "models--openai--gpt-oss-20b"
    for folder in ("blobs", "refs", f"snapshots/{COMMIT}"):
        (repository / folder).mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    index = {"weight_map": {"a": SHARDS[0], "b": SHARDS[1], "c": SHARDS[1]}}
    for number, name in enumerate(["config.json", "tokenizer.json", "model.safetensors.index.json", *SHARDS]):
        blob = repository / "blobs" / str(number)
        blob.write_text(json.dumps(index if "index" in name else {}))
        (repository / "snapshots" / COMMIT / name).symlink_to(blob)
    return tmp_path


def _snapshot(cache: Path, name: str) -> Path:
    return cache / "models--openai--gpt-oss-20b" / "snapshots" / COMMIT / name


def test_whole_model_is_found(cache: Path) -> None:
    assert find_model(MODEL, cache) == CacheEntry(Stored.WHOLE)
    assert find_model(MODEL, cache, COMMIT) == CacheEntry(Stored.WHOLE)


def test_missing_shard_makes_it_incomplete(cache: Path) -> None:
    _snapshot(cache, SHARDS[0]).unlink()

    assert find_model(MODEL, cache) == CacheEntry(Stored.PART, "1 of 2 weight files")


def test_shard_whose_content_is_gone_makes_it_incomplete(cache: Path) -> None:
    _snapshot(cache, SHARDS[1]).resolve().unlink()

    assert find_model(MODEL, cache) == CacheEntry(Stored.PART, "1 of 2 weight files")


def test_missing_tokenizer_makes_it_incomplete(cache: Path) -> None:
    _snapshot(cache, "tokenizer.json").unlink()

    assert find_model(MODEL, cache) == CacheEntry(Stored.PART, "without tokenizer.json")


def test_unreadable_index_makes_it_incomplete(cache: Path) -> None:
    _snapshot(cache, "model.safetensors.index.json").resolve().write_text("{")

    assert find_model(MODEL, cache).stored is Stored.PART


def test_download_that_was_interrupted_at_once_is_incomplete(cache: Path) -> None:
    repository = cache / "models--openai--gpt-oss-20b"
    shutil.rmtree(repository / "snapshots")
    (repository / "blobs" / "0.incomplete").write_text("")

    assert find_model(MODEL, cache) == CacheEntry(Stored.PART, "0 of 1 weight files")


def test_absent_model_and_absent_revision_are_not_there(cache: Path, tmp_path: Path) -> None:
    assert find_model("openai/gpt-oss-120b", cache) == CacheEntry(Stored.NOTHING)
    assert find_model(MODEL, tmp_path / "no-cache") == CacheEntry(Stored.NOTHING)
    assert find_model(MODEL, cache, "b" * 40) == CacheEntry(Stored.NOTHING)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # datasets 5.0 leaves its file open
def test_prepared_dataset_is_found_where_datasets_puts_it(tmp_path: Path) -> None:
    from datasets.packaged_modules.csv.csv import Csv  # noqa: PLC0415 - slow to import

    # Only a builder with no repository takes a file that lies elsewhere; its place is then that of the repository.
    (tmp_path / "rows.csv").write_text("conv_id,user_input\na,NA\n")
    names = {"dataset_name": "toxic-chat", "config_name": "toxicchat0124", "hash": COMMIT, "na_filter": False}
    place = Csv(cache_dir=str(tmp_path / "cache"), repo_id="lmsys/toxic-chat", **names).cache_dir
    builder = Csv(cache_dir=str(tmp_path / "other"), data_files=str(tmp_path / "rows.csv"), **names)
    before = find_dataset("lmsys/toxic-chat", "toxicchat0124", COMMIT, tmp_path / "cache")
    builder.download_and_prepare(place)

    assert before == CacheEntry(Stored.NOTHING)
    assert find_dataset("lmsys/toxic-chat", "toxicchat0124", COMMIT, tmp_path / "cache") == CacheEntry(Stored.WHOLE)
    assert str(find_dataset("lmsys/toxic-chat", "toxicchat0124", "b" * 40, tmp_path / "cache")) == (
        "not in the cache (at this revision; another one is)"
    )


def test_interrupted_preparation_is_incomplete(tmp_path: Path) -> None:
    (tmp_path / "lmsys___toxic-chat" / "toxicchat0124-x" / "0.0.0" / f"{COMMIT}.incomplete").mkdir(parents=True)

    assert find_dataset("lmsys/toxic-chat", "toxicchat0124", COMMIT, tmp_path).stored is Stored.PART


def test_cache_of_datasets_is_where_datasets_looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from datasets import config  # noqa: PLC0415 - slow to import

    monkeypatch.delenv("HF_DATASETS_CACHE", raising=False)
    assert datasets_cache() == config.HF_DATASETS_CACHE
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    assert datasets_cache() == tmp_path
