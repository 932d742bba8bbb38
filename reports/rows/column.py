"""A Column of the results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.rows.row import Row


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the results.

    Attributes:
        name: of the contract.
        kind: its type; the plural for a list.
        says: what it holds, with the unit.
        value: takes it from a row.
    """

    name: str
    kind: Literal["text", "bool", "int", "float", "texts", "floats"]
    says: str
    value: Callable[[Row], object]

    @property
    def told_kind(self) -> str:
        """The type in words."""
        return f"list of {self.kind[:-1]}" if self.kind.endswith("s") else self.kind
