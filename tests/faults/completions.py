"""Where things lie in a chat completion. What an alteration cannot find, it says: a fault must not pass unstaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from backends.chat_response import REASONING_FIELDS

if TYPE_CHECKING:
    from tests.faults.body import Json


def first_choice(completion: Json) -> Json:
    """Returns the first choice.

    Raises:
        LookupError: there is none, or it is no object.
    """
    return _object_at(completion, "choices.0")


def first_message(completion: Json) -> Json:
    """Returns the first choice's message.

    Raises:
        LookupError: there is none, or it is no object.
    """
    return _object_at(completion, "choices.0.message")


def reasoning_name(message: Json) -> str | None:
    """Returns the name under which `message` holds reasoning as text, None where it holds none."""
    return next((name for name in REASONING_FIELDS if isinstance(message.get(name), str)), None)


def take_reasoning(message: Json) -> str:
    """Removes the reasoning from `message`, under whichever names, and returns it; empty where there is none."""
    name = reasoning_name(message)
    text = "" if name is None else str(message[name])
    for field in REASONING_FIELDS:
        message.pop(field, None)
    return text


def parent_of(value: Json, path: str) -> tuple[Json | list[Any], str | int]:
    """Returns what holds the field at a dotted `path`, such as `choices.0.message.content`, and the field's key in it.

    Raises:
        LookupError: nothing on the way there can hold it.
    """
    *way, last = path.split(".")
    holder: object = value
    for name in way:
        holder = _inside(holder, name, path)
    _require(isinstance(holder, dict | list), path)
    held = cast("Json | list[Any]", holder)
    return held, int(last) if isinstance(held, list) else last


def _object_at(completion: Json, path: str) -> Json:
    holder, key = parent_of(completion, path)
    found = _inside(holder, str(key), path)
    _require(isinstance(found, dict), path)
    return cast("Json", found)


def _inside(holder: object, name: str, path: str) -> object:
    if isinstance(holder, list):
        _require(name.isdecimal() and int(name) < len(holder), path)
        return holder[int(name)]
    _require(isinstance(holder, dict) and name in holder, path)
    return cast("Json", holder)[name]


def _require(found: bool, path: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not found:
        raise LookupError(f"The completion has nothing at {path}: alterations before this one may have removed it.")
