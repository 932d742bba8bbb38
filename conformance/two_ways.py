"""What is told from texts of one request that came in two ways: pure functions of texts and counts.

A server that writes another text each time is faithful. So another text the other way counts only where the request
gets one text every time it is made, and only where several requests show it; docs/wire.md has the arithmetic, and
`tests/conformance/test_two_ways.py` holds it against every way of answering.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.drawing import Texts

#: Of the requests whose texts come again to the letter, so many must have lost something where not all texts are other
#: ones. A text of its own that is another one less a piece is rare: at most one in 25 that part.
FEWEST_LOSSES = 2

#: So many tokens more than elsewhere must be reported than there are: servers count special tokens in their own ways.
FEWEST_TOKENS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoWays:
    """What one request got.

    Attributes:
        plain: the texts that it got, each time it was made in the plain way.
        other: the text that it got in the other way.
    """

    plain: tuple[Texts, ...]
    other: Texts

    @property
    def is_steady(self) -> bool:
        """True where the plain way gave one text every time."""
        return len(set(self.plain)) == 1

    @property
    def is_same(self) -> bool:
        """True where the other way gave a text of the plain one; its answer is enough where the thoughts vary."""
        return self.other in self.plain or (not self.is_steady and self.other[1] in [text[1] for text in self.plain])

    @property
    def is_a_loss(self) -> bool:
        """True where the other text is the plain one with pieces left out or said twice."""
        return not self.is_same and all(
            is_lossy(mine, expected) for mine, expected in zip(self.other, self.plain[0], strict=True)
        )


def lose_text(several: Sequence[TwoWays]) -> bool:
    """Returns whether steady requests all get another text the other way, or some of them one that lost something."""
    if not all(one.is_steady for one in several):
        return False
    parted = [one for one in several if not one.is_same]
    return len(parted) == len(several) or (len(parted) >= FEWEST_LOSSES and all(one.is_a_loss for one in parted))


def is_lossy(got: str, whole: str) -> bool:
    """Returns whether a text is the whole one, or that with pieces left out or with pieces said twice."""
    steps = [step for step in SequenceMatcher(None, whole, got, autojunk=False).get_opcodes() if step[0] != "equal"]
    if all(name == "delete" for name, *_ in steps):
        return True
    return all(name == "insert" and _is_said_twice(got, start, end) for name, _, _, start, end in steps)


def _is_said_twice(text: str, start: int, end: int) -> bool:
    piece = text[start:end]
    return text[:start].endswith(piece) or text[end:].startswith(piece)


def lost_tokens(plain: Sequence[int], other: Sequence[int]) -> int:
    """Returns how many tokens each text of the other way lacks at least, beyond any plain one; 0 where one lacks none.

    Args:
        plain: reported tokens beyond those of the text, of each reply in the plain way.
        other: the same of each reply in the other way.
    """
    lost = min(other, default=0) - max(plain, default=0)
    return lost if plain and lost >= FEWEST_TOKENS else 0
