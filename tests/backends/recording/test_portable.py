"""Answers leave the machine without its folders and without credentials, and come back to the letter."""

from __future__ import annotations

import json

import pytest

from backends.completion import Completion, Missing
from backends.errors import Failure, FailureKind
from backends.recording import Folders, localise, mask_paths, portable_answer, unmask_paths

TOKEN = "a-token-that-nobody-knows"  # noqa: S105 - the point

HERE = Folders(paths={"model": "/data/models/small"}, prose={"home": "/data", "temporary": "/tmp"})  # noqa: S108 - a path to hide
THERE = Folders(paths={"model": "C:\\models\\småll"}, prose={"home": "C:\\anna"})

USE_ANOTHER_MACHINE = Folders(paths={"model": "/srv/modèles/small"})


def _unchanged(text: str) -> str:
    return text


def _nested(path: str, depth: int) -> str:
    text = f'{{"model":{json.dumps(path)}}}'
    for _ in range(depth):
        text = json.dumps({"request": text})
    return text


@pytest.mark.parametrize("folders", [HERE, THERE], ids=["posix", "windows"])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_folder_in_json_within_json_goes_and_comes_back(folders: Folders, depth: int) -> None:
    text = _nested(folders.paths["model"], depth)

    hidden = folders.hidden(text)

    assert json.loads(hidden) != json.loads(text)
    assert "models" not in hidden
    assert folders.shown(hidden) == text


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_another_machine_sees_its_own_folder_in_valid_json(depth: int) -> None:
    data = USE_ANOTHER_MACHINE.shown(HERE.hidden(_nested("/data/models/small", depth)))

    for _ in range(depth):
        data = json.loads(data)["request"]
    assert json.loads(data) == {"model": "/srv/modèles/small"}


def test_models_own_words_keep_every_path() -> None:
    said = Completion(
        content="/data/models/small", reasoning="look in /tmp", raw='{"model": "/data/models/small /tmp"}'
    )

    kept = portable_answer(said, HERE, _unchanged)

    assert isinstance(kept, Completion)
    assert (kept.content, kept.reasoning) == (said.content, said.reasoning)
    assert kept.raw == '{"model": "{model-folder} /tmp"}'
    assert localise(kept, HERE) == said


def test_error_messages_lose_further_folders() -> None:
    failed = Failure(kind=FailureKind.GENERATION, message="/data/models/small and /data/x and /tmp/y failed")

    kept = portable_answer(failed, HERE, _unchanged)

    assert isinstance(kept, Failure)
    assert kept.message == "{model-folder} and {home-folder}/x and {temporary-folder}/y failed"
    assert localise(kept, HERE) == failed


def test_no_credential_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    said = Completion(content=f"It is {TOKEN}.", reasoning=Missing.NULL, model=TOKEN, malformed=TOKEN, raw=f'"{TOKEN}"')
    failed = Failure(kind=FailureKind.SERVER, message=f"no {TOKEN}", raw=f'"hf_{"a" * 30} {TOKEN}"')

    for answer in (said, failed):
        kept = repr(portable_answer(answer, HERE, lambda text: text.replace("It is", "It was")))
        assert TOKEN not in kept
        assert "hf_aaa" not in kept
        assert "It is" not in kept


def test_descriptions_are_cleared_and_come_back() -> None:
    about = {"model": "/data/models/small", "dtype": None, "versions": ["/data/lib", 3]}

    hidden = mask_paths(about, HERE, _unchanged)

    assert hidden == {"model": "{model-folder}", "dtype": None, "versions": ["{home-folder}/lib", 3]}
    assert unmask_paths(hidden, HERE) == about
