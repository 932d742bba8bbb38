"""An endpoint is asked by so many at a time as it can bear, and so often in a minute as was allowed."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.api.pace import Pace, is_too_much
from backends.api.retries import TransientError
from backends.completion import Answer, Completion
from backends.errors import AskedNoMore, BackendUnreachable, ResponseOverdue
from backends.prompt import make_prompt
from tests.backends.scripted_server import Call, Reply, ScriptedServer, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.backends.scripted_server import Script

    Serve = Callable[[Script], ScriptedServer]


@dataclass(slots=True)
class Clock:
    """A clock that only moves when somebody waits."""

    time: float = 100.0
    pauses: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def pause(self, _: threading.Condition, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds


def never() -> bool:
    return False


def answers(pace: Pace, count: int, seconds: float = 1.0) -> int:
    """Notes so many answers and returns how many requests are allowed then."""
    for _ in range(count):
        pace.note_answer(seconds)
    return pace.allowed


def test_number_at_a_time_doubles_while_latency_is_flat_and_ends_at_the_most() -> None:
    pace = Pace(most=10, first=2)
    assert [pace.allowed, answers(pace, 2), answers(pace, 4), answers(pace, 8), answers(pace, 10)] == [2, 4, 8, 10, 10]


def test_number_at_a_time_stays_where_answers_come_more_slowly() -> None:
    pace = Pace(most=10, first=2)
    assert answers(pace, 2, 1.0) == 4
    assert answers(pace, 4, 1.6) == 4
    assert answers(pace, 4, 1.4) == 5, "from there on it grows by one"


def test_one_slow_answer_is_no_slow_endpoint() -> None:
    pace = Pace(most=10, first=4)
    for seconds in (1.0, 1.0, 1.0, 30.0):
        pace.note_answer(seconds)
    assert pace.allowed == 8


def test_number_at_a_time_halves_once_for_all_that_were_under_way_and_then_grows_by_one() -> None:
    clock = Clock()
    pace = Pace(most=8, now=clock.now)
    begun = clock.now()
    clock.time += 5

    for _ in range(8):
        pace.note_too_much(begun)
    assert pace.allowed == 4

    clock.time += 5
    pace.note_too_much(clock.now())
    assert pace.allowed == 2
    assert answers(pace, 2) == 3

    for _ in range(5):
        clock.time += 1
        pace.note_too_much(clock.now())
    assert pace.allowed == 1


def test_requests_of_a_minute_are_evenly_spaced_and_no_more_than_allowed() -> None:
    clock, begun = Clock(), []
    pace = Pace(most=4, per_minute=30, now=clock.now, pause=clock.pause)
    for _ in range(31):
        with pace.turn(never):
            begun.append(clock.now())

    assert begun[0] == 100.0
    assert [round(after - before, 6) for before, after in pairwise(begun)] == [2.0] * 30
    assert max(sum(start <= one < start + 60 for one in begun) for start in begun) == 30


def test_nobody_waits_for_a_place_once_nobody_needs_the_answer() -> None:
    clock = Clock()
    pace = Pace(most=1, now=clock.now, pause=clock.pause)
    with pace.turn(never), pytest.raises(AskedNoMore), pace.turn(lambda: len(clock.pauses) > 3):
        pass
    with pace.turn(never):
        pass


def test_requests_that_mean_something_side_by_side_wait_for_the_most_alone() -> None:
    pace = Pace(most=2, together=3, first=1)
    with pace.turn(never, together=True), pace.turn(never, together=True), pace.turn(never, together=True):
        clock = Clock()
        pace.now, pace.pause = clock.now, clock.pause
        with pytest.raises(AskedNoMore), pace.turn(lambda: bool(clock.pauses), together=True):
            pass
    free = Pace(most=1)
    with free.turn(never, together=True), free.turn(never, together=True):
        pass


@pytest.mark.parametrize(
    ("status", "expected"),
    [(429, True), (529, True), (504, True), (408, True), (502, False), (500, False), (None, False)],
)
def test_limits_and_time_outs_say_that_it_is_too_much(status: int | None, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    error = BackendUnreachable("no")
    error.status = status
    assert is_too_much(TransientError(error)) is expected
    assert is_too_much(ResponseOverdue("late"))
    assert not is_too_much(ValueError("odd"))


def asked(server: ScriptedServer, count: int, pace: Pace, max_attempts: int = 4) -> list[Answer]:
    api = ApiBackend(
        Endpoint(model="m", base_url=server.base_url),
        concurrency=pace.most,
        pace=pace,
        first_wait_s=0.02,
        max_attempts=max_attempts,
    )
    got: dict[int, Answer] = {}
    api.answer_all([make_prompt(str(number)) for number in range(count)], got.__setitem__, never)
    return [got[number] for number in range(count)]


def test_server_that_bears_three_at_a_time_is_found_out_and_every_request_answered(serve: Serve) -> None:
    crowded = threading.Event()

    def reply(call: Call) -> Reply:
        if server.underway > 3:
            crowded.set()
            return Reply(status=429, body=b'{"error": {"message": "slow down"}}')
        # The first ones are held until they are too many, however busy this machine is.
        return Reply(body=message(content=call.text).body, after=crowded)

    server = serve(reply)
    pace = Pace(most=16, first=8)

    got = asked(server, 120, pace, max_attempts=8)

    assert [one.content for one in got if isinstance(one, Completion)] == [str(number) for number in range(120)]
    refused = len(server.calls) - 120
    assert 0 < refused < 120, "it is tried now and then, and seldom"
    assert pace.allowed < 16


def test_patient_server_is_asked_by_all_in_the_end_and_never_by_more(serve: Serve) -> None:
    def reply(call: Call) -> Reply:
        time.sleep(0.03)
        return message(content=call.text)

    server = serve(reply)
    pace = Pace(most=6, first=2)
    asked(server, 60, pace)

    # A machine that is busy answers late, and then fewer are allowed; never are more.
    assert 2 <= server.most_at_once <= 6
    assert [call.text for call in server.calls[:2]] in (["0", "1"], ["1", "0"])


def test_no_request_is_sent_twice_where_that_was_asked_for(serve: Serve) -> None:
    def reply(call: Call) -> Reply:
        return Reply(status=500) if call.text in "147" else message(content=call.text)

    server = serve(reply)
    got = asked(server, 10, Pace(most=2), max_attempts=1)

    assert len(server.calls) == 10
    assert sum(isinstance(one, Completion) for one in got) == 7


def test_minute_holds_for_real_requests(serve: Serve) -> None:
    begun: list[float] = []

    def reply(call: Call) -> Reply:
        begun.append(time.monotonic())
        return message(content=call.text)

    asked(serve(reply), 5, Pace(most=4, per_minute=600))
    assert begun[-1] - begun[0] > 4 * 0.1 - 0.05
