"""Joins the deltas of tool calls, and says what is wrong with their ids.

Law: the OpenAI API reference, "The chat completion chunk object": a call's deltas go by `index`; its first one carries
`id`, `type` and the function's name, and later ones only what is added to the arguments. `id` is text wherever it
stands: clients that take whatever is there write null over the id that they have. An empty text adds nothing, as in
every other field.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SHOWN = 120


class CallDeltas:
    """Joins deltas to calls.

    Attributes:
        problems: what is wrong with single deltas, a sentence each.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._joined: dict[int, list[str]] = {}
        self._ids: dict[int, str | None] = {}

    def take(self, where: str, call: Any) -> None:  # noqa: ANN401 - whatever a server sent
        """Takes one delta, of the event that `where` names."""
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict) or type(call.get("index", 0)) is not int:
            self.problems.append(f"{where} has a tool call that is none: {str(call)[:_SHOWN]}")
            return
        if "index" not in call:
            self.problems.append(f"{where} has a tool call without its index")
        index = call.get("index", 0)
        self._take_id(where, index, call)
        joined = self._joined.setdefault(index, ["", ""])
        for part, name in enumerate(("name", "arguments")):
            value = function.get(name)
            if isinstance(value, str):
                joined[part] += value
            elif value is not None:
                self.problems.append(f"{where} has a tool call whose {name} is {type(value).__name__}")

    def _take_id(self, where: str, index: int, call: dict[str, Any]) -> None:
        given = call.get("id")
        if index not in self._ids:
            self._ids[index] = given if isinstance(given, str) else None
        elif "id" in call and not isinstance(given, str):
            self.problems.append(f"{where} goes on with a tool call and has the id {given!r}")
        elif given and given != self._ids[index]:
            self.problems.append(f"{where} goes on with a tool call under another id")

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Name and arguments of each call, in the order of their indices."""
        return [(name, arguments) for _, (name, arguments) in sorted(self._joined.items())]

    @property
    def ids(self) -> list[str | None]:
        """The id with which each call begins, None where it is no text."""
        return [given for _, given in sorted(self._ids.items())]


def id_problems(ids: Iterable[object]) -> Iterator[str]:
    """Yields what is wrong with the ids of a reply's tool calls, each as a clause: each has one, and one of its own."""
    given = list(ids)
    for number, name in enumerate(given, start=1):
        if not isinstance(name, str) or not name:
            yield f"tool call {number} has {'no id' if name is None else f'the id {name!r}'}"
    for name, count in Counter(name for name in given if isinstance(name, str) and name).items():
        if count > 1:
            yield f"{count} tool calls have the same id {name!r}"
