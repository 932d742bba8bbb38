"""Reads Markdown as a renderer does, to tell what in a page is more than text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

#: What no text from outside may bring about.
STEERS = frozenset({"link", "image", "html_block", "html_inline", "code_inline", "em", "s", "blockquote"})


def rendered(text: str) -> list[Token]:
    """Returns the blocks of a page."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def kinds_in(text: str) -> set[str]:
    """Returns what a page has: `heading`, `table`, `link`, ..."""
    return {token.type.removesuffix("_open").removesuffix("_close") for token in _walked(rendered(text))}


def _walked(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _walked(token.children or ())
