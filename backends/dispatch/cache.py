"""Answers kept on disk between runs, each under the digest of all that determined it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backends.completion import Answer, Completion, Missing
from backends.dispatch.sealed_store import SealedStore
from backends.score import Score, Scoring, Unscored
from backends.secrets import without_secrets
from backends.stored_answer import answer_from_json, answer_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

#: Raised with the meaning of what is stored, so that older rows are never read with newer eyes.
FORMAT = 1

#: Characters of a tag.
_TAG = 200


class AnswerCache:
    """Completions under the digest of all that determined them. Safe to share between threads and processes.

    A row that cannot be trusted or read counts as a miss and is replaced by the next answer, and an answer that cannot
    be kept is not kept: a damaged cache costs time, never a verdict.
    """

    def __init__(self, directory: Path | None, say: Callable[[str], None] | None = None) -> None:
        """Opens the cache in `directory`; None makes a cache that keeps nothing.

        Args:
            directory: of the cache.
            say: takes a sentence about what happened to the folder; None writes it to the log.

        Raises:
            BackendUnavailable: there can be no such folder; the message says what to do.
        """
        self.store = None if directory is None else SealedStore(directory, say)

    def get(self, cache_inputs: Mapping[str, Any]) -> Completion | Scoring | None:
        """Returns what is kept under `cache_inputs`, a completion marked as cached; None where nothing is."""
        text = None if self.store is None else self.store.get(key_of(cache_inputs))
        try:
            answer = None if text is None else answer_from_json(text)
        except ValueError:
            return None
        if isinstance(answer, Score | Unscored):
            return answer
        return replace(answer, cached=True) if isinstance(answer, Completion) and is_worth_keeping(answer) else None

    def put(self, cache_inputs: Mapping[str, Any], answer: Answer) -> None:
        """Keeps `answer` unless it is a failure or a null answer: those must be asked for again."""
        if self.store is not None and is_worth_keeping(answer):
            self.store.set(key_of(cache_inputs), answer_to_json(answer), tag=tag_of(cache_inputs))

    def drop(self, cache_inputs: Mapping[str, Any]) -> None:
        """Forgets what is kept under `cache_inputs`, so that the next run asks again."""
        if self.store is not None:
            self.store.delete(key_of(cache_inputs))

    def close(self) -> None:
        """Closes this thread's connection to the store."""
        if self.store is not None:
            self.store.close()


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


def tag_of(cache_inputs: Mapping[str, Any]) -> str:
    """Returns in words what an answer belongs to: the side, what it is of, whom was asked, and the day."""
    spec = cache_inputs.get("spec")
    asked = spec.get("model") if isinstance(spec, dict) else cache_inputs.get("endpoint")
    what = "scores" if "scored" in cache_inputs else "answers"
    told = [cache_inputs.get("backend"), what, _plain(asked), cache_inputs.get("day")]
    return without_secrets(" ".join(str(one) for one in told if one))[:_TAG]


def _plain(asked: object) -> str:
    """Returns whom was asked without the brackets of an endpoint's identity."""
    try:
        told = json.loads(str(asked))
    except ValueError:
        return str(asked or "")
    return " ".join(one for one in told if isinstance(one, str)) if isinstance(told, list) else str(asked)
