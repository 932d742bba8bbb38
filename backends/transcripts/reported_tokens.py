"""The tokens that a reply tells itself: as ids, or as the entries of `logprobs`.

Sources: the OpenAI API reference, "The chat completion object", `choices[].logprobs.content[]` (`token`, `bytes`,
`logprob`); vLLM's `return_token_ids`, which puts `token_ids` into each choice.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.raw_reply import RawReply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.transcripts.token_bytes import TokenBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTokens:
    """What the first choice of a reply tells of its tokens.

    Attributes:
        ids: all ids, as told; None where none are.
        logprobs: the entries of `logprobs`, as told; None where there are none.
        calls: the tool calls of its message, each with name and arguments as text.
    """

    ids: tuple[int, ...] | None = None
    logprobs: tuple[Mapping[str, Any], ...] | None = None
    calls: tuple[tuple[str, str], ...] = ()


def read_reported(raw: str) -> ReportedTokens:
    """Returns what the evidence of an API's answer tells of its tokens; nothing where there is no such evidence."""
    try:
        body = RawReply.from_evidence(raw).body
        choice = json.loads(body or "")["choices"][0]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ReportedTokens()
    return ReportedTokens(ids=_ids(choice), logprobs=_logprobs(choice), calls=tuple(_calls(choice)))


def tokens_of(entries: tuple[Mapping[str, Any], ...], known: TokenBytes) -> tuple[list[int], list[float | None]] | None:
    """Returns tokens and log-probabilities of the entries of `logprobs`; None where one is no token of the model."""
    ids, told = [], []
    for entry in entries:
        spelled = _bytes(entry)
        token = None if spelled is None else known.id(spelled)
        if token is None:
            return None
        value = entry.get("logprob")
        ids.append(token)
        told.append(float(value) if isinstance(value, int | float) and math.isfinite(value) else None)
    return ids, told


def _bytes(entry: Mapping[str, Any]) -> bytes | None:
    told, token = entry.get("bytes"), entry.get("token")
    if isinstance(told, list) and told:
        try:
            return bytes(told)
        except (ValueError, TypeError):
            return None
    return token.encode("utf-8", "replace") if isinstance(token, str) else None


def _ids(choice: Mapping[str, Any]) -> tuple[int, ...] | None:
    told = choice.get("token_ids")
    return tuple(told) if isinstance(told, list) and told and all(type(one) is int for one in told) else None


def _logprobs(choice: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...] | None:
    told = choice.get("logprobs")
    entries = told.get("content") if isinstance(told, dict) else None
    fit = isinstance(entries, list) and bool(entries) and all(isinstance(entry, dict) for entry in entries)
    return tuple(entries) if fit and entries is not None else None


def _calls(choice: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns the calls of the message; an object of arguments is written as JSON."""
    message = choice.get("message")
    told = message.get("tool_calls") if isinstance(message, dict) else None
    found = []
    for call in told if isinstance(told, list) else []:
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            arguments = function.get("arguments")
            text = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
            found.append((function["name"], text))
    return found
