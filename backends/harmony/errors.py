"""The one error of strict parsing.

A text is read through three states. Waiting for `<|start|>`, only `<|start|>` will do (`expected_start`). Inside a
header the text must not end (`eos_in_header`), and at `<|message|>` the header must make sense (`empty_channel`,
`no_role`, `unknown_role`, `leftover_header_tokens`). Inside content nothing can go wrong. A stream can also refuse a
header longer than it agreed to hold (`header_too_long`).
"""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """Where in the grammar a parser stands."""

    EXPECT_START = "expect_start"
    HEADER = "header"
    CONTENT = "content"
    DONE = "done"

    # Members are unique, so identity is enough; Enum's own hash is a Python call, paid at every transition.
    __hash__ = object.__hash__


class ErrorKind(Enum):
    """What was wrong."""

    EXPECTED_START = "expected_start"
    EOS_IN_HEADER = "eos_in_header"
    EMPTY_CHANNEL = "empty_channel"
    NO_ROLE = "no_role"
    UNKNOWN_ROLE = "unknown_role"
    LEFTOVER_HEADER_TOKENS = "leftover_header_tokens"
    HEADER_TOO_LONG = "header_too_long"


_SENTENCES = {
    ErrorKind.EXPECTED_START: "a message must begin with <|start|>",
    ErrorKind.EOS_IN_HEADER: "the text ends before the header's <|message|>",
    ErrorKind.EMPTY_CHANNEL: "<|channel|> is not followed by a channel's name",
    ErrorKind.NO_ROLE: "the header names no role",
    ErrorKind.UNKNOWN_ROLE: "the header's first word is neither a role nor a tool with a recipient",
    ErrorKind.LEFTOVER_HEADER_TOKENS: "the header has more words than role, recipient and content type",
    ErrorKind.HEADER_TOO_LONG: "the header is longer than the stream's header_limit",
}


class HarmonyError(ValueError):
    """The text is not Harmony.

    Attributes:
        kind: What was wrong.
        state: The state in which it went wrong.
        position: Index of the character: of the first one that cannot stand there (`expected_start`), of the end of
            the text (`eos_in_header`), or of the header's first character (all others).
    """

    def __init__(self, kind: ErrorKind, state: State, position: int) -> None:
        super().__init__(kind, state, position)
        self.kind = kind
        self.state = state
        self.position = position

    def __str__(self) -> str:
        return f"{_SENTENCES[self.kind]} ({self.kind.value} in state {self.state.value} at character {self.position})"
