"""Answers kept on disk between runs, each under the digest of all that determined it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import diskcache

from backends.completion import Answer, Completion, Missing
from backends.dispatch.text_store import TextCache, UntrustedRowError
from backends.errors import BackendUnavailable
from backends.score import Score, Scoring, Unscored
from backends.stored_answer import answer_from_json, answer_to_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Raised with the meaning of what is stored, so that older rows are never read with newer eyes.
FORMAT = 1


#: What reading or writing a folder can end with that somebody or something has damaged.
_DAMAGE = (UntrustedRowError, ValueError, OSError, sqlite3.Error, sqlite3.Warning, diskcache.Timeout)


class AnswerCache:
    """Completions under the digest of all that determined them. Safe to share between threads and processes.

    A row that cannot be trusted or read counts as a miss and is replaced by the next answer, and an answer that cannot
    be kept is not kept: a damaged cache costs time, never a verdict.
    """

    def __init__(self, directory: Path | None) -> None:
        """Opens the cache in `directory`; None makes a cache that keeps nothing."""
        self._store = None if directory is None else _open_store(directory)

    def get(self, cache_inputs: Mapping[str, Any]) -> Completion | Scoring | None:
        """Returns what is kept under `cache_inputs`, a completion marked as cached; None where nothing is."""
        if self._store is None:
            return None
        try:
            text = self._store.get(key_of(cache_inputs))
            answer = None if text is None else answer_from_json(text)
        except _DAMAGE:
            return None
        if isinstance(answer, Score | Unscored):
            return answer
        return replace(answer, cached=True) if isinstance(answer, Completion) and is_worth_keeping(answer) else None

    def put(self, cache_inputs: Mapping[str, Any], answer: Answer) -> None:
        """Keeps `answer` unless it is a failure or a null answer: those must be asked for again."""
        if self._store is not None and is_worth_keeping(answer):
            with contextlib.suppress(*_DAMAGE):
                self._store.set(key_of(cache_inputs), answer_to_json(answer))

    def drop(self, cache_inputs: Mapping[str, Any]) -> None:
        """Forgets what is kept under `cache_inputs`, so that the next run asks again."""
        if self._store is not None:
            with contextlib.suppress(*_DAMAGE):
                self._store.delete(key_of(cache_inputs))

    def close(self) -> None:
        """Closes this thread's connection to the store."""
        if self._store is not None:
            self._store.close()


def _open_store(directory: Path) -> TextCache:
    try:
        return TextCache(str(directory))
    except Exception as error:  # diskcache meets a damaged database with errors of many kinds
        raise BackendUnavailable(
            f"The cache folder {directory} cannot be used ({error}). "
            "Name another one with --cache-dir, or run with --no-cache."
        ) from error


def is_worth_keeping(answer: Answer) -> bool:
    """Tells whether an answer may enter the cache: a completion whose content is there, or a score.

    Why there is none may be kept too, where the answer itself is the reason.
    """
    if isinstance(answer, Score | Unscored):
        return isinstance(answer, Score) or answer.is_lasting
    return isinstance(answer, Completion) and not isinstance(answer.content, Missing)


def key_of(cache_inputs: Mapping[str, Any]) -> str:
    """Returns the cache key: a digest over the canonical JSON of all that determines an answer."""
    canonical = json.dumps({"format": FORMAT, **cache_inputs}, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
