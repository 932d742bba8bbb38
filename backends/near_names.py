"""Names that were meant: without regard to case, `-` and `_`; and the one that a mistyped name comes closest to."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def plain(name: str) -> str:
    """Returns a name as it is compared."""
    return name.strip().casefold().replace("_", "-")


def name_meant(given: str, names: Iterable[str]) -> str | None:
    """Returns the one of `names` that is `given` without regard to case, `-` and `_`; None where there is none."""
    known = list(names)
    return given if given in known else next((name for name in known if plain(name) == plain(given)), None)


def did_you_mean(given: str, names: Iterable[str]) -> str:
    """Returns a sentence for behind a message, such as ` Did you mean groq?`; empty where nothing comes close."""
    known = {plain(name): name for name in names}
    near = get_close_matches(plain(given), known, n=1)
    return f" Did you mean {known[near[0]]}?" if near else ""
