"""The state machine of strict parsing, as a table.

The state decides which tokens are markup; everything else is text:

- EXPECT_START: everything is markup, and only `<|start|>` is welcome;
- HEADER: only `<|message|>` is markup; all else, stop tokens included, is the header's text;
- CONTENT: only `<|end|>`, `<|return|>` and `<|call|>` are markup; all else, `<|start|>` included, is content.

A pair that the table lacks is the error that its state names.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from backends.harmony.errors import ErrorKind, HarmonyError, State


class Token(Enum):
    """What a state can meet."""

    START = "<|start|>"
    MESSAGE = "<|message|>"
    STOP = "a stop token"
    TEXT = "text"
    EOS = "end of the text"

    # As for State: identity is enough, and Enum's own hash is a Python call.
    __hash__ = object.__hash__


TRANSITIONS: Final = {
    (State.EXPECT_START, Token.START): State.HEADER,
    (State.EXPECT_START, Token.EOS): State.DONE,
    (State.HEADER, Token.MESSAGE): State.CONTENT,
    (State.CONTENT, Token.STOP): State.EXPECT_START,
    # Law: a text that ends in content is whole; its last message stands as it is.
    (State.CONTENT, Token.EOS): State.DONE,
}

MISSING: Final = {
    State.EXPECT_START: ErrorKind.EXPECTED_START,
    State.HEADER: ErrorKind.EOS_IN_HEADER,
}


def follow(state: State, token: Token, position: int) -> State:
    """Gives the state after a token.

    Raises:
        HarmonyError: The table has no such transition.
    """
    following = TRANSITIONS.get((state, token))
    if following is None:
        raise HarmonyError(MISSING[state], state, position)
    return following
