"""Who asks when: inference for a whole run, both sides at the same time.

A `Dispatcher` runs the `Job`s of a run in a thread a side, answers what it can from the `AnswerCache`, which lasts
between runs, and leaves every answer in the `AnswerStore`, which the processes of the run share. Of these processes one
infers for a side, the holder of the side's file lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.lazy_face import lazy_face

if TYPE_CHECKING:
    from backends.dispatch.answer_store import AnswerStore
    from backends.dispatch.cache import AnswerCache
    from backends.dispatch.dispatcher import Dispatcher, Job
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "answer_store": ("AnswerStore",),
            "cache": ("AnswerCache",),
            "dispatcher": ("Dispatcher", "Job"),
        },
    )

__all__ = [
    "AnswerCache",
    "AnswerStore",
    "Dispatcher",
    "Job",
]
