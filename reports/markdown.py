"""Parts of a Markdown page in which no text from outside is more than text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backends.plain_text import printable
from backends.secrets import redact
from reports.text import cut, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: What Markdown, or HTML in it, might take for more than a character; an address would become a link.
_TELLING = re.compile(r"[\\`*\[<&|~@$]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.")

#: What begins a list, a heading or a rule where it begins a line.
_BEGINS_A_BLOCK = re.compile(r"^[-+=#>]|^\d+[.)]")

#: What a name may hold.
_ODD_IN_A_NAME = re.compile(r"[^A-Za-z0-9._@-]")

#: Characters of a text that a cell shows.
CELL = 100


def prose(text: str, length: int | None = None) -> str:
    """Returns a text, or its beginning, as one line of Markdown that says just what it says, free of credentials."""
    return _escaped(_BEGINS_A_BLOCK, cell(text, length))


def cell(text: str, length: int | None = CELL) -> str:
    """Returns the same for a place within a line, such as a cell of a table."""
    plain = one_line(redact(text))
    return _escaped(_TELLING, plain if length is None else cut(plain, length))


def _escaped(telling: re.Pattern[str], text: str) -> str:
    """Returns a text with the last character of whatever tells Markdown something written by its number."""
    return telling.sub(lambda found: f"{found[0][:-1]}&#{ord(found[0][-1])};", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], length: int = CELL) -> Iterator[str]:
    """Yields the lines of a table with an empty line behind it; nothing where it has no rows.

    Args:
        head: of the columns, as Markdown.
        rows: the cells, as any text.
        length: characters of a cell that are shown.
    """
    made = [[cell(text, length) for text in row] for row in rows]
    if not made:
        return
    for line in (head, ["---"] * len(head), *made):
        yield f"| {' | '.join(line)} |"
    yield ""


def block(lines: Iterable[str], kind: str = "text") -> Iterator[str]:
    """Yields lines as a block of code of a kind, with an empty line behind it; no line can end it."""
    yield f"```{kind}"
    yield from (printable(redact(line)).replace("```", "'''") for line in lines)
    yield "```"
    yield ""


def name_in_heading(name: str) -> str:
    """Returns a name with nothing in it that Markdown or HTML would take for more than a name."""
    return _ODD_IN_A_NAME.sub("-", name)
