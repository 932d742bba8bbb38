"""Inference for a whole run: all prompts go out before the first answer is waited for, both sides at the same time.

Of all the processes of a run, one does the inference of a side: the one that holds the side's file lock. It answers
from the cache what it can, asks for the rest, and leaves everything in the answer store. If that process dies, the lock
falls free and another process takes over what is left. If all of them die, the journal holds what the run has paid for.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import filelock

from backends.completion import Answer, Completion, InferenceBackend
from backends.dispatch.cache import key_of
from backends.dispatch.journal import Journal
from backends.errors import TRANSPORT_FAILURES, BackendError, Failure, FailureKind
from backends.score import Score
from backends.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from backends.dispatch.answer_store import AnswerStore
    from backends.dispatch.cache import AnswerCache
    from backends.protocol import Backend

Request = TypeVar("Request")

#: How many answers a trial has.
TRIED = 5

#: Seconds between two looks into the answer store, and between two tries for the lock.
_POLL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[Request]):
    """All that one backend is asked in a run.

    Attributes:
        group: ASCII name of the job, unique in the run, usable as a folder's name: `SUBJECT.PART`.
        backend: who answers.
        requests: what is asked, under each request's name.
        partner: the backend on the other side: where it cannot work, this one is not asked.
        needed: tells whether the job is done at all, once all before it on its side is; None where it always is. It
            may wait for the other side's answers to earlier jobs.
        trial: returns, of the first answers, why no others of this run would be of use, or None; None for no trial.
    """

    group: str
    backend: Backend[Request]
    requests: Mapping[str, Request]
    partner: Backend[Any] | None = None
    needed: Callable[[], bool] | None = None
    trial: Callable[[Sequence[Answer]], str | None] | None = None

    @property
    def subject(self) -> str:
        """The name of whom it is about."""
        return self.group.rpartition(".")[0]


@dataclass(slots=True)
class Dispatcher:
    """Runs the jobs of a run and hands out their answers.

    Attributes:
        answer_store: shared by all processes of the run.
        cache: shared by all runs.
        journal: of this run, for the one that takes it up should it not end.
    """

    answer_store: AnswerStore
    cache: AnswerCache
    journal: Journal = field(default_factory=Journal)
    _threads: dict[InferenceBackend, threading.Thread] = field(default_factory=dict)
    _jobs: dict[str, Job[Any]] = field(default_factory=dict)
    _errors: list[BaseException] = field(default_factory=list)
    _told: dict[str, tuple[str, str]] = field(default_factory=dict)

    def start(self, jobs: Sequence[Job[Any]]) -> None:
        """Starts a thread a side and returns at once."""
        self._jobs = {job.group: job for job in jobs}
        # A side may wait for the other at once, and would take one that does not work yet for one that is done.
        both_work = threading.Event()
        for kind in InferenceBackend:
            mine = [job for job in jobs if job.backend.kind is kind and job.requests]
            if mine:
                self._threads[kind] = threading.Thread(
                    target=self._run_side, args=(kind, mine, both_work), name=f"{kind}-side", daemon=True
                )
                self._threads[kind].start()
        both_work.set()

    def asks(self, group: str, name: str) -> bool:
        """Returns whether a request is one of the run's."""
        return group in self._jobs and name in self._jobs[group].requests

    def requests_of(self, group: str) -> Mapping[str, Any]:
        """Returns what is asked in a group, under each request's name; nothing of a group that is not the run's."""
        return self._jobs[group].requests if group in self._jobs else {}

    def wait(self, group: str, name: str) -> Answer:
        """Returns the answer to one request, waiting for it as long as somebody works on it and the run goes on.

        A side's own thread may ask for an answer of an earlier job. What that left out will not come: nobody else works
        on it.
        """
        thread = self._threads.get(self._jobs[group].backend.kind)
        if thread is threading.current_thread():
            thread = None
        while True:
            working = thread is not None and thread.is_alive() and not self.answer_store.stopped
            answer = self.answer_store.get(group, name)
            if answer is not None:
                return answer
            if not working:
                cause = f": {redact(str(self._errors[0]))}" if self._errors else ""
                return Failure(
                    kind=FailureKind.NOT_ASKED, message=f"the run ended before this was answered{cause}", attempts=0
                )
            time.sleep(_POLL_S)

    def is_silent(self, kind: InferenceBackend) -> bool:
        """Returns whether a side has come to nothing at all, waiting until it has said anything or all has failed.

        What is only asked in view of earlier answers is not waited for.
        """
        thread = self._threads.get(kind)
        left = {
            group: set(job.requests)
            for group, job in self._jobs.items()
            if job.backend.kind is kind and job.needed is None and job.requests
        }
        asked = bool(left)
        while left:
            working = thread is not None and thread.is_alive() and not self.answer_store.stopped
            for group, names in left.items():
                heard = {name: answer for name in names if (answer := self.answer_store.get(group, name)) is not None}
                if any(is_of_the_side(answer) for answer in heard.values()):
                    return False
                names.difference_update(heard)
            left = {group: names for group, names in left.items() if names}
            if left and not working:
                return False
            time.sleep(_POLL_S if left else 0)
        return asked

    def forget(self, group: str, name: str) -> None:
        """Drops an answer from the cache, so that the next run asks afresh."""
        job = self._jobs[group]
        if job.backend.cacheable:
            self.cache.drop(job.backend.cache_inputs(job.requests[name]))

    def finish(self) -> None:
        """Waits until the threads of this process have ended; quickly once the answer store is stopped."""
        for thread in self._threads.values():
            thread.join()

    def _run_side(self, kind: InferenceBackend, jobs: Sequence[Job[Any]], both_work: threading.Event) -> None:
        """Works off a side's jobs as soon as no other process does, until nothing is left or the run is stopped."""
        both_work.wait()
        lock = _lock_of(self.answer_store, kind)
        try:
            while not self.answer_store.stopped and any(self._missing(job) for job in jobs):
                with contextlib.suppress(filelock.Timeout), lock.acquire(timeout=0.2, poll_interval=_POLL_S):
                    for job in jobs:
                        self._run_job(job)
        except Exception as error:  # noqa: BLE001 - a thread's error must reach those who wait, not the void
            self._errors.append(error)

    def _missing(self, job: Job[Any]) -> list[str]:
        if self.answer_store.count(job.group) >= len(job.requests):
            return []
        if job.needed is not None and not job.needed():
            return []
        return [name for name in job.requests if self.answer_store.get(job.group, name) is None]

    def _run_job(self, job: Job[Any]) -> None:
        missing = self._missing(job)
        problem = _first_problem(job) if missing else None
        if problem is not None:
            for name in missing:
                self.answer_store.put(job.group, name, problem)
            return
        for names in self._portions(job, missing):
            reason = self.answer_store.refusal_of(job.subject)
            if reason is None:
                known = self.journal.asked(job.group)
                self._ask(job, [name for name in names if not self._answered_before(job, name, is_asked=name in known)])
            else:
                for name in names:
                    self.answer_store.put(job.group, name, _useless(reason))

    def _portions(self, job: Job[Any], missing: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yields what is to be asked: where there is a trial, the first few for themselves."""
        if job.trial is None:
            yield missing
            return
        tried = list(job.requests)[:TRIED]
        yield [name for name in missing if name in tried]
        answers = [answer for name in tried if (answer := self.answer_store.get(job.group, name)) is not None]
        reason = job.trial(answers)
        if reason is not None and self.answer_store.refusal_of(job.subject) is None:
            # Subjects share the reference, and what it cannot be read for nobody can; an endpoint is one of several.
            shared = job.backend.kind is InferenceBackend.LOCAL
            self.answer_store.refuse(reason, "" if shared else job.subject)
        yield [name for name in missing if name not in tried]

    def _answered_before(self, job: Job[Any], name: str, *, is_asked: bool) -> bool:
        """Returns whether a request needs no asking: this run has, before it was killed, or the cache knows the answer.

        Args:
            job: of the request.
            name: of the request.
            is_asked: True where this run has asked it, or was about to: then no answer to its like will do.
        """
        if not job.backend.resumable:
            return False
        inputs = job.backend.cache_inputs(job.requests[name])
        kept = self.journal.get(job.group, name, inputs)
        if kept is None and job.backend.cacheable and not is_asked:
            told = self._told.get(key_of(inputs))
            kept = self.cache.get(inputs) if told is None else self.answer_store.get(*told)
            if kept is not None:
                self.journal.put(job.group, name, inputs, kept)
        if kept is not None:
            self.answer_store.put(job.group, name, kept)
        return kept is not None

    def _ask(self, job: Job[Any], names: list[str]) -> None:
        """Asks the backend for what nobody knows yet; each answer is kept the moment it arrives."""
        # Keys say the day of asking, not of the answer's arrival: the day may change in between.
        keys = [job.backend.cache_inputs(job.requests[name]) for name in names] if job.backend.resumable else []

        def deliver(position: int, answer: Answer) -> None:
            if keys:
                self.journal.put(job.group, names[position], keys[position], answer)
            if keys and job.backend.cacheable:
                self.cache.put(keys[position] | _effective_overrides(answer), answer)
            self.answer_store.put(job.group, names[position], answer)
            if keys and job.backend.kind is InferenceBackend.LOCAL and not isinstance(answer, Failure):
                # Subjects share their reference: it says once what it is asked. An endpoint answers for itself.
                self._told[key_of(keys[position])] = (job.group, names[position])

        if names:
            if keys:
                self.journal.ask(job.group, names)
            job.backend.answer_all([job.requests[name] for name in names], deliver, lambda: self.answer_store.stopped)


def is_of_the_side(answer: Answer) -> bool:
    """Returns whether an answer says anything of whoever was asked: a failure that is of the way there does not."""
    return not isinstance(answer, Failure) or answer.kind not in TRANSPORT_FAILURES | {FailureKind.POINTLESS}


def is_any_side_working(answer_store: AnswerStore) -> bool:
    """Returns whether some process of the run does the inference of a side at this moment."""
    return any(_is_held(_lock_of(answer_store, kind)) for kind in InferenceBackend)


def _is_held(lock: filelock.BaseFileLock) -> bool:
    try:
        with lock.acquire(timeout=0):
            return False
    except filelock.Timeout:
        return True


def _lock_of(answer_store: AnswerStore, kind: InferenceBackend) -> filelock.BaseFileLock:
    return filelock.FileLock(answer_store.directory / f"{kind}.lock", thread_local=False)


def _useless(reason: str) -> Failure:
    return Failure(kind=FailureKind.NOT_ASKED, message=f"not asked: {reason}", attempts=0)


def _effective_overrides(answer: Answer) -> dict[str, Any]:
    """Returns what of an answer's cache inputs turned out otherwise: under the others it must not be found."""
    return dict(answer.effective_overrides) if isinstance(answer, Completion | Score) else {}


def _first_problem(job: Job[Any]) -> Failure | None:
    """Returns why the job is not done: its own backend cannot work, or its partner cannot."""
    try:
        job.backend.check()
    except BackendError as error:
        return Failure(kind=error.kind, message=redact(str(error)), attempts=0)
    try:
        if job.partner is not None:
            job.partner.check()
    except BackendError as error:
        return Failure(
            kind=FailureKind.NOT_ASKED,
            message=redact(f"not asked, since the other side cannot answer: {error}"),
            attempts=0,
        )
    return None
