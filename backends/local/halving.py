"""Work is done in batches; where memory runs out, a batch is halved and the work goes on."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from backends.system.out_of_memory import release_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class OutOfMemory(Exception):  # noqa: N818 - a state of the machine, which the loop below knows how to leave
    """A batch did not fit. It carries text alone: the error itself would keep the tensors alive that must go."""


def work_in_halves(
    batches: Iterable[Sequence[int]],
    size: int,
    work: Callable[[Sequence[int], int], None],
    give_up: Callable[[int, str], None],
    stopped: Callable[[], bool],
) -> int:
    """Does all batches; one that memory does not suffice for again in halves, and all later ones no larger than those.

    Args:
        batches: positions of what is to be done.
        size: the most positions of a batch.
        work: does a batch, and takes the most positions that one may have now; it raises `OutOfMemory` where memory
            does not suffice.
        give_up: takes a position that does not fit alone, and what was said of it.
        stopped: once it is true, nothing more is done.

    Returns:
        The most positions that a batch may have now.
    """
    limit = size
    waiting = deque(batches)
    while waiting and not stopped():
        positions = waiting.popleft()
        if len(positions) > limit:
            waiting.extendleft(reversed([positions[at : at + limit] for at in range(0, len(positions), limit)]))
            continue
        try:
            work(positions, limit)
        except OutOfMemory as error:
            said = str(error)
        else:
            continue
        release_memory()
        if len(positions) == 1:
            give_up(positions[0], said)
        else:
            limit = len(positions) // 2
            waiting.appendleft(positions)
    return limit
