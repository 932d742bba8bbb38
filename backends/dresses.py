r"""A text in whatever dress it comes back: the patterns by which a credential is found in what others wrote.

A server may repeat a credential as JSON text or JSON text within it (`\u0065`, `\/`), percent-encoded, as HTML
entities, in upper or lower case, in base64 or as hexadecimal digits, and in several of these at once. Sources: RFC 8259
section 7, RFC 3986 section 2.1, RFC 4648 sections 4, 5 and 8, the HTML standard's "Character references".
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import lru_cache

#: Escapes that stand for printable ASCII, or for the slash of base64: no plain text needs one.
_ESCAPES = re.compile(r"\\(?:[uU](?:00[2-7]|\{)|[xX][2-7]|[01][0-7]{2}|/)|%[2-7]|&#|&amp;")

#: Characters of a form that are too few to tell it from ordinary text.
_SHORTEST_FORM = 6

#: Characters that HTML names.
_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}

#: Backslashes in front of an escape: the first is the first of its row, so that a long row is looked at once, and a row
#: longer than JSON text in JSON text needs escapes nothing.
_BACKSLASHES = r"\\(?<!\\\\)\\{0,31}"

#: What follows a backslash in JSON text as a part of its escape.
_AFTER_BACKSLASH = "bfnrtu"

#: Bytes that one group of base64 holds.
_GROUP = 3


@dataclass(frozen=True, slots=True)
class Dresses:
    """How a text is found in all its dresses.

    Attributes:
        plain: its forms without any escape, in lower case.
        pattern: matches each form, each character escaped in any way or not at all.
        is_ascii: False where an escape in it may be any: those of other characters stand in many texts.
    """

    plain: tuple[str, ...]
    pattern: re.Pattern[str]
    is_ascii: bool

    def replaced(self, text: str, mark: str) -> str:
        """Returns `text` with the mark in the place of whatever stands in it for this text."""
        lowered = text.lower()
        if not self.is_ascii or _ESCAPES.search(text) or any(form in lowered for form in self.plain):
            return self.pattern.sub(lambda found: _kept_escape(found) + mark, text)
        return text


def _kept_escape(found: re.Match[str]) -> str:
    """Returns the letter of an escape that a match begins with: JSON text must go on being JSON text."""
    behind = found.string[found.start() - 1 : found.start()]
    return found[0][0] if behind == "\\" and found[0][0] in _AFTER_BACKSLASH else ""


@lru_cache(maxsize=64)
def dresses_of(text: str) -> Dresses:
    """Returns how `text` is found in all its dresses."""
    forms = sorted({text, *_coded(text)}, key=len, reverse=True)
    patterns = ("".join(map(_character, form)) for form in forms)
    return Dresses(
        plain=tuple(form.lower() for form in forms), pattern=re.compile("|".join(patterns)), is_ascii=text.isascii()
    )


def _coded(text: str) -> set[str]:
    """Returns a text in base64, wherever it begins in a group of it, and in hexadecimal digits; no form too short."""
    whole = text.encode("utf-8", "surrogatepass")
    forms = {whole.hex()}
    for before in range(_GROUP):
        # What the bytes before it and behind it decide as well is left out.
        first = -(-before * 4 // _GROUP)
        last = (before + len(whole)) * 8 // 6
        coded = base64.b64encode(bytes(before) + whole).decode()[first:last]
        forms |= {coded, coded.translate(str.maketrans("+/", "-_"))}
    return {form for form in forms if len(form) >= _SHORTEST_FORM}


def _character(one: str) -> str:
    """Returns the pattern of a character, in either case, as it is or escaped."""
    cases = sorted({one, *(other for other in (one.lower(), one.upper()) if len(other) == 1)})
    plain = "[" + "".join(map(re.escape, cases)) + "]"
    ways = [
        plain if one.isalnum() else rf"(?:{_BACKSLASHES})?{plain}",
        *(way for case in cases for way in _escaped(case)),
    ]
    return "(?:" + "|".join(ways) + ")"


def _escaped(one: str) -> list[str]:
    code = ord(one)
    units = one.encode("utf-16-be", "surrogatepass")
    numbers = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    ways = [
        "".join(rf"{_BACKSLASHES}[uU]{_digits(f'{number:04x}')}" for number in numbers),
        rf"{_BACKSLASHES}[uU]\{{0{{0,8}}{_digits(f'{code:x}')}\}}",
        "".join(f"%(?:25){{0,8}}{_digits(f'{byte:02x}')}" for byte in one.encode("utf-8", "surrogatepass")),
        rf"&(?:amp;){{0,8}}#(?:[xX]0{{0,8}}{_digits(f'{code:x}')}|0{{0,8}}{code})(?:;|(?![0-9a-fA-F]))",
    ]
    if one in _NAMED:
        ways.append(f"&(?:amp;){{0,8}}{_NAMED[one]};")
    if code <= 0xFF:  # noqa: PLR2004 - what fits into one byte
        ways += [rf"{_BACKSLASHES}[xX]{_digits(f'{code:02x}')}", rf"{_BACKSLASHES}{code:03o}"]
    return ways


def _digits(number: str) -> str:
    """Returns the pattern of hexadecimal digits in either case."""
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in number)
