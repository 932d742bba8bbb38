"""A checkpoint whose files are missing or damaged is told before anything is loaded, with the file's name."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from backends.checkpoints.checkpoint import Checkpoint, safetensors_bytes
from backends.errors import BackendUnavailable
from fixtures.miniature import CHECKPOINT

if TYPE_CHECKING:
    from pathlib import Path


def weights(name: str, size: int = 100) -> bytes:
    header = json.dumps(
        {name: {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}, "__metadata__": {}}
    ).encode()
    return len(header).to_bytes(8, "little") + header + b"w" * size


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkpoint in two files."""
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    names = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    for tensor, name in names.items():
        (tmp_path / name).write_bytes(weights(tensor))
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}), encoding="utf-8")
    return tmp_path


def test_whole_checkpoint_is_taken_in_one_file_or_several(folder: Path) -> None:
    for place, count in ((folder, 2), (CHECKPOINT, 1)):
        checkpoint = Checkpoint(place)
        checkpoint.require_whole()
        assert len(checkpoint.weight_files()) == count


def test_length_is_read_from_the_header_of_a_real_file() -> None:
    file = CHECKPOINT / "model.safetensors"
    assert safetensors_bytes(file) == file.stat().st_size


@pytest.mark.parametrize(
    ("commit", "remedy"),
    [(None, "give a folder that is complete"), ("c0ffee", "run again with a connection to the Hub")],
)
def test_missing_file_is_told_by_name_with_what_to_do(folder: Path, commit: str | None, remedy: str) -> None:
    (folder / "model-00002-of-00002.safetensors").unlink()

    with pytest.raises(BackendUnavailable) as told:
        Checkpoint(folder, commit).require_whole()

    assert "lacks model-00002-of-00002.safetensors, which its index names: " + remedy in str(told.value)


def test_folder_without_weights_is_told_and_one_with_weights_of_another_kind_is_left_to_transformers(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BackendUnavailable, match="holds no weights: give a folder that is complete"):
        Checkpoint(tmp_path).require_whole()

    (tmp_path / "pytorch_model.bin").touch()
    Checkpoint(tmp_path).require_whole()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (weights("b")[:-1], "cut short: 171 of 172 bytes"),
        (b"", "no safetensors file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", "no safetensors file"),
        ((10).to_bytes(8, "little") + b"not json..", "no safetensors file"),
    ],
    ids=["cut", "empty", "git-lfs", "garbage"],
)
def test_damaged_file_is_told_by_name(folder: Path, content: bytes, why: str) -> None:
    (folder / "model-00002-of-00002.safetensors").write_bytes(content)
    why = why.replace("172", str(len(weights("b")))).replace("171", str(len(weights("b")) - 1))

    with pytest.raises(BackendUnavailable, match="model-00002-of-00002.*" + re.escape(why)):
        Checkpoint(folder).require_whole()


@pytest.mark.parametrize("name", ["config.json", "model.safetensors.index.json"])
@pytest.mark.parametrize("content", ["{", ""])
def test_description_that_cannot_be_read_is_told_in_one_sentence(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")
    checkpoint = Checkpoint(folder)

    with pytest.raises(BackendUnavailable, match=f"{re.escape(name)} cannot be read: ") as told:
        _ = checkpoint.config, checkpoint.weight_files()

    assert "\n" not in str(told.value)
