"""What a conversation is made of: a role, a header, a message and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum, StrEnum
from typing import Final

from backends.harmony.tokens import CALL, END, RETURN

CHANNELS: Final = ("analysis", "commentary", "final")
"""The channels that gpt-oss is told are valid, in the order of its system message."""


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    DEVELOPER = "developer"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Ending(Enum):
    """How a message ended: the stop token that closed it, or none."""

    END = END
    RETURN = RETURN
    CALL = CALL
    TRUNCATED = ""
    """No stop token: the text was cut off there, or something on the way stripped the token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a header says.

    Attributes:
        role: Who speaks.
        name: A tool's name; None for every other role.
        channel: The channel, verbatim, known or not; None if the header has none.
        recipient: To whom the message is addressed.
        content_type: The type of the content, with its `<|constrain|>` where it was written.
    """

    role: Role
    name: str | None = None
    channel: str | None = None
    recipient: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message: what its header says (see `Header`), its content, and how it ended."""

    role: Role
    name: str | None = None
    channel: str | None = None
    recipient: str | None = None
    content_type: str | None = None
    content: str
    ending: Ending = Ending.TRUNCATED


_new = object.__new__
_set_role, _set_name, _set_channel, _set_recipient, _set_content_type, _set_content, _set_ending = (
    getattr(Message, field.name).__set__ for field in fields(Message)
)


def make_message(header: Header, content: str, ending: Ending) -> Message:
    """Puts a header and a content together.

    A frozen dataclass's own constructor sets every field through `object.__setattr__`, which costs three times as
    much as the slots' setters; with many small messages that is most of the time of parsing.
    """
    message = _new(Message)
    _set_role(message, header.role)
    _set_name(message, header.name)
    _set_channel(message, header.channel)
    _set_recipient(message, header.recipient)
    _set_content_type(message, header.content_type)
    _set_content(message, content)
    _set_ending(message, ending)
    return message
