"""Answers as JSON text: in the cache, between the processes of a run, and in recordings.

The keys are those of recordings of format 1. A raw reply has the form that it has there: a completion in which nothing
stands but the attempts and the evidence, as no client's completion is, which always has its latency.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from backends.completion import Answer, Completion, FinishReason, Missing, Text, Usage
from backends.errors import Failure, FailureKind
from backends.raw_reply import RawReply
from backends.score import Score, Unscored, scoring_data, scoring_from_data
from backends.secrets import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Fields that are stored under another key than their name.
_KEYS = {"effective_overrides": "otherwise"}

#: Of fields that may be None, or that one of both kinds of answers lacks.
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "latency_s": (int, float),
    "status": int,
    "message": str,
    "reasoning_field": str,
    "provider": str,
    "model": str,
    "malformed": str,
    "cached": bool,
    "effective_overrides": dict,
}

_Checked = TypeVar("_Checked", Completion, Failure)

#: The types of what scoring comes to.
_SCORINGS = ("score", "unscored")


def answer_to_json(answer: Answer) -> str:
    """Returns `answer` as JSON text. `answer_from_json` is its inverse, but for credentials: here none is kept."""
    if isinstance(answer, Score | Unscored):
        return json.dumps(scoring_data(answer))
    kept = _bare(answer.evidence, answer.attempts) if isinstance(answer, RawReply) else answer
    data: dict[str, Any] = {_KEYS.get(name, name): _plain(value) for name, value in asdict(kept).items()}
    # What most servers do not tell is not stored: earlier recordings stay what they are.
    if isinstance(kept, Completion) and kept.usage.reasoning_tokens is None:
        del data["usage"]["reasoning_tokens"]
    return without_secrets(json.dumps({"type": type(kept).__name__.lower(), **data}))


def answer_from_json(text: str) -> Answer:
    """Returns the answer that `answer_to_json` wrote.

    Raises:
        ValueError: the text is not such an answer.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        if data["type"] in _SCORINGS:
            return scoring_from_data(data)
        if data.pop("type") == "failure":
            return _checked(Failure(**data | {"kind": FailureKind(data["kind"])}))
        return _raw_reply_or(_checked(_completion(data)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"This is not a stored answer: {error}") from error


def _completion(data: dict[str, Any]) -> Completion:
    data |= {name: data.pop(key) for name, key in _KEYS.items() if key in data}
    data |= {name: _text(data[name]) for name in ("content", "reasoning")}
    return Completion(**data | {"finish_reason": FinishReason(data["finish_reason"]), "usage": Usage(**data["usage"])})


def _checked(answer: _Checked) -> _Checked:
    """Returns an answer whose fields have the types that they are declared with.

    Raises:
        TypeError: one has another: it would be found out only where a report is made of it.
    """
    wrong = next((name for name, types in _TYPES.items() if not _is_of(getattr(answer, name, None), types)), None)
    usage = answer.usage if isinstance(answer, Completion) else Usage()
    counts = all(_is_of(count, int) for count in asdict(usage).values())
    if wrong is None and counts and type(answer.attempts) is int and isinstance(getattr(answer, "raw", None), str):
        return answer
    raise TypeError(f"its {wrong or 'usage, attempts or raw text'} is of another type")


def _is_of(value: object, types: type | tuple[type, ...]) -> bool:
    """Returns whether a value is None or of a type; a truth value is no number."""
    return value is None or (isinstance(value, types) and (types is bool or not isinstance(value, bool)))


def _raw_reply_or(completion: Completion) -> Completion | RawReply:
    """Returns the raw reply that a stored completion stands for, or the completion where it stands for itself."""
    if completion != _bare(completion.raw, completion.attempts):
        return completion
    try:
        return RawReply.from_evidence(completion.raw, attempts=completion.attempts)
    except ValueError:
        return completion


def _bare(evidence: str, attempts: int) -> Completion:
    return Completion(content=Missing.ABSENT, attempts=attempts, raw=evidence)


def _plain(value: object) -> object:
    return {"missing": value.value} if isinstance(value, Missing) else value


def _text(value: object) -> Text:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return Missing(value["missing"])
    raise TypeError(f"a text cannot be {type(value).__name__}")
