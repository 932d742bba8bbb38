"""The reference, oss-harmony, made comparable: text in, messages or an error kind out.

The library reads tokens, so the text is encoded first; piecewise, because its encoder takes quadratic time on unbroken
runs and panics on very long ones. Its error messages are the only sign of an error's kind.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

import openai_harmony

from backends.harmony import SPECIAL_TOKENS, HarmonyError, Message, Role, parse
from tests.backends.harmony.vocabulary import load_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator

Fields: TypeAlias = tuple[str, str | None, str | None, str | None, str | None, str]
Outcome: TypeAlias = list[Fields] | str

# The kinds of error by the beginning of the library's message.
KINDS: Final = {
    "Unexpected EOS while waiting for message header": "eos_in_header",
    "Unexpected token": "expected_start",
    "channel marker present but no channel value": "empty_channel",
    "unexpected tokens remaining in message header": "leftover_header_tokens",
    "Unknown role": "unknown_role",
    "message header did not contain a role": "no_role",
}
PIECE: Final = 300
_SPECIAL: Final = re.compile("(" + "|".join(map(re.escape, sorted(SPECIAL_TOKENS))) + ")")


def without_surrogates(text: str) -> str:
    """Does to surrogates what the library's own `encode` does."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def encode(text: str) -> list[int]:
    """Encodes with special tokens as such, in pieces of bounded length."""
    encoding = load_encoding()
    if len(text) <= PIECE:
        return encoding.encode(text, allowed_special="all")
    return [token for piece in _pieces(text) for token in encoding.encode(piece, allowed_special="all")]


def _pieces(text: str) -> Iterator[str]:
    for part in _SPECIAL.split(without_surrogates(text)):
        yield from (part[at : at + PIECE] for at in range(0, len(part), PIECE))


def read_tokens(tokens: list[int], role: Role | None) -> Outcome:
    """Gives the library's messages as plain tuples, or the kind of its error."""
    known = None if role is None else openai_harmony.Role(role.value)
    try:
        messages = load_encoding().parse_messages_from_completion_tokens(tokens, known, strict=True)
    except openai_harmony.HarmonyError as error:
        return next(kind for start, kind in KINDS.items() if str(error).startswith(start))
    return [
        (m.author.role.value, m.author.name, m.channel, m.recipient, m.content_type, m.content[0].text)
        for m in messages
    ]


def read_reference(text: str, role: Role | None) -> Outcome:
    """Reads a text as the library does."""
    return read_tokens(encode(text), role)


def read_ours(text: str, role: Role | None) -> Outcome:
    """Reads a text as this parser does, in the same form."""
    try:
        return [fields_of(message) for message in parse(text, role=role).messages]
    except HarmonyError as error:
        return error.kind.value


def fields_of(message: Message) -> Fields:
    """Gives what the library knows of a message; how it ended is not among it."""
    return (
        message.role.value,
        message.name,
        message.channel,
        message.recipient,
        message.content_type,
        message.content,
    )
