"""Work done side by side by a few threads, that an interrupt ends at once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")

_POLL_S = 0.05


def run_concurrently(
    items: Sequence[Item], width: int, do: Callable[[Item, Callable[[], bool]], None], stopped: Callable[[], bool]
) -> None:
    """Calls `do(item, ended)` for each item, `width` at a time, in order of the items.

    Returns when all are done, or as soon as `stopped()` is true: what is under way then is abandoned, and its `ended()`
    is true from there on.

    Raises:
        Exception: the first one that a call of `do` raised; the other calls under way are finished, no further one
            begins in the thread that raised.
    """
    ended = threading.Event()
    errors: list[Exception] = []
    left = iter(items)
    turn = threading.Lock()

    def over() -> bool:
        return ended.is_set() or stopped()

    def work() -> None:
        while not over():
            with turn:
                try:
                    item = next(left)
                except StopIteration:
                    return
            try:
                do(item, over)
            except Exception as error:  # noqa: BLE001 - a thread's error must reach the caller, not the void
                errors.append(error)
                return

    # Daemon threads: a run that was interrupted must not wait minutes for a server that does not answer.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(width, len(items)))]
    for thread in threads:
        thread.start()
    try:
        while not stopped() and any(thread.is_alive() for thread in threads):
            time.sleep(_POLL_S)
    finally:
        ended.set()
    if errors:
        raise errors[0]
