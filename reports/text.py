"""Text from outside, made fit for a terminal."""

from __future__ import annotations

from backends.plain_text import printable

#: Characters of a text that a line shows.
EXCERPT = 160


def one_line(text: str) -> str:
    """Returns a text without line breaks, and with what cannot be printed written as an escape."""
    return printable(" ".join(text.split()))


def cut(text: str, length: int) -> str:
    """Returns a text of at most `length` characters and, where some were left out, three dots."""
    return text if len(text) <= length else text[:length] + "..."


def excerpt(text: str | None) -> str:
    """Returns the beginning of a text from outside, quoted and fit for a line."""
    return "(nothing)" if text is None else repr(cut(text, EXCERPT)).encode("utf-8", "backslashreplace").decode()
