"""An answer in the store is there as a whole or not at all, for every process of the run."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from backends.completion import Completion
from backends.dispatch.answer_store import AnswerStore
from backends.errors import Failure, FailureKind

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def answer_store(tmp_path: Path) -> AnswerStore:
    return AnswerStore(tmp_path)


def test_answers_and_failures_come_back_under_their_names(answer_store: AnswerStore) -> None:
    failure = Failure(kind=FailureKind.SERVER, message="no")
    answer_store.put("g", "a", Completion(content="1"))
    answer_store.put("g", "b", failure)
    assert answer_store.get("g", "a") == Completion(content="1")
    assert AnswerStore(answer_store.directory).get("g", "b") == failure
    assert answer_store.get("g", "c") is None
    assert answer_store.get("other", "a") is None


def test_count_is_of_names_and_not_of_writes(answer_store: AnswerStore) -> None:
    assert answer_store.count("g") == 0
    for content in "012":
        answer_store.put("g", "a", Completion(content=content))
    answer_store.put("g", "b", Completion(content=""))
    assert answer_store.count("g") == 2
    assert answer_store.count("other") == 0
    assert answer_store.get("g", "a") == Completion(content="2")


@pytest.mark.parametrize(
    "name", ["../../escape", "a/b", "", "x" * 5000, "\0", "\ud800".encode("utf-8", "replace").decode()]
)
def test_any_name_stays_inside_the_folder(answer_store: AnswerStore, name: str) -> None:
    answer_store.put("g", name, Completion(content="1"))
    assert answer_store.get("g", name) == Completion(content="1")
    assert [path.name for path in answer_store.directory.iterdir()] == ["g"]


def test_reader_never_sees_half_an_answer(answer_store: AnswerStore) -> None:
    contents = [str(number) * 200_000 for number in range(2)]
    done = threading.Event()

    def write() -> None:
        for number in range(60):
            answer_store.put("g", "a", Completion(content=contents[number % 2]))
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen = set()
    while not done.is_set():
        answer = answer_store.get("g", "a")
        if isinstance(answer, Completion):
            seen.add(answer.content)
    thread.join()
    assert seen <= set(contents)
    assert seen


def test_what_is_expected_of_a_group_is_known_to_every_process_and_is_no_answer(answer_store: AnswerStore) -> None:
    answer_store.expect("m.api", {"a": "digest of a", "b": "digest of b"})
    answer_store.expect("m.api", {"a": "digest of a", "b": "digest of b"})

    assert AnswerStore(answer_store.directory).expected("m.api") == {"a": "digest of a", "b": "digest of b"}
    assert (answer_store.expected("m.local"), answer_store.count("m.api")) == ({}, 0)


def test_stop_is_seen_by_every_process_of_the_run(answer_store: AnswerStore) -> None:
    other = AnswerStore(answer_store.directory)
    assert not other.stopped
    answer_store.stop()
    assert other.stopped


def test_run_whose_folder_was_removed_is_over_and_leaves_nothing_behind(answer_store: AnswerStore) -> None:
    shutil.rmtree(answer_store.directory)
    assert answer_store.stopped
    with pytest.raises(FileNotFoundError):
        answer_store.put("g", "a", Completion(content="1"))
    assert not answer_store.directory.exists()
