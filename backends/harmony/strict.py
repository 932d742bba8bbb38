"""Strict parsing of a whole text: message for message what the reference makes of it, or the one error.

The contract. Text goes in, messages come out, nothing is read or written elsewhere. Each state searches for the tokens
that are markup to it (see `transitions`), and searches go forward only, so every character is looked at once and time
is linear in the length of any text.
"""

from __future__ import annotations

from backends.harmony.errors import ErrorKind, HarmonyError, State
from backends.harmony.header import read_header
from backends.harmony.message import Ending, Header, Message, Role, make_message
from backends.harmony.tokens import MESSAGE, START, STOP_PATTERN
from backends.harmony.transitions import Token, follow

_ENDINGS = {ending.value: ending for ending in Ending}


def parse_strict(text: str, role: Role | None) -> tuple[Message, ...]:
    """Parses a whole text as the reference's strict mode does.

    Raises:
        HarmonyError: The text is not Harmony.
    """
    messages: list[Message] = []
    position = _skip_start(text, 0) if role is None else 0
    while position >= 0:
        header, position = _read_header(text, position, role)
        content, ending, position = _read_content(text, position)
        messages.append(make_message(header, content, ending))
        position = _skip_start(text, position)
        role = None
    return tuple(messages)


def _skip_start(text: str, position: int) -> int:
    """Passes `<|start|>`; returns -1 where the text ends instead."""
    if text.startswith(START, position):
        return position + len(START)
    token = Token.TEXT if position < len(text) else Token.EOS
    follow(State.EXPECT_START, token, position)
    return -1


def _read_header(text: str, position: int, role: Role | None) -> tuple[Header, int]:
    """Reads up to and over `<|message|>`."""
    stop = text.find(MESSAGE, position)
    if stop < 0:
        follow(State.HEADER, Token.EOS, len(text))
    header = read_header(text[position:stop], role)
    if isinstance(header, ErrorKind):
        raise HarmonyError(header, State.HEADER, position)
    return header, stop + len(MESSAGE)


def _read_content(text: str, position: int) -> tuple[str, Ending, int]:
    """Reads up to and over the first stop token, or up to the end of the text."""
    stop = STOP_PATTERN.search(text, position)
    if stop is None:
        return text[position:], Ending.TRUNCATED, len(text)
    return text[position : stop.start()], _ENDINGS[stop[0]], stop.end()
