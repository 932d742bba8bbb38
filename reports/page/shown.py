"""Text from outside, made fit for a page: what cannot be seen, or would turn other text about, is written out."""

from __future__ import annotations

import re
from typing import Final

from backends.secrets import redact

#: Characters that a page does not show as they are: controls, what sets the direction of text, and halves of others.
#: Line breaks and tabs stay, and so do the joiners within words and emoji.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)

#: Unicode's pictures of the control characters, which lie in their order; that of DEL stands apart.
_PICTURES: Final = 0x2400
_DELETE, _PICTURE_OF_DELETE = 0x7F, "\u2421"
_FIRST_PRINTED: Final = 0x20


def shown(text: str) -> str:
    """Returns a text without credentials, in which every hidden character can be seen."""
    return _HIDDEN.sub(_visible, redact(text))


def _visible(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < _FIRST_PRINTED:
        return chr(_PICTURES + code)
    return _PICTURE_OF_DELETE if code == _DELETE else f"\u27e6U+{code:04X}\u27e7"


def shortened(text: str, length: int) -> str:
    """Returns a text of at most `length` characters and, where some were left out, how many there are."""
    if len(text) <= length:
        return text
    return f"{text[:length]}\n[cut here: {len(text)} characters in all]"
