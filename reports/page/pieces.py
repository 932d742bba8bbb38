"""Pieces: a text cut where its look changes, by the margins of its tokens and where two texts part."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from reports.page.shown import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Where the five steps of colour begin, in nats: a token has a colour where its margin is above 0.
LEVELS: Final = (0.25, 0.5, 1.0, 2.0)

#: Characters to each side of a parting that belong to its word at most.
_WORD: Final = 40

#: A plain stretch of text, or one with a look: `x` its text; `m` its step of colour, `n` the margin in nats and `l` the
#: likeliest token in its place; `p` what the other side wrote where the texts part.
Piece: TypeAlias = str | dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A token within a text."""

    start: int
    end: int
    margin: float
    likeliest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartingMark:
    """Where a text leaves the other side's: its own stretch, and what stands there in the other."""

    start: int
    end: int
    other: str


def spans_of(row: Mapping[str, Any], part: str, text: str) -> list[Span] | None:
    """Returns the unlikely tokens of a part of the API's answer; None where its tokens do not spell the text.

    Args:
        row: of the results.
        part: `reasoning` or `answer`.
        text: of that part. Servers strip white space around it, and end tokens are no text.
    """
    columns = [row.get(f"api_token_{name}") for name in ("texts", "parts", "margins", "likeliest")]
    if not all(columns):
        return None
    tokens = [one for one in zip(*(column or () for column in columns), strict=False) if one[1] == part]
    spelled = "".join(token for token, *_ in tokens)
    begins = spelled.find(text) if text else -1
    if begins < 0:
        return None
    spans, at = [], -begins
    for token, _, margin, likeliest in tokens:
        start, at = at, at + len(token)
        if margin and at > 0 and start < len(text):
            spans.append(Span(start=max(0, start), end=min(at, len(text)), margin=margin, likeliest=likeliest or ""))
    return [span for span in spans if span.end > span.start]


def parting_marks(api: str, local: str) -> tuple[PartingMark, PartingMark] | None:
    """Returns where two texts part, in each of them: from the first character that differs to the end of the word."""
    if api == local:
        return None
    at = next((place for place, (one, other) in enumerate(zip(api, local, strict=False)) if one != other), None)
    at = min(len(api), len(local)) if at is None else at
    # A word is shown whole: "not" beside "now" says more than "t" beside "w".
    begins = max(at - _WORD, *(api.rfind(space, 0, at) + 1 for space in " \n\t"))
    ends = tuple(_end_of_word(text, at) for text in (api, local))
    words = [text[begins:end] or "(the text ends)" for text, end in zip((api, local), ends, strict=True)]
    return (
        PartingMark(start=begins, end=ends[0], other=words[1]),
        PartingMark(start=begins, end=ends[1], other=words[0]),
    )


def pieces_of(text: str, spans: Sequence[Span] = (), parting: PartingMark | None = None) -> list[Piece]:
    """Returns a text in pieces, fit for a page."""
    edges = {0, len(text)} | {edge for span in spans for edge in (span.start, span.end)}
    if parting is not None:
        edges |= {parting.start, parting.end}
    places = sorted(edge for edge in edges if 0 <= edge <= len(text))
    by_start = {span.start: span for span in spans}
    pieces: list[Piece] = []
    held: Span | None = None
    for start, end in pairwise(places):
        held = by_start.get(start, held if held is not None and held.end > start else None)
        inside = parting is not None and parting.start <= start < parting.end
        pieces.append(_piece(text[start:end], held, parting if inside else None))
    if parting is not None and parting.start == parting.end:
        pieces.append({"x": "", "p": shown(parting.other)})
    return pieces


def _piece(text: str, span: Span | None, parting: PartingMark | None) -> Piece:
    if span is None and parting is None:
        return shown(text)
    look: dict[str, Any] = {"x": shown(text)}
    if span is not None:
        look |= {"m": bisect_left(LEVELS, span.margin) + 1, "n": round(span.margin, 3), "l": shown(span.likeliest)}
    if parting is not None:
        look["p"] = shown(parting.other)
    return look


def _end_of_word(text: str, at: int) -> int:
    most = min(len(text), at + _WORD)
    return next((place for place in range(at + 1, most) if text[place].isspace()), most)
