"""A run asks each prompt once, both sides at a time, hands answers out as they come, and survives its processes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends.completion import Answer, Completion, InferenceBackend
from backends.dispatch.answer_store import AnswerStore
from backends.dispatch.cache import AnswerCache
from backends.dispatch.dispatcher import Dispatcher, Job
from backends.errors import BackendUnavailable, Failure, FailureKind
from backends.prompt import Prompt, make_prompt
from tests.backends.scripted_backend import ScriptedBackend, repeat, text_of
from tests.backends.scripted_server import Call, Reply, Script, ScriptedServer, message
from tests.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Serve = Callable[[Script], ScriptedServer]
    Start = Callable[..., Dispatcher]

API, LOCAL = InferenceBackend


def job(backend: ScriptedBackend, texts: str = "abc", *, partner: ScriptedBackend | None = None) -> Job[Prompt]:
    requests = {text: make_prompt(text) for text in texts}
    return Job(group=f"subject.{backend.kind}", backend=backend, requests=requests, partner=partner)


def contents(dispatcher: Dispatcher, *jobs: Job[Prompt]) -> list[str | None]:
    answers = [dispatcher.wait(one.group, name) for one in jobs for name in one.requests]
    return [str(answer.content) if isinstance(answer, Completion) else None for answer in answers]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[AnswerCache]:
    opened = AnswerCache(tmp_path / "cache")
    yield opened
    opened.close()


@pytest.fixture
def start(tmp_path: Path, cache: AnswerCache) -> Iterator[Start]:
    """Starts runs, each with an answer store of its own, and ends them with the test."""
    running: list[Dispatcher] = []

    def run(*jobs: Job[Prompt]) -> Dispatcher:
        folder = tmp_path / f"run-{len(running)}"
        folder.mkdir()
        running.append(Dispatcher(AnswerStore(folder), cache))
        running[-1].start(jobs)
        return running[-1]

    yield run
    for dispatcher in running:
        dispatcher.answer_store.stop()
        dispatcher.finish()


def test_reference_that_subjects_share_is_asked_once_and_each_endpoint_for_itself(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    dispatcher = Dispatcher(AnswerStore(folder), AnswerCache(None))
    local, other, sides = ScriptedBackend(LOCAL), ScriptedBackend(LOCAL, key="in another form"), []
    for name, reference in (("one", local), ("two", local), ("three", other)):
        api = ScriptedBackend(API)
        requests = {text: make_prompt(text) for text in "abc"}
        sides.append(Job(group=f"{name}.api", backend=api, requests=requests, partner=reference))
        sides.append(Job(group=f"{name}.local", backend=reference, requests=requests, partner=api))

    dispatcher.start(sides)
    assert contents(dispatcher, *sides) == list("abc" * 6)
    dispatcher.finish()

    assert (local.asked, other.asked) == (list("abc"), list("abc"))
    assert [
        one.backend.asked for one in sides if isinstance(one.backend, ScriptedBackend) and one.backend.kind is API
    ] == [list("abc")] * 3


def test_endpoint_whose_answers_cannot_be_read_costs_no_other_endpoint_its_answers(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    dispatcher = Dispatcher(AnswerStore(folder), AnswerCache(None))
    odd, good = ScriptedBackend(API), ScriptedBackend(API)
    requests = {text: make_prompt(text) for text in "abcdefgh"}
    jobs = [
        Job(group="odd.api", backend=odd, requests=requests, trial=lambda _: "nobody can read it"),
        Job(group="good.api", backend=good, requests=requests, trial=lambda _: None),
        Job(group="odd.noise-repeat", backend=odd, requests=requests),
    ]

    dispatcher.start(jobs)
    got = [contents(dispatcher, job) for job in jobs]
    dispatcher.finish()

    assert got == [[*"abcde", None, None, None], list("abcdefgh"), [None] * 8]
    assert (len(odd.asked), len(good.asked)) == (5, 8)


def test_reference_whose_answers_cannot_be_read_ends_the_asking_of_all(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    dispatcher = Dispatcher(AnswerStore(folder), AnswerCache(None))
    requests = {text: make_prompt(text) for text in "abcdefgh"}
    local = Job(group="one.local", backend=ScriptedBackend(LOCAL), requests=requests, trial=lambda _: "unreadable")
    other = Job(group="two.local", backend=ScriptedBackend(LOCAL, key="other"), requests=requests)

    dispatcher.start([local, other])
    assert contents(dispatcher, other) == [None] * 8
    dispatcher.finish()


def test_failure_of_the_reference_is_not_shared(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    dispatcher = Dispatcher(AnswerStore(folder), AnswerCache(None))
    local = ScriptedBackend(LOCAL, reply=lambda _: Failure(kind=FailureKind.UNUSABLE, message="odd"))
    requests = {"a": make_prompt("a")}
    jobs = [Job(group=f"{name}.local", backend=local, requests=requests) for name in ("one", "two")]

    dispatcher.start(jobs)
    assert contents(dispatcher, *jobs) == [None, None]
    dispatcher.finish()

    assert local.asked == ["a", "a"]


def test_every_request_gets_its_own_answer(start: Start) -> None:
    api, local = job(ScriptedBackend(API), "abc"), job(ScriptedBackend(LOCAL), "cde")
    assert contents(start(api, local), api, local) == list("abccde")


def test_both_sides_work_at_the_same_time(start: Start) -> None:
    meeting = threading.Barrier(2, timeout=20)

    def meet(prompt: Prompt) -> Answer:
        meeting.wait()
        return repeat(prompt)

    api, local = job(ScriptedBackend(API, meet)), job(ScriptedBackend(LOCAL, meet))
    assert contents(start(api, local), api, local) == list("abcabc")


def test_side_that_is_quick_waits_for_one_that_has_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = threading.Thread.start

    def begin_at_leisure(thread: threading.Thread) -> None:
        begin(thread)
        time.sleep(0.2)

    monkeypatch.setattr(threading.Thread, "start", begin_at_leisure)
    dispatcher = Dispatcher(AnswerStore(tmp_path), AnswerCache(None))
    local, heard = job(ScriptedBackend(LOCAL)), list[str | None]()

    def hear() -> bool:
        heard.extend(contents(dispatcher, local))
        return False

    dispatcher.start(
        [job(ScriptedBackend(API)), replace(job(ScriptedBackend(API)), group="subject.again", needed=hear), local]
    )
    dispatcher.finish()

    assert heard[:3] == list("abc")


def test_start_returns_before_the_first_answer(start: Start) -> None:
    go = threading.Event()

    def held(prompt: Prompt) -> Answer:
        assert go.wait(20)
        return repeat(prompt)

    slow = job(ScriptedBackend(API, held))
    dispatcher = start(slow)
    go.set()
    assert contents(dispatcher, slow) == list("abc")


def test_answer_reaches_its_thread_while_later_ones_are_still_made(start: Start) -> None:
    seen = threading.Event()

    def held(prompt: Prompt) -> Answer:
        if text_of(prompt) == "b":
            assert seen.wait(20)
        return repeat(prompt)

    slow = job(ScriptedBackend(API, held))
    dispatcher = start(slow)
    assert dispatcher.wait(slow.group, "a") == Completion(content="a")
    seen.set()
    assert contents(dispatcher, slow) == list("abc")


def test_many_threads_can_wait_for_the_same_answers(start: Start) -> None:
    one = job(ScriptedBackend(API))
    dispatcher = start(one)
    got: list[list[str | None]] = []
    threads = [threading.Thread(target=lambda: got.append(contents(dispatcher, one))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert got == [list("abc")] * 8


def test_what_a_run_answered_is_not_asked_in_the_next(start: Start) -> None:
    first, second = ScriptedBackend(API), ScriptedBackend(API)
    contents(start(job(first, "abc")), job(first, "abc"))
    both = job(second, "abcd")
    dispatcher = start(both)
    assert contents(dispatcher, both) == list("abcd")
    assert (first.asked, second.asked) == (list("abc"), ["d"])
    cached = [getattr(dispatcher.wait(both.group, name), "cached", None) for name in "abcd"]
    assert cached == [True, True, True, False]


def test_failures_are_handed_out_and_asked_again_in_the_next_run(start: Start) -> None:
    failure = Failure(kind=FailureKind.SERVER, message="no")
    first = job(ScriptedBackend(API, lambda prompt: failure if text_of(prompt) == "b" else repeat(prompt)))
    assert contents(start(first), first) == ["a", None, "c"]
    second = ScriptedBackend(API)
    assert contents(start(job(second)), job(second)) == list("abc")
    assert second.asked == ["b"]


def test_forgotten_answer_is_asked_again_in_the_next_run(start: Start) -> None:
    one = job(ScriptedBackend(API))
    dispatcher = start(one)
    contents(dispatcher, one)
    dispatcher.forget(one.group, "b")
    second = ScriptedBackend(API)
    contents(start(job(second)), job(second))
    assert second.asked == ["b"]


def test_backend_that_is_not_cacheable_is_always_asked(start: Start) -> None:
    for _ in range(2):
        one = ScriptedBackend(API, cacheable=False)
        assert contents(start(job(one)), job(one)) == list("abc")
        assert one.asked == list("abc")


def test_answer_is_kept_under_what_was_true_when_it_was_asked(start: Start) -> None:
    """The key holds the day, and the day may end while a server thinks."""
    backend = ScriptedBackend(API, key="monday")

    def midnight(prompt: Prompt) -> Answer:
        backend.key = "tuesday"
        return repeat(prompt)

    backend.reply = midnight
    contents(start(job(backend, "a")), job(backend, "a"))
    asked = {}
    for day in ("monday", "tuesday"):
        later = ScriptedBackend(API, key=day)
        contents(start(job(later, "a")), job(later, "a"))
        asked[day] = later.asked
    assert asked == {"monday": [], "tuesday": ["a"]}


def test_interrupted_run_keeps_what_has_arrived(start: Start) -> None:
    reached = threading.Event()
    go = threading.Event()

    def held(prompt: Prompt) -> Answer:
        if text_of(prompt) == "c":
            reached.set()
            go.wait(20)
        return repeat(prompt)

    first = ScriptedBackend(API, held)
    dispatcher = start(job(first, "abcdef"))
    reached.wait(20)
    dispatcher.answer_store.stop()
    go.set()
    dispatcher.finish()
    assert first.asked == list("abc")

    second = ScriptedBackend(API)
    assert contents(start(job(second, "abcdef")), job(second, "abcdef")) == list("abcdef")
    assert second.asked == list("def")


def test_waiting_ends_where_the_run_was_stopped(start: Start) -> None:
    one = job(ScriptedBackend(API, lambda _: Failure(kind=FailureKind.SERVER, message="no")))
    dispatcher = start()
    dispatcher.answer_store.stop()
    dispatcher.start([one])
    answer = dispatcher.wait(one.group, "a")
    assert isinstance(answer, Failure)
    assert (answer.kind, answer.attempts) == (FailureKind.NOT_ASKED, 0)


def test_backend_that_cannot_work_is_not_asked_and_neither_is_its_partner(start: Start) -> None:
    api, local = ScriptedBackend(API), ScriptedBackend(LOCAL, problem=BackendUnavailable("no GPU here"))
    jobs = job(api, partner=local), job(local, partner=api)
    dispatcher = start(*jobs)
    kinds = {}
    for one in jobs:
        for name in one.requests:
            answer = dispatcher.wait(one.group, name)
            assert isinstance(answer, Failure)
            assert "no GPU here" in answer.message
            kinds[one.backend.kind, name] = answer.kind
    assert kinds == {(API, name): FailureKind.NOT_ASKED for name in "abc"} | {
        (LOCAL, name): FailureKind.UNAVAILABLE for name in "abc"
    }
    assert api.asked == local.asked == []


def test_subject_that_cannot_work_does_not_stop_the_next_subject(start: Start) -> None:
    broken = Job(
        group="broken.api",
        backend=ScriptedBackend(API, problem=BackendUnavailable("no token")),
        requests={"a": make_prompt("a")},
    )
    fine = job(ScriptedBackend(API))
    dispatcher = start(broken, fine)
    assert contents(dispatcher, broken, fine) == [None, *"abc"]


def test_unforeseen_error_of_one_side_is_told_to_those_who_wait_and_spares_the_other(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "a-secret-word")

    def stumble(prompt: Prompt) -> Answer:
        if text_of(prompt) == "b":
            raise ZeroDivisionError("stumbled over a-secret-word")
        return repeat(prompt)

    api, local = job(ScriptedBackend(API, stumble)), job(ScriptedBackend(LOCAL))
    dispatcher = start(api, local)
    assert contents(dispatcher, local) == list("abc")
    assert contents(dispatcher, api) == ["a", None, None]
    answer = dispatcher.wait(api.group, "b")
    assert isinstance(answer, Failure)
    assert "stumbled over [redacted]" in answer.message


# Several processes

PROCESS = """
import json, sys
from pathlib import Path
from backends.api.backend import ApiBackend
from backends.dispatch.cache import AnswerCache
from backends.dispatch.dispatcher import Dispatcher, Job
from backends.api.endpoint import Endpoint
from backends.dispatch.answer_store import AnswerStore
from backends.prompt import make_prompt

answer_store, cache, url, count = sys.argv[1:]
requests = {str(number): make_prompt(str(number)) for number in range(int(count))}
backend = ApiBackend(Endpoint(model="m", base_url=url), concurrency=2, first_wait_s=0.01)
dispatcher = Dispatcher(AnswerStore(Path(answer_store)), AnswerCache(Path(cache)))
dispatcher.start([Job(group="g", backend=backend, requests=requests)])
print(json.dumps([getattr(dispatcher.wait("g", name), "content", None) for name in requests]), flush=True)
dispatcher.finish()
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts processes of one run; those left at the end of the test are killed."""
    started: list[subprocess.Popen[str]] = []
    (tmp_path / "answer_store").mkdir()

    def run(server: ScriptedServer, count: int) -> subprocess.Popen[str]:
        arguments = [str(tmp_path / "answer_store"), str(tmp_path / "cache"), server.base_url, str(count)]
        command = [sys.executable, "-c", PROCESS, *arguments]
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield run
    for one in started:
        one.kill()
        one.communicate()


def outcome_of(process: subprocess.Popen[str]) -> list[str | None]:
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    found: list[str | None] = json.loads(out)
    return found


def test_two_processes_of_a_run_ask_each_prompt_once(
    serve: Serve, process: Callable[..., subprocess.Popen[str]]
) -> None:
    server = serve(lambda call: message(content=call.text))
    both = [process(server, 30) for _ in range(2)]
    assert [outcome_of(one) for one in both] == [[str(number) for number in range(30)]] * 2
    assert Counter(call.text for call in server.calls) == {str(number): 1 for number in range(30)}


def _serve_six_and_hold_the_rest(serve: Serve) -> tuple[ScriptedServer, threading.Event]:
    go = threading.Event()

    def reply(call: Call) -> Reply:
        answer = message(content=call.text)
        return answer if len(server.calls) <= 6 else Reply(body=answer.body, after=go)

    server = serve(reply)
    return server, go


def test_other_process_takes_over_when_the_one_that_infers_is_killed(
    serve: Serve, process: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    server, go = _serve_six_and_hold_the_rest(serve)
    answer_store = AnswerStore(tmp_path / "answer_store")
    first = process(server, 20)
    wait_until(lambda: answer_store.count("g") == 6 and len(server.calls) == 8)
    kept = {call.text for call in server.calls if answer_store.get("g", call.text) is not None}
    second = process(server, 20)
    time.sleep(0.5)
    assert len(server.calls) == 8, "two processes infer at once"

    first.kill()
    go.set()

    assert outcome_of(second) == [str(number) for number in range(20)]
    asked = Counter(call.text for call in server.calls)
    assert {text for text, times in asked.items() if times == 1} >= kept
    assert sum(asked.values()) == 20 + 2, "only what was under way is asked again"


def test_killed_run_keeps_what_has_arrived(
    serve: Serve, process: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    server, go = _serve_six_and_hold_the_rest(serve)
    killed = process(server, 20)
    wait_until(lambda: AnswerStore(tmp_path / "answer_store").count("g") == 6 and len(server.calls) == 8)
    killed.kill()
    killed.wait()
    go.set()
    (tmp_path / "answer_store").rename(tmp_path / "old")
    (tmp_path / "answer_store").mkdir()
    before = len(server.calls)

    assert outcome_of(process(server, 20)) == [str(number) for number in range(20)]
    assert len(server.calls) - before == 20 - 6
