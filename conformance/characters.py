"""Characters outside ASCII: what is left of them where bytes were decoded in the wrong place.

A token of gpt-oss may hold a part of a character, so who decodes token by token gets replacement characters, or
nothing, in the place of accents, signs and emoji. Who encodes a text twice gets two or more signs in the place of one.
"""

from __future__ import annotations

import re
from typing import Final

#: What a decoder writes where bytes are no character.
REPLACEMENT: Final = "\ufffd"

#: What encoders write in the place of a character that they have no room for.
_PLACEHOLDER: Final = "?"

#: Bytes of UTF-8 that were read as Latin-1, by their ranges: a leading one and those that follow it.
_TWICE: Final = re.compile(
    "[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}"
)


def has_more_than_ascii(text: str) -> bool:
    """Returns whether a text holds a character outside ASCII."""
    return not text.isascii()


def is_broken(text: str) -> bool:
    """Returns whether a text holds replacement characters before its end, where a token limit may cut a character."""
    return REPLACEMENT in text.rstrip(REPLACEMENT)


def is_encoded_twice(text: str) -> bool:
    """Returns whether the bytes of a text's characters stand in it as characters of their own."""
    return _TWICE.search(text) is not None


def loses_characters(text: str, whole: str) -> bool:
    """Returns whether a text is another one without at least half of its characters outside ASCII.

    One that has others in their place is what a model may write the next time, and has lost nothing.
    """
    if text == whole or _ascii(text) != _ascii(whole):
        return False
    kept, all_of_them = _beyond(text), _beyond(whole)
    rest = iter(all_of_them)
    return 2 * len(kept) <= len(all_of_them) and all(character in rest for character in kept)


def _ascii(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character != _PLACEHOLDER)


def _beyond(text: str) -> list[str]:
    return [character for character in text if not character.isascii() and character != REPLACEMENT]
