"""A crew does every item once, so many at a time; an interrupt ends its work at once, and an error is heard."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from backends.api.worker_pool import run_concurrently

if TYPE_CHECKING:
    from collections.abc import Callable

    Ended = Callable[[], bool]

#: Seconds after which a test that waits for another thread has failed.
LIMIT_S = 20


def never() -> bool:
    return False


@pytest.mark.parametrize("width", [1, 3, 50])
def test_every_item_is_done_once(width: int) -> None:
    done: Counter[int] = Counter()
    lock = threading.Lock()

    def do(item: int, _: Ended) -> None:
        with lock:
            done[item] += 1

    run_concurrently(range(40), width, do, never)

    assert done == Counter(range(40))


def test_one_at_a_time_goes_in_order_of_the_items() -> None:
    done: list[str] = []
    run_concurrently(["c", "a", "b"], 1, lambda item, _: done.append(item), never)
    assert done == ["c", "a", "b"]


def test_so_many_are_under_way_at_once_as_the_width_says_and_no_more() -> None:
    together = threading.Barrier(3)
    threads: set[threading.Thread] = set()

    def do(_: int, __: Ended) -> None:
        threads.add(threading.current_thread())
        together.wait(LIMIT_S)  # breaks, and fails the test, unless three meet each time

    run_concurrently(range(12), 3, do, never)

    assert len(threads) == 3


def test_no_items_are_done_at_once() -> None:
    run_concurrently([], 4, lambda *_: pytest.fail("there is nothing to do"), never)


def test_work_keeps_no_interpreter_from_ending() -> None:
    daemons: list[bool] = []
    run_concurrently([0], 1, lambda *_: daemons.append(threading.current_thread().daemon), never)
    assert daemons == [True]


def test_work_has_not_ended_while_it_is_under_way() -> None:
    seen: list[bool] = []
    run_concurrently(range(3), 1, lambda _, ended: seen.append(ended()), never)
    assert seen == [False, False, False]


def test_stopped_crew_begins_nothing() -> None:
    run_concurrently(range(3), 2, lambda *_: pytest.fail("it was stopped before"), lambda: True)


class Held:
    """An item's work that goes on until it is let go, and what it can see meanwhile."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()
        self.items: list[int] = []
        self.ended: Ended = never
        self.thread = threading.current_thread()

    def do(self, item: int, ended: Ended) -> None:
        self.items.append(item)
        self.ended, self.thread = ended, threading.current_thread()
        self.begun.set()
        self.let_go.wait(LIMIT_S)

    def finish(self) -> None:
        self.let_go.set()
        self.thread.join(LIMIT_S)
        assert not self.thread.is_alive()


def test_stop_abandons_what_is_under_way_and_begins_no_more() -> None:
    held = Held()

    run_concurrently(range(3), 1, held.do, held.begun.is_set)

    assert held.thread.is_alive()
    held.finish()
    assert held.items == [0]


def test_abandoned_work_is_over_even_where_the_stop_is_taken_back() -> None:
    held, stop = Held(), threading.Event()
    held_is_stopped = lambda: held.begun.is_set() and not stop.is_set()  # noqa: E731 - a predicate, as the crew takes one

    run_concurrently(range(3), 1, held.do, held_is_stopped)
    stop.set()

    assert held.ended()
    held.finish()
    assert held.items == [0]


def test_interrupt_ends_the_work() -> None:
    held, main = Held(), threading.current_thread()

    def stopped() -> bool:
        if threading.current_thread() is main and held.begun.is_set():
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        run_concurrently(range(3), 1, held.do, stopped)

    assert held.ended()
    held.finish()
    assert held.items == [0]


def test_error_reaches_the_caller_and_its_thread_begins_no_more() -> None:
    done: list[int] = []

    def do(item: int, _: Ended) -> None:
        done.append(item)
        if item == 1:
            raise LookupError("item 1 is lost")

    with pytest.raises(LookupError, match="item 1 is lost"):
        run_concurrently(range(4), 1, do, never)
    assert done == [0, 1]


def test_other_work_is_finished_before_an_error_is_raised() -> None:
    begun = threading.Barrier(2)
    failed: list[threading.Thread] = []
    done: list[int] = []

    def do(item: int, _: Ended) -> None:
        if item == 0:
            failed.append(threading.current_thread())
        if item < 2:
            begun.wait(LIMIT_S)
        if item == 0:
            raise LookupError
        failed[0].join(LIMIT_S)
        done.append(item)

    with pytest.raises(LookupError):
        run_concurrently(range(4), 2, do, never)
    assert done == [1, 2, 3]


def test_first_of_several_errors_is_the_one_raised() -> None:
    begun = threading.Barrier(2)
    first: list[threading.Thread] = []

    def do(item: int, _: Ended) -> None:
        if item == 1:
            first.append(threading.current_thread())
        begun.wait(LIMIT_S)
        if item == 0:
            first[0].join(LIMIT_S)
        raise LookupError(f"item {item}")

    with pytest.raises(LookupError, match="item 1"):
        run_concurrently(range(2), 2, do, never)
