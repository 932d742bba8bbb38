"""What lenient parsing returns: messages, what was wrong, and what belonged nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backends.harmony.message import Message


class ProblemKind(Enum):
    """What lenient parsing found wrong, in the order in which a text can go wrong."""

    NO_MARKUP = "no_markup"
    """No special token at all: a plain answer, as a server's content field should be."""
    GLUED_CHANNELS = "glued_channels"
    """The special tokens were stripped and the channels' names stand glued to the text."""
    MISSING_START = "missing_start"
    """A header begins without `<|start|>`."""
    REPEATED_START = "repeated_start"
    """`<|start|>` more often than once, or where the prompt had already given it."""
    NO_ROLE = "no_role"
    """A header after `<|start|>` names no role; the assistant is assumed."""
    UNKNOWN_ROLE = "unknown_role"
    """A header's first word is no role: a tool that addresses nobody, or else the assistant is assumed."""
    TEXT_BEFORE_CHANNEL = "text_before_channel"
    """Free text stands before the first `<|channel|>`."""
    MISSING_CHANNEL = "missing_channel"
    """A channel's name stands in a header without `<|channel|>`."""
    EMPTY_CHANNEL = "empty_channel"
    """`<|channel|>` without a name directly after it."""
    REPEATED_CHANNEL = "repeated_channel"
    """A second `<|channel|>` in one header; the last one counts."""
    UNKNOWN_CHANNEL = "unknown_channel"
    """A channel that is none of analysis, commentary and final."""
    LEFTOVER_HEADER = "leftover_header"
    """A header has words that mean nothing in it, or not in their order."""
    TRUNCATED_HEADER = "truncated_header"
    """A header that ends without `<|message|>`; what follows the channel's name is taken for content."""
    MARKUP_IN_CONTENT = "markup_in_content"
    """A special token that means nothing in content stands in it, and is kept."""
    MISSING_END = "missing_end"
    """A new header begins inside content: the stop token is missing."""
    TRUNCATED_CONTENT = "truncated_content"
    """The text ends in content: cut off, or its last stop token was stripped."""
    REPEATED_STOP = "repeated_stop"
    """A stop token after a stop token."""
    STRAY_TEXT = "stray_text"
    """Text between a stop token and the next message."""
    TRAILING_TEXT = "trailing_text"
    """Text after the last stop token."""
    PADDING = "padding"
    """`<|endoftext|>` and its like around messages."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that was wrong.

    Attributes:
        kind: What.
        position: Index of the character where it begins.
    """

    kind: ProblemKind
    position: int


@dataclass(frozen=True, slots=True)
class Leftover:
    """A piece of text that no message could take.

    Attributes:
        text: The text, verbatim.
        position: Index of its first character.
    """

    text: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A parsed text.

    Attributes:
        messages: The messages in order.
        problems: What was wrong, in order of position; always empty in strict mode.
        leftover: The pieces of text that no message could take, in order; always empty in strict mode.
    """

    messages: tuple[Message, ...]
    problems: tuple[Problem, ...] = ()
    leftover: tuple[Leftover, ...] = ()

    def has(self, kind: ProblemKind) -> bool:
        """Tells whether a kind of problem was found."""
        return any(problem.kind is kind for problem in self.problems)
