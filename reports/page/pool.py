"""A Pool: strings that many examples have in common, such as the instructions, written once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A shorter string is written where it stands.
_LEAST: Final = 48


@dataclass(frozen=True, slots=True)
class Pool:
    """Strings that are referred to by their place.

    Attributes:
        strings: each one once.
    """

    strings: list[str] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Pool:
        """Returns a pool of those strings that come more than once and are long enough to be worth it."""
        counts = Counter(text for text in texts if len(text) >= _LEAST)
        often = [text for text, count in counts.items() if count > 1]
        return cls(often, {text: place for place, text in enumerate(often)})

    def refer(self, text: str) -> Any:  # noqa: ANN401 - a text or the place of one
        """Returns the place of a string in the pool, or the string itself where it is not in it."""
        return self._places.get(text, text)
