"""Examples whose answer came to something else than in the older run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.rows.flow import kind_of
from reports.text import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.changes.paired import Pair
    from reports.rows.row import Row, RowSide

#: Characters of a text that are kept of a flipped example.
KEPT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """An example whose answer came to something else.

    Attributes:
        conv_id: the data set's id of the conversation.
        example_id: of the newer run.
        text: what was asked about, shortened.
        old: what the older answer came to: `label 0`, `refused`, ...
        new: the same of the newer one.
        old_local: what the local reference's answer came to in the older run; None where it was asked for none.
        new_local: the same in the newer run.
        old_answer: the older answer, or the error in its place, shortened.
        new_answer: the newer one.
        left: True where the older answer agreed with the reference and the newer one does not.
    """

    conv_id: str
    example_id: str
    text: str
    old: str
    new: str
    old_local: str | None
    new_local: str | None
    old_answer: str | None
    new_answer: str | None
    left: bool


def flips_of(pairs: Sequence[Pair]) -> tuple[Flip, ...]:
    """Returns the examples whose answer came to something else, those that left the reference first."""
    found = [_flip(old, new) for old, new in pairs if kind_of(old.api) != kind_of(new.api)]
    return tuple(sorted(found, key=lambda flip: not flip.left))


def _flip(old: Row, new: Row) -> Flip:
    return Flip(
        conv_id=new.conv_id,
        example_id=new.example_id,
        text=cut(new.text, KEPT),
        old=kind_of(old.api),
        new=kind_of(new.api),
        old_local=None if old.audited else kind_of(old.local),
        new_local=None if new.audited else kind_of(new.local),
        old_answer=_answer(old.api),
        new_answer=_answer(new.api),
        left=old.outcomes_match and not new.outcomes_match,
    )


def _answer(side: RowSide) -> str | None:
    said = side.error or side.response
    return None if said is None else cut(said, KEPT)
