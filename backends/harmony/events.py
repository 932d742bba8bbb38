"""What a stream reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from backends.harmony.message import Ending, Header


@dataclass(frozen=True, slots=True)
class MessageStarted:
    """A header is complete.

    Attributes:
        header: What it says.
    """

    header: Header


@dataclass(frozen=True, slots=True)
class ContentDelta:
    """More content of the message that started last; never empty.

    Attributes:
        text: The new text.
    """

    text: str


@dataclass(frozen=True, slots=True)
class MessageEnded:
    """The message that started last is complete.

    Attributes:
        ending: How it ended.
    """

    ending: Ending


Event: TypeAlias = MessageStarted | ContentDelta | MessageEnded
