"""A killed run goes on where it left off: nothing that was answered is asked again, and the end is the same."""

from __future__ import annotations

import hashlib
import json
import random
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
def test_ten_killed_runs_come_to_the_rows_of_one_that_was_not_and_ask_nothing_twice(
    tmp_path: Path, server: ScriptedServer
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    options = _options(server)
    undisturbed = run_in(whole, *options, env=LOCAL)
    once = _asked(server, [])
    server.finished.clear()
    draw = random.Random(17)  # noqa: S311 - any moments will do, and the same ones each time

    moments = [_killed(killed, server, options, draw.randrange(1, 10), draw.random() / 30) for _ in range(10)]
    resumed = run_in(killed, *options, env=LOCAL)

    assert None not in moments, "a run ended before it was killed"
    assert "taking up the run that began" in resumed.text
    assert _told(resumed) == _told(undisturbed)
    assert resumed.status == undisturbed.status
    twice = _asked(server, [one for one in moments if one is not None]) - once
    assert not twice, f"{twice.total()} requests were asked again, such as {next(iter(twice))[:300]}"
