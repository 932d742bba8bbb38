"""A name stands for one model: an alias, a Hub id or a folder, or it is answered with what to type."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backends.errors import BackendUnavailable
from backends.models import (
    ALIASES,
    GPT_OSS_20B,
    MINIATURE,
    MINIATURE_O200K,
    NAMES,
    RESTLESS,
    Model,
    digest_of_folder,
    resolve_model,
    short_name,
)
from tests.places import ROOT


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "my model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "weights").write_bytes(b"abc")
    return folder


@pytest.mark.parametrize("name", ["GPT_OSS_20B", "gpt_oss_20b", "openai/gpt-oss-20b"])
def test_alias_in_any_case_and_the_id_are_the_same_model(name: str) -> None:
    assert resolve_model(name) == Model(id=GPT_OSS_20B, name="gpt-oss-20b", revision="main")


def test_revision_can_be_named_after_an_at_sign() -> None:
    assert resolve_model("owner/some@v2") == Model(id="owner/some", name="some", revision="v2")


def test_every_alias_of_the_hub_resolves() -> None:
    hub = {alias: target for alias, target in ALIASES.items() if target not in NAMES}

    assert {resolve_model(alias).id for alias in hub} == set(hub.values())


def test_folder_is_named_by_its_absolute_path_and_its_content(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkpoint.parent)
    model = resolve_model("my model")
    assert model == resolve_model(str(checkpoint)) == resolve_model("./my model")
    assert (model.id, model.name, model.is_path) == (str(checkpoint.resolve()), "my model", True)
    assert model.revision == digest_of_folder(checkpoint)


def test_digest_hangs_on_content_and_names_and_not_on_times(checkpoint: Path) -> None:
    before = digest_of_folder(checkpoint)
    os.utime(checkpoint / "weights", (1, 1))
    assert digest_of_folder(checkpoint) == before
    (checkpoint / "weights").write_bytes(b"abd")
    changed = digest_of_folder(checkpoint)
    (checkpoint / "weights").rename(checkpoint / "weights2")
    assert len({before, changed, digest_of_folder(checkpoint)}) == 3


@pytest.mark.parametrize(
    "name",
    ["gpt-oss", "a/b/c", "/nowhere/model", "./nowhere/model", "~nobody-here/x", "owner/", "/", "owner/@v2", "x" * 5000],
    ids=lambda name: name[:20],
)
def test_name_that_stands_for_nothing_is_answered_with_what_to_give(name: str) -> None:
    with pytest.raises(BackendUnavailable, match=r"GPT_OSS_20B|config\.json"):
        resolve_model(name)


def test_folder_without_a_configuration_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailable, match=r"holds no config\.json"):
        resolve_model(str(tmp_path))


def test_miniatures_lie_in_this_checkout_and_have_names_of_their_own() -> None:
    assert set(NAMES) == {MINIATURE, MINIATURE_O200K, RESTLESS}
    assert all(Path(path).is_relative_to(ROOT) for path in NAMES)
    assert [short_name(Path(path)) for path in (MINIATURE, MINIATURE_O200K, RESTLESS)] == [
        "miniature",
        "miniature-o200k",
        "restless",
    ]
