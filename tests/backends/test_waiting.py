"""While answers are awaited a line moves where somebody sees it, and whoever gives up leaves no request running."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest

from backends import (
    BackendUnreachable,
    Completion,
    InferenceSettings,
    aclassify,
    aget_model_response,
    classify,
    get_model_response,
)
from harmony_conformance import aclassify as aclassify_by_name
from tests.backends.scripted_server import Call, Reply, Script, ScriptedServer, message

if TYPE_CHECKING:
    from collections.abc import Callable

    Serve = Callable[[Script], ScriptedServer]

MODEL = "owner/model"

BARE = "Answer 0 or 1."

TEXTS = [f"text {number}" for number in range(12)]


def test_progress_counts_the_answers_where_it_is_asked_for(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    settings = InferenceSettings(base_url=serve(lambda _: message(content="1")).base_url)

    classify(TEXTS, BARE, model=MODEL, settings=settings, progress=True)

    told = capsys.readouterr().err
    assert "asking: 100%" in told
    assert "12/12" in told


@pytest.mark.parametrize("progress", [None, False])
def test_no_progress_is_told_where_stderr_is_no_terminal(
    serve: Serve,
    capfd: pytest.CaptureFixture[str],
    progress: bool | None,  # noqa: FBT001 - a case
) -> None:
    settings = InferenceSettings(base_url=serve(lambda _: message(content="1")).base_url)

    get_model_response(MODEL, TEXTS, settings=settings, progress=progress)

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("count", "told"), [(12, True), (3, False)])
def test_terminal_sees_progress_of_long_lists(
    serve: Serve,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    told: bool,  # noqa: FBT001 - a case
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    settings = InferenceSettings(base_url=serve(lambda _: message(content="1")).base_url)

    get_model_response(MODEL, TEXTS[:count], settings=settings)

    assert ("asking" in capsys.readouterr().err) is told


def test_coroutines_answer_as_the_calls_do_and_leave_the_loop_free(serve: Serve) -> None:
    def late(_: Call) -> Reply:
        time.sleep(0.3)
        return message(content="1")

    settings = InferenceSettings(base_url=serve(late).base_url)
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    async def ask() -> tuple[object, ...]:
        heart = asyncio.create_task(beat())
        answers = await asyncio.gather(
            aget_model_response(MODEL, "a", settings=settings),
            aget_model_response(MODEL, ["a", "b"], settings=settings),
            aclassify("a", BARE, model=MODEL, settings=settings),
            aclassify_by_name(["a", "b"], "toxic_simple", model=MODEL, settings=settings),
        )
        heart.cancel()
        return answers

    one, several, outcome, outcomes = asyncio.run(ask())

    assert isinstance(one, Completion)
    assert isinstance(several, list)
    assert len(several) == 2
    assert getattr(outcome, "label", None) is True
    assert isinstance(outcomes, list)
    assert [single.label for single in outcomes] == [True, True]
    assert beats > 5


def test_coroutine_raises_what_the_call_raises(dead_url: str) -> None:
    with pytest.raises(BackendUnreachable):
        asyncio.run(aget_model_response(MODEL, "a", settings=InferenceSettings(base_url=dead_url)))
    with pytest.raises(ValueError, match="There is no backend"):
        asyncio.run(aget_model_response(MODEL, "a", backend="remote"))


def test_cancelled_task_ends_at_once_and_leaves_no_request_and_no_thread(serve: Serve) -> None:
    asked, release = threading.Event(), threading.Event()

    def hang(_: Call) -> Reply:
        asked.set()
        release.wait(20)
        return message(content="1")

    server = serve(hang)
    settings = InferenceSettings(base_url=server.base_url)

    async def ask() -> float:
        task = asyncio.create_task(aclassify([f"text {n}" for n in range(60)], BARE, model=MODEL, settings=settings))
        await asyncio.to_thread(asked.wait, 10)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - started

    took = asyncio.run(ask())
    release.set()
    time.sleep(0.5)

    assert took < 5
    # Those that were under way side by side, which the server comes to see one after the other.
    assert len(server.calls) <= 8
    assert not [thread for thread in threading.enumerate() if thread.name in ("waiting", "api-side")]
