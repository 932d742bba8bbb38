"""Text from outside, made fit for a terminal: what would steer it is written out instead."""

from __future__ import annotations


def printable(text: str) -> str:
    """Returns a text with what cannot be printed written as an escape, line breaks and tabs included."""
    return "".join(map(_written_out, text))


def printable_lines(text: str) -> str:
    """Returns the same with its line breaks and tabs left alone; a carriage return is none, since it moves back."""
    return "".join(c if c in "\n\t" else _written_out(c) for c in text)


def _written_out(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
