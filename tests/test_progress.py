"""The line that moves says what is awaited, and nothing where nothing is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends.completion import Completion, InferenceBackend
from fixtures.progress import progress_of
from fixtures.run import group_of, make_run, noise_group_of, wire_group_of
from tests.plain_settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.run import Run

API, LOCAL = InferenceBackend.API, InferenceBackend.LOCAL
SIZE, PART = 4, 2


@pytest.fixture
def run() -> Iterator[Run]:
    made = make_run(replace(SETTINGS, sample_size=SIZE, noise_size=PART), None, gpu_asked=False)
    yield made
    made.remove()


def _answer(run: Run, group: str, count: int) -> None:
    for number in range(count):
        run.mailbox.put(group, str(number), Completion(content="1"))


def test_nothing_is_told_before_anything_has_arrived(run: Run) -> None:
    assert progress_of(run, run.subjects[0]) == ""


def test_answers_and_wire_replies_are_counted_until_both_sides_are_complete(run: Run) -> None:
    subject = run.subjects[0]
    _answer(run, group_of(subject.id, API), SIZE)
    _answer(run, group_of(subject.id, LOCAL), 1)
    _answer(run, wire_group_of(subject.id), 3)

    assert progress_of(run, subject) == "miniature: answers API 4 of 4, LOCAL 1 of 4, wire replies 3"

    _answer(run, group_of(subject.id, LOCAL), SIZE)

    assert progress_of(run, subject) == ""


def test_noise_is_counted_once_the_answers_are_there(run: Run) -> None:
    subject = run.subjects[0]
    for side in InferenceBackend:
        _answer(run, group_of(subject.id, side), SIZE)
    changes = [variant.change for variant in run.variants(subject)]
    _answer(run, noise_group_of(subject.id, changes[0]), PART)

    assert progress_of(run, subject) == f"miniature: noise 2 of {PART * len(changes)} answers"

    for change in changes:
        _answer(run, noise_group_of(subject.id, change), PART)

    assert progress_of(run, subject) == ""
