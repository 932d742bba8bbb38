"""Text whose special tokens were stripped: `analysisWe need...assistantfinal0`.

A decoder that skips special tokens leaves the channels' names and the next turn's role glued to the text. The shape is
recognised only on strong evidence, because an ordinary answer may well begin with the word "analysis": the text must
begin with a channel's name, directly glued to something that is neither white space nor sentence punctuation, and
`assistantfinal` or `assistantcommentary` must stand further on. A text that was cut off before its first glued
`assistant...` therefore stays a plain text.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

# What may follow a glued name: never white space or sentence punctuation, with which a word "analysis" would go on;
# and never a lower-case letter after "final", which would make it "finally" or "finals".
_OPENING: Final = re.compile(r"\s*(?:assistant)?(analysis|commentary|final(?![a-z]))(?=[^\s.,;:!?'\u2019)\]/&|<>=_-])")
_SEAM: Final = re.compile(r"assistant(analysis|commentary|final)")
# A call's header loses its tokens too: ` to=functions.lookupjson{"a": 1}`; the arguments' bracket ends it.
_ADDRESS: Final = re.compile(r"\s*to=(?P<recipient>[\w.-]+?)\s*(?P<type>json|code)?(?=[{\[])")


class StrippedMessage(NamedTuple):
    """One message of a glued text: its channel and address, and where its content stands."""

    channel: str
    recipient: str | None
    content_type: str | None
    start: int
    stop: int


def split_stripped(text: str, start: int, stop: int) -> list[StrippedMessage]:
    """Splits a glued text at its seams.

    Args:
        text: The whole text.
        start: Where the glued stretch begins.
        stop: Where it ends.

    Returns:
        The messages in order; empty if the stretch is not of the glued shape.
    """
    opening = _OPENING.match(text, start, stop)
    if opening is None:
        return []
    seams = [opening, *_SEAM.finditer(text, opening.end(), stop)]
    if not any(seam[1] != "analysis" for seam in seams[1:]):
        return []
    ends = [seam.start() for seam in seams[1:]] + [stop]
    return [_read_part(text, seam[1], seam.end(), end) for seam, end in zip(seams, ends, strict=True)]


def _read_part(text: str, channel: str, start: int, stop: int) -> StrippedMessage:
    address = _ADDRESS.match(text, start, stop)
    if address is None:
        return StrippedMessage(channel, None, None, start, stop)
    return StrippedMessage(channel, address["recipient"], address["type"], address.end(), stop)
