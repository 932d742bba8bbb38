"""What happens while a call waits for its answers: a line of progress moves, and whoever called may give up."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backends.dispatch.answer_store import AnswerStore

Result = TypeVar("Result")

#: From how many texts on a line of progress is worth its place, where nobody said.
LONG = 10

#: Seconds between two looks at what has arrived.
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Watch:
    """What is looked after while a call waits.

    Attributes:
        progress: whether a line moves on stderr; None where stderr is a terminal and there are many texts.
        given_up: set by whoever no longer wants the answers; None where nobody can.
    """

    progress: bool | None = None
    given_up: threading.Event | None = None

    @contextmanager
    def over(self, store: AnswerStore, group: str, total: int) -> Iterator[None]:
        """Counts the answers of a group as they arrive, and stops the inference once the caller has given up."""
        bar = _bar(total, self.progress)
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(_POLL_S):
                if self.given_up is not None and self.given_up.is_set():
                    store.stop()
                    return
                if bar is not None:
                    bar.update(store.count(group) - bar.n)

        thread = threading.Thread(target=look, name="waiting", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            if bar is not None:
                bar.update(store.count(group) - bar.n)
                bar.close()


async def in_a_thread(call: Callable[[threading.Event], Result]) -> Result:
    """Returns what `call` returns in a thread of its own.

    A task that is cancelled sets the event that `call` was given, and ends when `call` has: no request goes on.
    """
    given_up = threading.Event()
    context = contextvars.copy_context()
    work = asyncio.get_running_loop().run_in_executor(None, lambda: context.run(call, given_up))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        given_up.set()
        await asyncio.wait([work])
        work.cancelled() or work.exception()
        raise


def _bar(total: int, progress: bool | None) -> Any:  # noqa: ANN401, FBT001 - tqdm has no types; True, False or None
    shown = (total >= LONG and sys.stderr.isatty()) if progress is None else progress
    if not shown:
        return None
    from tqdm import tqdm  # noqa: PLC0415 - only where it is shown

    return tqdm(total=total, unit="text", desc="asking", file=sys.stderr)
