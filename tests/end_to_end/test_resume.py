"""A killed run goes on where it left off: nothing that was answered is asked again, and the end is the same."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.backends.scripted_server import Reply, ScriptedServer, message
from tests.end_to_end.forking import CAN_FORK, start_forked
from tests.end_to_end.running import environment, pytest_arguments, run_in, without_times
from tests.end_to_end.scripted import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.backends.scripted_server import Call
    from tests.end_to_end.running import Finished

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="runs are forked and killed")

#: Seconds within which an answer that has left the server is on disk at the client, on a machine under load.
ON_DISK_S = 0.05

#: Seconds within which a server notices that a client was killed.
_NOTICED_S = 0.5

LOCAL = {SCRIPT: json.dumps({"local": ["0", "Because."]})}


def _body(call: Call) -> str:
    return json.dumps([call.path, call.body], sort_keys=True)


def _reply(call: Call) -> Reply:
    """The same to the same request each time: a label by the request's digest, as a stream where one is asked for."""
    digest = int(hashlib.sha256(_body(call).encode()).hexdigest(), 16)
    time.sleep(0.004 + digest % 7 / 1000)
    if digest % 23 == 0:
        return Reply(status=400, body=b'{"error": {"message": "I will not read that."}}')
    whole = message(content=f"{digest % 2}", reasoning="Because.")
    if not call.body.get("stream"):
        return whole
    delta = json.loads(whole.body)["choices"][0]["message"]
    event = json.dumps({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]})
    return Reply(body=f"data: {event}\n\ndata: [DONE]\n\n".encode(), headers={"content-type": "text/event-stream"})


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    one = ScriptedServer(_reply)
    yield one
    one.stop()


def _options(server: ScriptedServer, *more: str) -> tuple[str, ...]:
    where = ("-p", "tests.end_to_end.scripted", "--base-url", server.base_url, "--model", "MINIATURE")
    return (*where, "--sample-size", "12", "--noise-size", "6", *more)


def _killed(folder: Path, server: ScriptedServer, options: tuple[str, ...], after: int, wait_s: float) -> float | None:
    """Runs until the server has finished so many more requests and a while longer; returns the moment of the kill."""
    begun = len(server.finished)
    process = start_forked(pytest_arguments(folder, *options), folder, environment(folder, LOCAL), folder / "output")
    deadline = time.monotonic() + 120
    while process.is_alive() and len(server.finished) < begun + after:
        assert time.monotonic() < deadline, (folder / "output").read_text(encoding="utf-8")
        time.sleep(0.002)
    time.sleep(wait_s)
    if not process.is_alive():
        return None
    process.kill()
    moment = time.monotonic()
    process.join()
    while server.underway:
        time.sleep(0.01)
    return moment


def _asked(server: ScriptedServer, kills: list[float]) -> Counter[str]:
    """Returns how often each request was answered, but for answers that were on their way at a kill."""
    lost = [(moment - ON_DISK_S, moment + _NOTICED_S) for moment in kills]
    return Counter(_body(call) for at, call in server.finished if not any(begin < at < end for begin, end in lost))


def _told(done: Finished) -> list[object]:
    assert done.verdict is not None, done.text
    subject = dict(done.verdict["subjects"][0])
    return [without_times(done.rows), subject["verdict"], subject["reason"], subject["checks"], subject["noise"]]


@pytest.mark.slow
@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.thorough)])
def test_killed_runs_come_to_the_rows_of_one_that_was_not_and_ask_nothing_twice(
    tmp_path: Path, server: ScriptedServer, kills: int
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    options = _options(server)
    undisturbed = run_in(whole, *options, env=LOCAL)
    once = _asked(server, [])
    server.finished.clear()
    draw = random.Random(17)  # noqa: S311 - any moments will do, and the same ones each time

    moments = [_killed(killed, server, options, draw.randrange(1, 10), draw.random() / 30) for _ in range(kills)]
    resumed = run_in(killed, *options, env=LOCAL)

    assert None not in moments, "a run ended before it was killed"
    assert "taking up the run that began" in resumed.text
    assert _told(resumed) == _told(undisturbed)
    assert resumed.status == undisturbed.status
    twice = _asked(server, [one for one in moments if one is not None]) - once
    assert not twice, f"{twice.total()} requests were asked again, such as {next(iter(twice))[:300]}"
    assert list((killed / "tmp").glob("*conformance-*")) == [], "the next run clears what killed ones left"

    server.finished.clear()
    afresh = run_in(killed, *options, env=LOCAL)

    assert "taking up" not in afresh.text
    assert _asked(server, []).total() >= once.total() - 12, "a run that ended asks its wire checks and repeats afresh"
    assert not any((killed / "answers" / "runs").iterdir())


@pytest.mark.slow
def test_workers_of_a_killed_run_end_with_it_and_the_next_takes_up_what_they_were_answered(
    tmp_path: Path, server: ScriptedServer
) -> None:
    options = _options(server, "-n", "2")

    moment = _killed(tmp_path, server, options, 30, 0.0)
    assert moment is not None
    time.sleep(_NOTICED_S)
    so_far = len(server.finished)
    time.sleep(1)
    assert len(server.finished) == so_far, "a worker goes on asking"
    done = run_in(tmp_path, *options, env=LOCAL)

    assert done.verdict is not None, done.text
    assert len(done.rows) == 12
    assert "taking up the run that began" in done.text
    # 64 wire calls, 12 examples, and 6 of them once more.
    assert _asked(server, [moment]).total() <= 64 + 12 + 6


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_stops_asking_at_once_and_leaves_its_report_and_nothing_else(
    tmp_path: Path, server: ScriptedServer, sent: signal.Signals
) -> None:
    output = tmp_path / "output"
    options = _options(server, "-m", "wire")
    process = start_forked(pytest_arguments(tmp_path, *options), tmp_path, environment(tmp_path, LOCAL), output)
    while process.is_alive() and len(server.finished) < 10:
        time.sleep(0.002)
    assert process.pid is not None
    os.kill(process.pid, sent)
    moment = time.monotonic()
    process.join(60)
    text = output.read_text(encoding="utf-8")

    assert process.exitcode in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.TESTS_FAILED), text
    assert "interrupted: the same command goes on from here, for a day" in text
    assert json.loads((tmp_path / "report" / "verdict.json").read_text(encoding="utf-8"))["part"] is True
    assert [at for at, _ in server.finished if at > moment + _NOTICED_S] == []
    assert list((tmp_path / "tmp").iterdir()) == []

    asked = len(server.finished)
    done = run_in(tmp_path, *options, env=LOCAL)

    assert "taking up the run that began" in done.text
    assert len(server.finished) - asked <= 64 - 9
