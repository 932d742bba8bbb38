"""Text from outside, made fit for a terminal."""

from __future__ import annotations

#: Characters of a text that a line shows.
EXCERPT = 160


def printable(text: str) -> str:
    """Returns a text with what cannot be printed written as an escape, and its white space left alone."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def one_line(text: str) -> str:
    """Returns a text without line breaks, and with what cannot be printed written as an escape."""
    return printable(" ".join(text.split()))


def cut(text: str, length: int) -> str:
    """Returns a text of at most `length` characters and, where some were left out, three dots."""
    return text if len(text) <= length else text[:length] + "..."


def excerpt(text: str | None) -> str:
    """Returns the beginning of a text from outside, quoted and fit for a line."""
    return "(nothing)" if text is None else repr(cut(text, EXCERPT)).encode("utf-8", "backslashreplace").decode()
