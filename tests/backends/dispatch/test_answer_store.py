"""An answer in the mailbox is there as a whole or not at all, for every process of the run."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from backends.completion import Completion
from backends.dispatch.answer_store import Mailbox
from backends.errors import Failure, FailureKind

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path)


def test_answers_and_failures_come_back_under_their_names(mailbox: Mailbox) -> None:
    failure = Failure(kind=FailureKind.SERVER, message="no")
    mailbox.put("g", "a", Completion(content="1"))
    mailbox.put("g", "b", failure)
    assert mailbox.get("g", "a") == Completion(content="1")
    assert Mailbox(mailbox.directory).get("g", "b") == failure
    assert mailbox.get("g", "c") is None
    assert mailbox.get("other", "a") is None


def test_count_is_of_names_and_not_of_writes(mailbox: Mailbox) -> None:
    assert mailbox.count("g") == 0
    for content in "012":
        mailbox.put("g", "a", Completion(content=content))
    mailbox.put("g", "b", Completion(content=""))
    assert mailbox.count("g") == 2
    assert mailbox.count("other") == 0
    assert mailbox.get("g", "a") == Completion(content="2")


@pytest.mark.parametrize(
    "name", ["../../escape", "a/b", "", "x" * 5000, "\0", "\ud800".encode("utf-8", "replace").decode()]
)
def test_any_name_stays_inside_the_folder(mailbox: Mailbox, name: str) -> None:
    mailbox.put("g", name, Completion(content="1"))
    assert mailbox.get("g", name) == Completion(content="1")
    assert [path.name for path in mailbox.directory.iterdir()] == ["g"]


def test_reader_never_sees_half_an_answer(mailbox: Mailbox) -> None:
    contents = [str(number) * 200_000 for number in range(2)]
    done = threading.Event()

    def write() -> None:
        for number in range(60):
            mailbox.put("g", "a", Completion(content=contents[number % 2]))
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen = set()
    while not done.is_set():
        answer = mailbox.get("g", "a")
        if isinstance(answer, Completion):
            seen.add(answer.content)
    thread.join()
    assert seen <= set(contents)
    assert seen


def test_what_is_expected_of_a_group_is_known_to_every_process_and_is_no_answer(mailbox: Mailbox) -> None:
    mailbox.expect("m.api", {"a": "digest of a", "b": "digest of b"})
    mailbox.expect("m.api", {"a": "digest of a", "b": "digest of b"})

    assert Mailbox(mailbox.directory).expected("m.api") == {"a": "digest of a", "b": "digest of b"}
    assert (mailbox.expected("m.local"), mailbox.count("m.api")) == ({}, 0)


def test_stop_is_seen_by_every_process_of_the_run(mailbox: Mailbox) -> None:
    other = Mailbox(mailbox.directory)
    assert not other.stopped
    mailbox.stop()
    assert other.stopped


def test_run_whose_folder_was_removed_is_over_and_leaves_nothing_behind(mailbox: Mailbox) -> None:
    shutil.rmtree(mailbox.directory)
    assert mailbox.stopped
    with pytest.raises(FileNotFoundError):
        mailbox.put("g", "a", Completion(content="1"))
    assert not mailbox.directory.exists()
