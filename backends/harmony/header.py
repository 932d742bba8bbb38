"""The grammar of a header: the text between `<|start|>` and the first `<|message|>`.

    header       = [role] [words] ["<|channel|>" name [words]]
    words        = [recipient] [content-type]
    recipient    = "to=" word / word
    content-type = ["<|constrain|>"] word

The words may stand before the channel, after it, or on both sides. The reference cuts the channel out first and reads
what is left word by word, so the sides do not matter; this module does the same in the same order.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from backends.harmony.errors import ErrorKind
from backends.harmony.message import Header, Role
from backends.harmony.tokens import CHANNEL, CONSTRAIN

# Law: a channel's name ends at Unicode white space and the header is trimmed of it. That is the White_Space property,
# which U+001C to U+001F do not have, although Python's str.isspace and str.strip think so.
WHITE_SPACE: Final = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
# Law: a channel's name runs to the first white space or "<".
_NAME_END: Final = re.compile(f"[<{WHITE_SPACE}]")
# Law: the first channel counts; every further marker is passed over, with the name behind it if there is one.
_FURTHER_CHANNEL: Final = re.compile(f"{re.escape(CHANNEL)}[^<{WHITE_SPACE}]*")
# Law: words are split on ASCII white space only; a vertical tab or a no-break space stays inside a word.
_WORD: Final = re.compile(r"[^ \t\n\f\r]+")

_ROLES: Final = {role.value: role for role in Role}
_CACHED_LENGTH: Final = 128


def read_header(text: str, role: Role | None) -> Header | ErrorKind:
    """Reads a header as the reference does.

    Args:
        text: The header, without `<|start|>` and `<|message|>`.
        role: The role that the prompt already gave; None if the header itself must name one.

    Returns:
        What the header says, or what is wrong with it.
    """
    return _remembered(text, role) if len(text) <= _CACHED_LENGTH else _read(text, role)


def _read(text: str, role: Role | None) -> Header | ErrorKind:
    channel, rest = cut_channel(text)
    if channel == "":
        return ErrorKind.EMPTY_CHANNEL
    words = split_words(rest)
    author = _take_author(words, role)
    if isinstance(author, ErrorKind):
        return author
    role, name = author
    recipient, content_type = _take_address(words)
    if words:
        return ErrorKind.LEFTOVER_HEADER_TOKENS
    return Header(role=role, name=name, channel=channel, recipient=recipient, content_type=content_type)


_remembered = lru_cache(maxsize=256)(_read)


def cut_channel(text: str) -> tuple[str | None, str]:
    """Cuts every `<|channel|>` and its name out of a header.

    Returns:
        The first name ("" if the marker has none, None without a marker), and the header without markers and names.
    """
    before, marker, after = text.partition(CHANNEL)
    if not marker:
        return None, text
    end = _NAME_END.search(after)
    name = after[: end.start()] if end else after
    return name, before + _FURTHER_CHANNEL.sub("", after[len(name) :])


def split_words(text: str) -> list[str]:
    """Trims Unicode white space, detaches each `<|constrain|>` from what stands before it, splits on ASCII space."""
    return _WORD.findall(text.strip(WHITE_SPACE).replace(CONSTRAIN, " " + CONSTRAIN).strip(WHITE_SPACE))


def _take_author(words: list[str], role: Role | None) -> tuple[Role, str | None] | ErrorKind:
    """Takes the leading role off the words."""
    name = None
    if role is None:
        if not words:
            return ErrorKind.NO_ROLE
        role = _ROLES.get(words[0])
        if role is None:
            # Law: an unknown first word is a tool's name if anything follows it or it is an address itself.
            if len(words) == 1 and not words[0].startswith("to="):
                return ErrorKind.UNKNOWN_ROLE
            role, name = Role.TOOL, words.pop(0)
        elif role is Role.TOOL:
            name = words[0]
    # Law: one leading word equal to the role is dropped, also when the prompt had given the role, and also after a
    # tool's name.
    if words and words[0] == role.value:
        del words[0]
    return role, name


def _take_address(words: list[str]) -> tuple[str | None, str | None]:
    """Takes recipient and content type off the end of the words."""
    if not words:
        return None, None
    last = words.pop()
    if last.startswith("to="):
        return last[3:], None
    # Law: a word that is alone is the recipient, even `json` and even `<|constrain|>json` (openai/harmony#56, #144).
    if not words:
        return last, None
    return words.pop().removeprefix("to="), last
