"""One text, every way of reading it: whole, character by character, split at random, and with trailing junk."""

from __future__ import annotations

import random
import zlib
from typing import TYPE_CHECKING, Final, TypeAlias

from backends.harmony import (
    Ending,
    ErrorKind,
    Event,
    HarmonyError,
    HarmonyStream,
    Message,
    Role,
    State,
    gather,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Result: TypeAlias = tuple[Message, ...] | tuple[ErrorKind, State, int]
"""What strict parsing makes of a text: its messages, or the error with all that it says."""

JUNK: Final = ("x", "\n", "<|end|>", "<|", "<|start|>", "<|endoftext|>")


def read_whole(text: str, role: Role | None) -> Result:
    try:
        return parse(text, role=role).messages
    except HarmonyError as error:
        return error.kind, error.state, error.position


def read_stream(chunks: Iterable[str], role: Role | None) -> Result:
    stream = HarmonyStream(role)
    events: list[Event] = []
    try:
        for chunk in chunks:
            events += stream.feed(chunk)
        events += stream.end()
    except HarmonyError as error:
        return error.kind, error.state, error.position
    return gather(events)


def cut_at_random(text: str, rng: random.Random) -> list[str]:
    """Cuts a text into chunks of zero to twelve characters."""
    chunks, position = [], 0
    while position < len(text):
        size = rng.randint(0, 12)
        chunks.append(text[position : position + size])
        position += size
    return chunks


def read_every_way(text: str, role: Role | None) -> Result:
    """Reads a text whole and in chunks, asserts that all ways agree, and gives the result.

    Junk after a stop token must change nothing but the error, and junk in content only the content's end.
    """
    whole = read_whole(text, role)
    seed = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    rng = random.Random(seed)  # noqa: S311 - a reproducible split, no secret
    assert read_stream([text], role) == whole
    assert read_stream(text, role) == whole
    assert read_stream(cut_at_random(text, rng), role) == whole
    for junk in JUNK:
        _assert_junk_is_noticed(text, role, whole, junk)
    return whole


def _assert_junk_is_noticed(text: str, role: Role | None, whole: Result, junk: str) -> None:
    longer = read_whole(text + junk, role)
    assert read_stream([text, junk], role) == longer
    if whole[:1] and isinstance(whole[0], Message) and whole[-1].ending is not Ending.TRUNCATED:
        if junk == "<|start|>":
            assert longer == (ErrorKind.EOS_IN_HEADER, State.HEADER, len(text + junk))
        else:
            assert longer == (ErrorKind.EXPECTED_START, State.EXPECT_START, len(text))
    elif whole and whole[0] in {ErrorKind.EXPECTED_START, ErrorKind.EMPTY_CHANNEL, ErrorKind.LEFTOVER_HEADER_TOKENS}:
        assert longer == whole
