"""A streamed chat completion as the whole that it amounts to, and a whole as a stream.

Only the first choice is joined: the suite asks for one. Chunks of other choices, errors and foreign texts pass as they
are.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeGuard

from tests.faults.sse import DONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.faults.body import Json
    from tests.faults.sse import Chunk

#: Length in characters of the pieces that text is cut into: as long as a short word.
PIECE = 6

_WHOLE, _PART = "chat.completion", "chat.completion.chunk"

#: Strings in a delta that say what it is; all others are text that grows.
_LABELS = frozenset({"role", "id", "type", "name"})


def is_part(chunk: Chunk) -> TypeGuard[Json]:
    """True for a chunk of the first choice, and for one that has only usage."""
    if isinstance(chunk, str) or not isinstance(chunk.get("choices"), list):
        return False
    return all(choice.get("index", 0) == 0 for choice in chunk["choices"])


def joined(chunks: Sequence[Chunk]) -> Json:
    """Returns the chat completion that a stream amounts to, as the server would have sent it in one piece.

    A field of the message that no delta held is absent, and `usage` too.
    """
    parts = [part for part in chunks if is_part(part)]
    message: Json = {}
    choice: Json = {"index": 0, "message": message, "finish_reason": None}
    completion = {name: value for name, value in (parts or [{}])[0].items() if name not in {"choices", "usage"}}
    for part in parts:
        for piece in part["choices"]:
            _grow(message, piece.get("delta") or {})
            choice["finish_reason"] = piece.get("finish_reason") or choice["finish_reason"]
        if part.get("usage"):
            completion["usage"] = deepcopy(part["usage"])
    return completion | {"object": _WHOLE, "choices": [choice]}


def rechunk(completion: Json, like: Sequence[Chunk] = ()) -> list[Chunk]:
    """Returns a chat completion as a stream: role, texts in small pieces, tool calls, finish reason, usage.

    Args:
        completion: whole; `joined` is the inverse.
        like: a stream whose ways are kept: usage in a chunk of its own, `[DONE]`, and what is no part of this choice.
    """
    frame = {name: value for name, value in completion.items() if name not in {"choices", "usage"}}
    if frame.get("object") == _WHOLE:
        frame["object"] = _PART
    choice = next(iter(completion.get("choices") or ()), None)
    parts = [] if choice is None else [frame | {"choices": [part]} for part in _parts(choice)]
    if "usage" in completion:
        if not parts or any(is_part(part) and not part["choices"] for part in like):
            parts.append(frame | {"choices": []})
        parts[-1]["usage"] = completion["usage"]
    strangers = [chunk for chunk in like if not is_part(chunk) and chunk != DONE]
    return [*deepcopy(parts), *strangers, *([DONE] if DONE in like else [])]


def _parts(choice: Json) -> Iterator[Json]:
    """Yields the choice of each chunk, its last one with all that the choice has beside the message."""
    rest = {name: value for name, value in choice.items() if name != "message"}
    message = choice.get("message") or {}
    for delta in _deltas(message):
        yield {"index": rest.get("index", 0), "delta": delta, "finish_reason": None}
    yield rest | {"delta": {}}


def _deltas(message: Json) -> Iterator[Json]:
    if "role" in message:
        yield {"role": message["role"]}
    # A model thinks before it answers, and calls tools last, whatever the order in which a server writes the fields.
    names = sorted(message, key=lambda name: (name == "tool_calls", name == "content"))
    for name in names:
        if name not in {"role", "tool_calls"}:
            yield from ({name: piece} for piece in _pieces(message[name]))
    for index, call in enumerate(message.get("tool_calls") or ()):
        yield {"tool_calls": [{"index": index, **call}]}


def _pieces(value: object) -> Iterator[object]:
    if not isinstance(value, str) or not value:
        yield value
        return
    for start in range(0, len(value), PIECE):
        yield value[start : start + PIECE]


def _grow(whole: Json, delta: Json) -> None:
    """Adds a delta to what came before: texts are joined, calls go by their index, the last of anything else counts."""
    for name, value in delta.items():
        before = whole.get(name)
        if name == "tool_calls":
            _grow_calls(whole.setdefault(name, []), value or ())
        elif isinstance(value, dict):
            _grow(whole.setdefault(name, {}), value)
        elif isinstance(value, str) and isinstance(before, str) and name not in _LABELS:
            whole[name] = before + value
        elif value is not None or name not in whole:
            whole[name] = value


def _grow_calls(calls: list[Any], deltas: Sequence[Json]) -> None:
    for delta in deltas:
        index = delta.get("index", len(calls))
        while len(calls) <= index:
            calls.append({})
        _grow(calls[index], {name: value for name, value in delta.items() if name != "index"})
