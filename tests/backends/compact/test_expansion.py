"""A compact folder is made whole once, whoever asks, and a sentence says what to do where that fails."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backends.compact import expanded, expansion, is_compact_folder, vocabulary, whole_folder
from backends.compact.tokenizer_file import SPECIAL_TOKENS, VOCABULARY
from backends.errors import BackendUnavailable
from backends.models import MINIATURE, resolve_model
from tests.compact_checkpoint import CHECKPOINT_FILES, TOKEN_IDS, random_weights
from tests.places import ROOT


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


@pytest.fixture
def cheap(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the tokenizer that was built for `whole`: to build it again takes seconds."""
    built = (whole / "tokenizer.json").read_text(encoding="utf-8")
    monkeypatch.setattr(expansion, "tokenizer_json", lambda: built)


@pytest.mark.embedded
def test_whole_checkpoint_is_one_that_transformers_loads(whole: Path) -> None:
    import torch  # noqa: PLC0415 - slow to import
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415 - as above

    tokenizer = AutoTokenizer.from_pretrained(whole)
    model = AutoModelForCausalLM.from_pretrained(whole, dtype=torch.bfloat16)
    held = model.state_dict()
    few = {name: tensor.to(torch.bfloat16) for name, tensor in random_weights().items()}
    ids = tokenizer.apply_chat_template([{"role": "user", "content": "Hi"}], add_generation_prompt=True)["input_ids"]

    assert names(whole) == CHECKPOINT_FILES
    for name, tensor in few.items():
        found = held[name]
        if len(tensor) == len(TOKEN_IDS) + 1 != len(found):
            assert len(found) == VOCABULARY
            assert torch.equal(found[list(TOKEN_IDS)], tensor[:-1])
            assert torch.equal(found[150_000], tensor[-1])
        else:
            assert torch.equal(found, tensor)
    assert (len(tokenizer), tokenizer.eos_token, tokenizer.pad_token) == (VOCABULARY, "<|return|>", "<|endoftext|>")
    assert (ids[0], ids[-2:]) == (200_006, [200_006, 173_781])
    assert model.generate(torch.tensor([ids]), max_new_tokens=2, do_sample=False).shape[1] > len(ids)


def test_tokenizer_configuration_lists_the_special_tokens(whole: Path, compact_folder: Path) -> None:
    few, every = (json.loads((place / "tokenizer_config.json").read_text()) for place in (compact_folder, whole))
    table = every.pop("added_tokens_decoder")

    assert every == few
    assert {int(number): entry["content"] for number, entry in table.items()} == SPECIAL_TOKENS
    assert all(entry["special"] for entry in table.values())


def test_what_is_whole_is_left_alone(whole: Path, compact_folder: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in whole.iterdir()}

    assert expanded(compact_folder, whole.parent) == whole
    assert expanded(whole) == whole == whole_folder(whole)
    assert whole_folder(Path(MINIATURE)) == Path(MINIATURE)
    assert {file: file.stat().st_mtime_ns for file in whole.iterdir()} == before


def test_naming_a_compact_folder_writes_nothing(
    compact_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expansion, "checkpoints_folder", lambda: tmp_path / "cache")
    model = resolve_model(str(compact_folder))

    assert (model.name, model.is_path, is_compact_folder(Path(model.id))) == ("small", True, True)
    assert whole_folder(Path(model.id)).parent == tmp_path / "cache"
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("cheap")
def test_other_weights_have_a_folder_of_their_own(compact_folder: Path, whole: Path, tmp_path: Path) -> None:
    other = shutil.copytree(compact_folder, tmp_path / "small")
    (other / "generation_config.json").write_text("{}\n")

    assert whole_folder(other, whole.parent) != whole
    assert (expanded(other, tmp_path / "cache") / "generation_config.json").read_text() == "{}\n"


@pytest.mark.usefixtures("cheap")
def test_what_somebody_took_out_comes_back(compact_folder: Path, tmp_path: Path) -> None:
    target = expanded(compact_folder, tmp_path)
    (target / "tokenizer.json").unlink()

    assert expanded(compact_folder, tmp_path) == target
    assert names(target) == CHECKPOINT_FILES


@pytest.mark.slow
def test_several_processes_at_once_make_one_folder(compact_folder: Path, tmp_path: Path, whole: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from backends.compact import expanded; "
        "print(expanded(Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", program, str(compact_folder), str(tmp_path)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = {process.communicate(timeout=300)[0].strip() for process in running}

    assert [process.returncode for process in running] == [0, 0, 0]
    assert told == {str(tmp_path / whole.name)}
    assert {name for name in names(tmp_path) if not name.endswith(".lock")} == {whole.name}
    for name in CHECKPOINT_FILES:
        assert (tmp_path / whole.name / name).read_bytes() == (whole / name).read_bytes()


@pytest.mark.usefixtures("cheap")
def test_leftovers_of_a_killed_process_do_no_harm_and_go(compact_folder: Path, tmp_path: Path) -> None:
    target = whole_folder(compact_folder, tmp_path)
    for name, age in (("old", 7200), ("young", 60)):
        left = tmp_path / f"{target.name}-{name}.unfinished"
        left.mkdir()
        (left / "model.safetensors").write_bytes(b"half")
        os.utime(left, (time.time() - age,) * 2)

    assert expanded(compact_folder, tmp_path) == target
    assert {name for name in names(tmp_path) if name.endswith(".unfinished")} == {f"{target.name}-young.unfinished"}


@pytest.mark.usefixtures("cheap")
def test_a_full_disk_is_told_of_and_leaves_nothing(
    compact_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_: Path, whole: Path) -> None:
        whole.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(expansion, "expand_weights", fill)
    with pytest.raises(BackendUnavailable, match=r"\(No space left on device\): make room on that disk") as caught:
        expanded(compact_folder, tmp_path)

    assert str(tmp_path) in str(caught.value)
    assert {name for name in names(tmp_path) if not name.endswith(".lock")} == set()


def test_a_cache_that_cannot_be_made_is_told_of(compact_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(BackendUnavailable, match="see that the folder can be written"):
        expanded(compact_folder, tmp_path / "file")


def test_without_the_vocabulary_it_says_what_to_type_and_leaves_nothing(
    compact_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(vocabulary.VARIABLE, raising=False)
    monkeypatch.setattr(vocabulary, "installed_version", {}.get)

    with pytest.raises(BackendUnavailable, match=r"pip install -e '.*\[embedded\]'"):
        expanded(compact_folder, tmp_path)
    assert {name for name in names(tmp_path) if not name.endswith(".lock")} == set()


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize(("missing", "said"), [("tokenizer_config.json", "it has no tokenizer_config.json")])
def test_a_folder_that_lacks_a_file_is_told_of(compact_folder: Path, tmp_path: Path, missing: str, said: str) -> None:
    folder = shutil.copytree(compact_folder, tmp_path / "small")
    (folder / missing).unlink()

    with pytest.raises(BackendUnavailable, match=said):
        expanded(folder, tmp_path / "cache")


def test_whole_checkpoints_lie_in_the_checkout_or_with_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert expansion.checkpoints_folder() == ROOT / ".conformance-cache" / "checkpoints"
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert expansion.checkpoints_folder() == tmp_path / "harmony-conformance" / "checkpoints"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert expansion.checkpoints_folder() == Path.home() / ".cache" / "harmony-conformance" / "checkpoints"
