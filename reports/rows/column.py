"""A Column of the results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reports.rows.row import Row


#: The fields of a struct, each with its type: raw evidence as `backends.raw_fields` takes it apart. Headers are a list
#: of structs of a `name` and a `value`.
STRUCTS: Final[Mapping[str, Mapping[str, str]]] = {
    "exchange": {
        "request": "text",
        "status": "int",
        "headers": "headers",
        "response": "text",
        "no_text_at": "int",
        "left_open": "bool",
        "other": "text",
    },
    "generation": {"prompt": "text", "text": "text", "made": "text", "other": "text"},
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the results.

    Attributes:
        name: of the contract.
        kind: its type; the plural for a list. An exchange and a generation are structs, see `STRUCTS`.
        says: what it holds, with the unit.
        value: takes it from a row.
    """

    name: str
    kind: Literal["text", "bool", "int", "float", "texts", "floats", "exchange", "generation"]
    says: str
    value: Callable[[Row], object]

    @property
    def told_kind(self) -> str:
        """The type in words."""
        if self.kind in STRUCTS:
            return f"struct of {', '.join(STRUCTS[self.kind])}"
        return f"list of {self.kind[:-1]}" if self.kind.endswith("s") else self.kind
