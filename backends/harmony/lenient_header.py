"""Reading a header that the grammar does not accept, or accepts for the wrong reason, without losing a word of it.

Each part of the header is taken for what it looks like: a role, `<|channel|>` and a name, an address, a content type.
What looks like none of these is left over. Where the header lacks its `<|message|>`, the first such word begins the
content instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from backends.harmony.errors import ErrorKind
from backends.harmony.header import WHITE_SPACE, read_header, split_words
from backends.harmony.message import CHANNELS, Header, Role
from backends.harmony.problem import ProblemKind
from backends.harmony.tokens import CHANNEL, CONSTRAIN

_PART: Final = re.compile(
    rf"<\|channel\|>(?P<name>[^<{WHITE_SPACE}]*)|(?P<type><\|constrain\|>[^<{WHITE_SPACE}]*)"
    rf"|(?P<word>[^<{WHITE_SPACE}]+|<)"
)
_GLUED_ROLE: Final = re.compile(r"assistant(analysis|commentary|final)")
_TYPE: Final = re.compile(r"json|code|text|\w+/[\w.+-]+")
_TOOL: Final = re.compile(r"\w[\w-]*(?:\.[\w-]+)+")
# In a header without `<|message|>` the content may be glued to the channel's name: `finalThe answer`. A lower-case
# letter after the name makes it another word ("finally").
_NAME: Final = re.compile(r"(?:analysis|commentary|final)(?![a-z])")
_REFUSED: Final = {
    ErrorKind.UNKNOWN_ROLE: ProblemKind.UNKNOWN_ROLE,
    ErrorKind.LEFTOVER_HEADER_TOKENS: ProblemKind.LEFTOVER_HEADER,
}
_ROLES: Final = {role.value: role for role in Role}


@dataclass(slots=True)
class LenientHeader:
    """What could be read of a header.

    Attributes:
        role: The role; None as long as none was named.
        name: A tool's name.
        channel: The channel.
        recipient: The recipient.
        content_type: The content type.
        leftover: Spans of the words that mean nothing here, in order.
        problems: What was wrong, with positions.
        content: Where the content of a header without `<|message|>` begins; None if it has no content.
    """

    role: Role | None
    name: str | None = None
    channel: str | None = None
    recipient: str | None = None
    content_type: str | None = None
    leftover: list[tuple[int, int]] = field(default_factory=list)
    problems: list[tuple[ProblemKind, int]] = field(default_factory=list)
    content: int | None = None

    def header(self) -> Header:
        """Gives the header; the assistant speaks where no role was named."""
        return Header(
            role=self.role or Role.ASSISTANT,
            name=self.name,
            channel=self.channel,
            recipient=self.recipient,
            content_type=self.content_type,
        )


def read_closed(text: str, start: int, stop: int, role: Role | None) -> LenientHeader:
    """Reads a header that `<|message|>` closes.

    A header that the reference accepts keeps the reference's meaning, unless that meaning comes from a malformation.

    Args:
        text: The whole text.
        start: Where the header begins.
        stop: Where its `<|message|>` stands.
        role: The role that the prompt gave; None if the header must name one.
    """
    written = text[start:stop]
    header = read_header(written, role)
    if isinstance(header, Header) and _is_sound(header, written, role):
        lenient = LenientHeader(header.role, header.name, header.channel, header.recipient, header.content_type)
    else:
        lenient = _Reader(text, start, stop, role, closed=True).read()
        if isinstance(header, ErrorKind) and not lenient.problems:
            # Every word has a meaning of its own, and yet the grammar cannot put them together.
            lenient.problems.append((_REFUSED[header], start))
    if lenient.channel is not None and lenient.channel not in CHANNELS:
        lenient.problems.append((ProblemKind.UNKNOWN_CHANNEL, start))
    return lenient


def read_open(text: str, start: int, stop: int, role: Role | None) -> LenientHeader:
    """Reads a header that ends without `<|message|>`; see `read_closed` for the arguments."""
    return _Reader(text, start, stop, role, closed=False).read()


def _is_sound(header: Header, written: str, role: Role | None) -> bool:
    before, marker, after = written.partition(CHANNEL)
    markup = (header.recipient or "").startswith("<") and not (header.recipient or "").startswith(CONSTRAIN)
    if CHANNEL in after or markup:
        return False
    if not marker:
        glued = header.name is not None and _GLUED_ROLE.match(header.name) is not None
        return header.recipient not in CHANNELS and not glued
    words = split_words(before)
    if words and (role is None or words[0] == role.value):
        del words[0]
    return all(map(is_header_word, words))


def is_header_word(word: str) -> bool:
    """Tells whether a word looks like an address, a content type or a tool, rather than like text."""
    return bool(word.startswith(("to=", CONSTRAIN)) or _TYPE.fullmatch(word) or _TOOL.fullmatch(word))


class _Reader:
    """Reads the parts of one header from left to right."""

    def __init__(self, text: str, start: int, stop: int, role: Role | None, *, closed: bool) -> None:
        self._text = text
        self._start = start
        self._stop = stop
        self._closed = closed
        self._named = role is not None
        self._last_channel = text.rfind(CHANNEL, start, stop)
        self._awaits_name = False
        self._name_span = (0, 0)
        self._out = LenientHeader(role)

    def read(self) -> LenientHeader:
        """Reads all parts, or up to where the content begins."""
        for index, part in enumerate(_PART.finditer(self._text, self._start, self._stop)):
            if not self._understands(part, first=index == 0):
                # The words of a refused channel are kept without the marker, which is no text.
                self._leave(part.start() + len(CHANNEL) * (part["name"] is not None), part.end())
            if self._out.content is not None:
                break
        if self._out.role is None:
            self._problem(ProblemKind.NO_ROLE, self._start)
        return self._out

    def _understands(self, part: re.Match[str], *, first: bool) -> bool:
        if part["name"] is not None:
            return self._channel(part.start(), part["name"], part.end())
        if part["type"] is not None:
            return self._type(part[0])
        return (first and self._author(part)) or self._word(part)

    def _problem(self, kind: ProblemKind, position: int) -> None:
        self._out.problems.append((kind, position))

    def _leave(self, start: int, stop: int) -> None:
        """Puts a word where it is not lost: at the head of the content, or among the leftovers."""
        before = start < self._last_channel
        if not self._closed and not before:
            self._out.content = start
            return
        leftover = self._out.leftover
        if leftover and not self._text[leftover[-1][1] : start].strip(WHITE_SPACE):
            leftover[-1] = (leftover[-1][0], stop)
            return
        leftover.append((start, stop))
        self._problem(ProblemKind.TEXT_BEFORE_CHANNEL if before else ProblemKind.LEFTOVER_HEADER, start)

    def _channel(self, position: int, name: str, stop: int) -> bool:
        if self._out.channel is not None:
            self._problem(ProblemKind.REPEATED_CHANNEL, position)
        self._awaits_name = not name
        if not name:
            self._problem(ProblemKind.EMPTY_CHANNEL, position)
            return True
        start = position + len(CHANNEL)
        if self._closed or name in CHANNELS:
            return self._choose(name, start, stop)
        return self._open_name(name, start, stop)

    def _choose(self, name: str, start: int, stop: int) -> bool:
        """Sets the channel: of several the last counts, but no unknown one displaces a known one."""
        old, span = self._out.channel, self._name_span
        if old in CHANNELS and name not in CHANNELS:
            return False
        if old is not None and old not in CHANNELS:
            self._out.leftover.append(span)
        self._out.channel, self._name_span = name, (start, stop)
        return True

    def _open_name(self, name: str, start: int, stop: int) -> bool:
        """Reads what follows `<|channel|>` where `<|message|>` is missing: a name with content glued to it, or text."""
        known = _NAME.match(name)
        if known is not None and start > self._last_channel:
            self._choose(known[0], start, start + known.end())
            self._out.content = start + known.end()
            return True
        if stop == self._stop and any(channel.startswith(name) for channel in CHANNELS):
            self._out.leftover.append((start, stop))
            return True
        self._problem(ProblemKind.UNKNOWN_CHANNEL, start)
        return False

    def _type(self, written: str) -> bool:
        if self._out.content_type is not None:
            return False
        self._out.content_type = written
        return True

    def _author(self, part: re.Match[str]) -> bool:
        """Reads a header's first word, where it says who speaks."""
        word = part["word"]
        if self._named:
            alone = self._closed or not self._text[part.end() : self._stop].strip(WHITE_SPACE)
            follows = alone or self._text.startswith(CHANNEL, part.end())
            return self._out.role is not None and word == self._out.role.value and follows
        glued = _GLUED_ROLE.fullmatch(word)
        if glued is not None:
            self._problem(ProblemKind.GLUED_CHANNELS, part.start())
            self._out.role = Role.ASSISTANT
            return self._choose(glued[1], part.start() + len("assistant"), part.end())
        if _TOOL.fullmatch(word):
            self._out.role, self._out.name = Role.TOOL, word
        else:
            self._out.role = _ROLES.get(word)
        if self._out.role is None and not word.startswith("to="):
            self._problem(ProblemKind.UNKNOWN_ROLE, part.start())
        return self._out.role is not None

    def _word(self, part: re.Match[str]) -> bool:
        """Reads a word that is neither role nor markup."""
        out, word = self._out, part["word"]
        if word.startswith("to=") and out.recipient is None:
            out.recipient = word[3:]
            return True
        if word in CHANNELS and (self._awaits_name or self._may_be_channel(part.start())):
            if not self._awaits_name:
                self._problem(ProblemKind.MISSING_CHANNEL, part.start())
            self._awaits_name = False
            return self._choose(word, part.start(), part.end())
        addressed = out.recipient is not None or (self._closed and out.channel is not None)
        return bool(addressed and _TYPE.fullmatch(word)) and self._type(word)

    def _may_be_channel(self, position: int) -> bool:
        return self._closed and self._out.channel is None and position > self._last_channel
