"""A run that was killed is taken up: what it was answered is there, each under its own name, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.completion import Completion, InferenceBackend, Missing
from backends.dispatch.answer_store import AnswerStore
from backends.dispatch.cache import AnswerCache
from backends.dispatch.dispatcher import Dispatcher, Job
from backends.dispatch.journal import Journal
from backends.errors import Failure, FailureKind
from backends.prompt import make_prompt
from backends.raw_reply import RawReply
from backends.score import NothingToScore, Unscored
from tests.backends.scripted_backend import ScriptedBackend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backends.completion import Answer

WHAT = {"backend": "api", "prompt": "hello"}


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[AnswerCache]:
    opened = AnswerCache(tmp_path / "cache")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "answer",
    [
        Completion(content="1", latency_s=0.5, attempts=3),
        Completion(content=Missing.NULL),
        RawReply(status=500, headers={}, body="no", request="{}"),
        Failure(kind=FailureKind.REFUSED, message="no", status=400),
        Unscored(kind=NothingToScore.EMPTY, why="nothing"),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_answer_comes_back_as_it_was_and_to_no_other_question(cache: AnswerCache, answer: Answer) -> None:
    journal = Journal("r", cache.store)
    journal.put("g", "a", WHAT, answer)

    assert journal.get("g", "a", WHAT) == answer
    others = [("g", "a-again", WHAT), ("g-repeat", "a", WHAT), ("g", "a", WHAT | {"day": "another"})]
    assert [journal.get(*other) for other in others] == [None] * 3
    assert Journal("another", cache.store).get("g", "a", WHAT) is None


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind not in {"refused", "unusable"}])
def test_what_got_lost_is_asked_again(cache: AnswerCache, kind: FailureKind) -> None:
    journal = Journal("r", cache.store)
    journal.put("g", "a", WHAT, Failure(kind=kind, message="lost"))
    assert journal.get("g", "a", WHAT) is None


def test_run_that_has_ended_is_forgotten_and_no_other_one_is(cache: AnswerCache) -> None:
    runs = [Journal(name, cache.store) for name in ("one", "other")]
    for journal in runs:
        assert journal.begin() is None
        journal.put("g", "a", WHAT, Completion(content="1"))
    assert [journal.begin() is None for journal in runs] == [False, False]

    runs[0].end()

    assert [journal.get("g", "a", WHAT) is None for journal in runs] == [True, False]
    assert [journal.begin() is None for journal in runs] == [True, False]


def test_journal_of_no_run_and_one_without_a_cache_keep_nothing(cache: AnswerCache) -> None:
    for journal in (Journal(None, cache.store), Journal("r", None)):
        assert journal.begin() is None
        journal.put("g", "a", WHAT, Completion(content="1"))
        journal.ask("g", ["a"])
        assert (journal.get("g", "a", WHAT), journal.asked("g"), journal.begin()) == (None, frozenset(), None)
        journal.end()


def _run(folder: Path, cache: AnswerCache, backend: ScriptedBackend, names: dict[str, str]) -> dict[str, Answer]:
    folder.mkdir()
    requests = {name: make_prompt(text) for name, text in names.items()}
    dispatcher = Dispatcher(AnswerStore(folder), cache, Journal("r", cache.store))
    dispatcher.start([Job(group="g", backend=backend, requests=requests)])
    answers = {name: dispatcher.wait("g", name) for name in requests}
    dispatcher.finish()
    return answers


@pytest.mark.parametrize("cacheable", [True, False])
def test_resumed_run_asks_what_is_missing_and_a_text_that_stands_twice_as_often_as_the_whole_run(
    tmp_path: Path,
    cache: AnswerCache,
    cacheable: bool,  # noqa: FBT001
) -> None:
    """Killed behind the first of two equal prompts: the second is no less asked, though the cache knows its like."""

    class KilledError(Exception):
        pass

    def killed(_: object) -> Answer:
        if len(first.asked) == 3:
            raise KilledError
        return Completion(content=f"answer {len(first.asked)}")

    texts = {"a": "x", "b": "y", "c": "x", "d": "z"}
    first = ScriptedBackend(InferenceBackend.API, killed, cacheable=cacheable)
    before = _run(tmp_path / "killed", cache, first, texts)
    second = ScriptedBackend(InferenceBackend.API, lambda _: Completion(content="later"), cacheable=cacheable)

    after = _run(tmp_path / "resumed", cache, second, texts)

    assert second.asked == ["x", "z"]
    assert [after[name] == before[name] for name in texts] == [True, True, False, False]
    assert not any(getattr(answer, "cached", False) for answer in after.values())


def test_what_the_cache_answered_the_killed_run_is_told_as_cached_by_the_resumed_one(
    tmp_path: Path, cache: AnswerCache
) -> None:
    backend = ScriptedBackend(InferenceBackend.API)
    cache.put(backend.cache_inputs(make_prompt("x")), Completion(content="kept"))
    before = _run(tmp_path / "killed", cache, backend, {"a": "x", "b": "y"})
    cache.drop(backend.cache_inputs(make_prompt("x")))

    after = _run(tmp_path / "resumed", cache, backend, {"a": "x", "b": "y"})

    assert after == before
    assert backend.asked == ["y"]
